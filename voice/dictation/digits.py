"""Digits out of a dictated number: single, in tens and hundreds, counted, or as Whisper mixes them with typed ones.

Used only where digits were asked for. Two things cannot be told by ear and are settled by reading back: «двадцать три» is
taken for 23 (not 20 and 3), «дважды два» for 22; other `readings` are tried only where a number's length refuses the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from voice.dictation.number_words import DASH, FILLERS, PLUS, SLASH, TIMES, UNDO, NumberWord, vocabulary

_TOKEN = re.compile(r"[0-9]+(?:-(?:[оыеи]?(?:го|му|й|е|м|х|ю|я)|ти|ь)(?![а-я]))?|[^\W\d_]+|[^\w\s]")
_LONGEST = 400
"""Characters of an utterance that are read: nobody dictates a longer number."""
_SEAMS = 8
"""Doubtful joints between groups that other readings may change, the most at once being two."""
_TORN_HUNDREDS = frozenset({"ста", "сот", "сти"})


@dataclass(frozen=True)
class Atom:
    """The smallest piece that was said or written: «девятьсот», «912», «ноль»."""

    digits: str
    start: int
    end: int
    mark: str = ""
    """What stood before it: `/`, `-`, `,` or nothing."""
    spelled: bool = False
    ordinal: bool = False
    joined: bool = False
    """Melts into the atom before it: «двести» + «тридцать» → 230."""


@dataclass(frozen=True)
class Run:
    """One dictated number: atoms with nothing but fillers and signs between them."""

    start: int
    end: int
    atoms: tuple[Atom, ...]
    plus: bool = False

    def groups(self) -> list[tuple[str, str]]:
        """The groups as dictated, each with the mark before it: «два дробь два» → [("", "2"), ("/", "2")]."""
        found: list[tuple[str, str]] = []
        for atom in self.atoms:
            if atom.joined and found:
                mark, before = found[-1]
                found[-1] = (mark, _join(before, atom.digits))
            else:
                found.append((atom.mark, atom.digits))
        return found

    def digits(self) -> str:
        """All digits in a row."""
        return "".join(digits for _, digits in self.groups())

    def readings(self) -> Iterator[str]:
        """Digit strings that the same sounds may mean, the likeliest first."""
        for groups in self.variants():
            yield "".join(digits for _, digits in groups)

    def variants(self) -> Iterator[list[tuple[str, str]]]:
        """`groups` as the same sounds may be meant, the likeliest first: «130, 4» is said like 134."""
        yield self.groups()
        seams = [i for i in range(1, len(self.atoms)) if self._doubtful(i)][:_SEAMS]
        for size in (1, 2):
            for flipped in combinations(seams, size):
                atoms = tuple(replace(a, joined=not a.joined) if i in flipped else a for i, a in enumerate(self.atoms))
                yield replace(self, atoms=atoms).groups()
        # Whisper may hear a pause in every number: «девятьсот, двенадцать, триста сорок, пять».
        yield replace(
            self, atoms=tuple(replace(a, joined=a.joined or i in seams) for i, a in enumerate(self.atoms))
        ).groups()

    def _doubtful(self, at: int) -> bool:
        atom, before = self.atoms[at], self.atoms[at - 1]
        return atom.joined or (atom.mark in ("", ",") and _joinable(before.digits, atom.digits))


def digits_said(text: str) -> str:
    """The digits dictated in `text`: those of its longest run, so that separate quantities never melt; "" when none."""
    found = runs(text)
    return max(found, key=lambda run: len(run.digits())).digits() if found else ""


def runs(text: str) -> list[Run]:
    """The dictated numbers of an utterance, left to right. Words that are no fillers part them."""
    reader = _Reader()
    for token in _TOKEN.finditer(text[:_LONGEST].lower().replace("ё", "е")):
        reader.take(token.group(), token.start(), token.end())
    return reader.finish()


def _joinable(before: str, after: str) -> bool:
    """Whether a number may end in `before`'s zeros: 900 + 12, 20 + 3, 2000 + 26; never 10 + 5, 20 + 13."""
    size = len(after)
    if not (0 < size < len(before) and size <= 3) or before[0] == "0" or after[0] == "0":
        return False
    if not before.endswith("0" * size):
        return False
    # «десять пять» are two numbers: after ten come other words.
    return not (size == 1 and before[-2] == "1")


def _join(before: str, after: str) -> str:
    return before[: -len(after)] + after if _joinable(before, after) else before + after


class _Reader:
    """Gathers atoms into runs, token by token."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._clear()

    def _clear(self) -> None:
        self._atoms: list[Atom] = []
        self._mark = ""
        self._plus = -1
        self._times = 0
        self._undo = False
        self._not = False
        self._dropped = ""

    def take(self, piece: str, start: int, end: int) -> None:
        if "0" <= piece[0] <= "9":
            figures = piece.split("-")[0]
            self._add(Atom(figures, start, end, ordinal=len(figures) < len(piece)))
        elif (word := vocabulary().get(piece)) is not None:
            self._word(piece, word, start, end)
        elif piece in TIMES:
            self._times = TIMES[piece]
        elif SLASH.fullmatch(piece) or piece in "/\\|":
            self._mark = "/"
        elif DASH.fullmatch(piece) or piece in "-–—−":
            self._mark = self._mark if self._mark == "/" else "-"
        elif PLUS.fullmatch(piece) or piece == "+":
            self._part()
            self._plus = start
        elif not piece[0].isalpha():
            self._mark = self._mark or ","
        elif piece == "не":
            self._not = bool(self._atoms)
        elif piece in UNDO and self._atoms:
            self._undo = True
        elif piece not in FILLERS:
            self._part()

    def finish(self) -> list[Run]:
        self._part()
        return self._runs

    def _part(self) -> None:
        """The run ends here."""
        if self._atoms:
            start = self._plus if self._plus >= 0 else self._atoms[0].start
            self._runs.append(Run(start, self._atoms[-1].end, tuple(self._atoms), self._plus >= 0))
        self._clear()

    def _word(self, piece: str, word: NumberWord, start: int, end: int) -> None:
        last = self._atoms[-1] if self._atoms else None
        if piece in _TORN_HUNDREDS and last and len(last.digits) == 1 and last.digits > "1":
            # «три ста», «пять сот»: Whisper tears hundreds.
            self._atoms[-1] = replace(last, digits=last.digits + "00", end=end, spelled=True, joined=False)
        elif word.thousands:
            self._multiply(word.thousands, piece[-1] in "ау", start, end)
        elif word.counted and last and not last.joined and not self._mark and 2 <= int(last.digits[:9]) <= 6:
            self._atoms[-1] = replace(last, digits=str(word.value) * int(last.digits), end=end, spelled=False)
        elif self._times:
            self._add(Atom(str(word.value) * self._times, start, end))
        else:
            self._add(Atom(str(word.value), start, end, spelled=True, ordinal=word.ordinal))

    def _multiply(self, zeros: int, singular: bool, start: int, end: int) -> None:
        """«сто тридцать четыре тысячи»: the group said last gets its zeros; alone only «тысяча», not «тысяч»."""
        at = len(self._atoms) - 1
        while at > 0 and self._atoms[at].joined:
            at -= 1
        if at < 0 and not singular:
            return
        if at < 0 or self._mark or len(self._atoms[at].digits) > 3 or self._atoms[at].digits[0] == "0":
            self._add(Atom("1" + "0" * zeros, start, end, spelled=True))
            return
        group = self._atoms[at].digits
        for atom in self._atoms[at + 1 :]:
            group = _join(group, atom.digits)
        self._atoms[at:] = [replace(self._atoms[at], digits=group + "0" * zeros, end=end, spelled=True)]

    def _add(self, atom: Atom) -> None:
        if self._times and not atom.spelled and len(atom.digits) == 1:
            atom = replace(atom, digits=atom.digits * self._times)
        if self._not or self._undo:
            if not self._correct(atom):
                return
        last = self._atoms[-1] if self._atoms else None
        # A typed number after a typed one stays apart: Whisper writes «двадцать три» as 23 and a pause as «20, 3».
        melts = last is not None and (last.spelled or atom.spelled) and not self._mark and not last.ordinal
        joined = melts and last is not None and _joinable(self._tail(), atom.digits)
        self._atoms.append(replace(atom, mark=self._mark if self._atoms else "", joined=joined))
        self._mark, self._times = "", 0

    def _tail(self) -> str:
        """The last group so far."""
        return Run(0, 0, tuple(self._atoms)).groups()[-1][1]

    def _correct(self, atom: Atom) -> bool:
        """«пять, нет, не пять, шесть» and «ой, шесть»: false while the wrong one is only being named again.

        Kept simple: the atom said last goes, and what follows takes its place; longer slips are for the read-back.
        """
        if self._not:
            self._not = False
            if self._atoms[-1].digits == atom.digits:
                self._undo, self._mark = True, ""
                return False
        if self._undo:
            self._undo = False
            self._mark = self._atoms.pop().mark
        return True
