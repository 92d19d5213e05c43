"""Keys of the telephone: `0` a human, `*` repeat, `#` end of digits, choices by number, and every dictated value by digits.

`0` calls the human wherever a number is not under way. Where a number may itself begin with zero (SNILS, a date of birth,
a code) a lone `0` calls the human too, but only after the pause or `#`. `*` repeats; inside a case number it is the slash.
On the scale from 0 to 10 `0` stays the human as well: a grade of nought is said with the voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voice.dictation import shapes, slots


@dataclass(frozen=True)
class Human:
    """Put through to a human."""


@dataclass(frozen=True)
class Repeat:
    """Say the question once more. What was typed so far is forgotten."""


@dataclass(frozen=True)
class Chosen:
    """A choice was made: `index` into `KeyPad.choices`, from 0."""

    index: int


@dataclass(frozen=True)
class Typed:
    """Digits so far; when `complete`, `KeyPad.as_text` gives what goes to the dialogue."""

    digits: str
    complete: bool


@dataclass(frozen=True)
class Wrong:
    """The keys mean nothing here and are forgotten. `reason`: `no_choice`, `not_asked`, `too_short`, `too_long`,
    `impossible`, `empty`, `unknown_key`."""

    reason: str


KeyEvent = Human | Repeat | Chosen | Typed | Wrong

PAUSE_MS = 3000
"""Silence between keys that ends a number."""
CHOICE_PAUSE_MS = 1200
"""The same when what was typed is already a choice and might only be the beginning of something longer."""


@dataclass(frozen=True)
class _Kind:
    """How a value is typed: least and most digits, and whether the first may be zero."""

    least: int
    most: int
    zero_first: bool = False
    ends_itself: bool = True
    """The longest number needs no `#`."""


_KINDS: tuple[tuple[frozenset[str], _Kind], ...] = (
    (slots.CASE, _Kind(4, 17, ends_itself=False)),
    (slots.PHONE, _Kind(10, 11)),
    (slots.SNILS, _Kind(11, 11, zero_first=True)),
    (slots.BIRTH, _Kind(7, 8, zero_first=True)),
    (slots.PROOF, _Kind(4, 12, zero_first=True, ends_itself=False)),
    (slots.CODE, _Kind(4, 12, zero_first=True, ends_itself=False)),
    (slots.DAY, _Kind(3, 8)),
    (slots.TIME, _Kind(1, 4)),
    (slots.PLAIN_NUMBER, _Kind(1, 12, ends_itself=False)),
    (slots.NPS, _Kind(1, 2)),
    (slots.RATING, _Kind(1, 1)),
    (frozenset({"application_answer"}), _Kind(1, 9, ends_itself=False)),
)
_YES_NO = ("Да", "Нет")


class KeyPad:
    """The keys pressed after one question. Make a new one for each; it holds no clock: the caller calls `timeout`."""

    def __init__(self, expected: str | None, choices: Sequence[str] = ()) -> None:
        """`expected` is the awaited slot, `choices` the titles on offer in the order in which they were said."""
        offered = tuple(choices)
        self.expected = expected
        self.choices = _YES_NO if slots.is_yes_no(expected, offered) and not offered else offered
        # A scale is answered with the grade itself, whatever buttons show it.
        scale = expected in slots.NPS | slots.RATING
        self._kind = next((kind for names, kind in _KINDS if expected in names), None)
        self._menu = 0 if scale else len(self.choices)
        if self._kind is not None and expected == "application_answer" and self._menu:
            self._kind = None
        self._typed = ""

    @property
    def typed(self) -> str:
        """The keys of the entry under way, `*` within a case number as «/»."""
        return self._typed

    @property
    def pause_ms(self) -> int:
        """How long to wait for the next key before `timeout`: shorter when a choice is complete already."""
        return CHOICE_PAUSE_MS if self._choice() is not None or self._typed == "0" else PAUSE_MS

    def press(self, key: str) -> KeyEvent:
        """What this key means after those before it. `key` is one of `0123456789*#`."""
        if key == "*":
            return self._star()
        if key == "#":
            return self._settle()
        if len(key) != 1 or not "0" <= key <= "9":
            return Wrong("unknown_key")
        if key == "0" and not self._typed and not (self._kind and self._kind.zero_first):
            return Human()
        if self._kind is None and not self._menu:
            return Wrong("not_asked")
        self._typed += key
        return self._grown()

    def timeout(self) -> KeyEvent:
        """The pause after the last key is over: the number ends here."""
        return self._settle() if self._typed else Wrong("empty")

    def as_text(self, event: Chosen | Typed) -> str:
        """The text that the dialogue gets for a choice or a complete entry, as a citizen would type it."""
        if isinstance(event, Chosen):
            return self.choices[event.index]
        return self._text(event.digits) or event.digits

    def _star(self) -> KeyEvent:
        if self._typed and self.expected in slots.CASE and self._typed.count("/") < 2 and self._typed[-1] != "/":
            self._typed += "/"
            return Typed(self._typed, complete=False)
        self._typed = ""
        return Repeat()

    def _grown(self) -> KeyEvent:
        """After a digit: a choice, a finished number, or one under way."""
        if self._kind is None:
            index = self._choice()
            if index is None and not self._may_grow():
                return self._wrong("no_choice")
            return self._chosen(index) if index is not None and not self._may_grow() else Typed(self._typed, False)
        if len(self._typed) > self._kind.most:
            return self._wrong("too_long")
        if self._ends_now(self._kind):
            return self._settle()
        return Typed(self._typed, complete=False)

    def _may_grow(self) -> bool:
        """Whether another digit may make a choice of two: «1» of twelve."""
        return len(self._typed) < 2 and int(self._typed) * 10 <= self._menu and self._typed != "0"

    def _ends_now(self, kind: _Kind) -> bool:
        """Whether no further digit can belong to the number."""
        if self.expected in slots.NPS:
            return self._typed != "1"
        if self.expected in slots.PHONE:
            # A mobile number begun with its nine has ten digits, one begun with 7 or 8 eleven.
            return len(self._typed) == (10 if self._typed[0] == "9" else 11)
        return kind.ends_itself and len(self._typed) == kind.most

    def _choice(self) -> int | None:
        """The choice that the keys so far stand for."""
        if not self._menu or not self._typed or len(self._typed) > 2 or not self._typed.isdigit():
            return None
        number = int(self._typed)
        return number - 1 if 1 <= number <= self._menu and self._typed[0] != "0" else None

    def _settle(self) -> KeyEvent:
        """The entry is over."""
        if not self._typed:
            return Wrong("empty")
        if self._typed == "0" and (self._kind is None or self._kind.least > 1 or self._kind.zero_first):
            self._typed = ""
            return Human()
        index = self._choice()
        if index is not None:
            return self._chosen(index)
        if self._kind is None:
            return self._wrong("no_choice")
        if len(self._typed.replace("/", "")) < self._kind.least:
            return self._wrong("too_short")
        if self._text(self._typed) is None:
            return self._wrong("impossible")
        digits, self._typed = self._typed, ""
        return Typed(digits, complete=True)

    def _chosen(self, index: int) -> Chosen:
        self._typed = ""
        return Chosen(index)

    def _wrong(self, reason: str) -> Wrong:
        self._typed = ""
        return Wrong(reason)

    def _text(self, digits: str) -> str | None:
        """The complete entry as it is typed to the dialogue; None when there is no such value."""
        if self.expected in slots.CASE:
            groups = [("/" if i else "", part) for i, part in enumerate(p for p in digits.split("/") if p)]
            default = "ТЛ" if self.expected == "appointment_number" else "ЗЯ"
            return shapes.case_number(groups, "", default) or digits.replace("/", "")
        if self.expected in slots.PHONE:
            return shapes.phone([digits])
        if self.expected in slots.SNILS:
            return shapes.snils([digits])
        if self.expected in slots.BIRTH:
            return _birth(digits)
        if self.expected in slots.PROOF:
            return (_birth(digits) if len(digits) in (7, 8) else None) or digits
        if self.expected in slots.DAY:
            return shapes.day(digits)
        if self.expected in slots.TIME:
            return shapes.time(digits)
        if self.expected in slots.NPS | slots.RATING:
            return digits if 1 <= int(digits) <= (10 if self.expected in slots.NPS else self._best()) else None
        return digits

    def _best(self) -> int:
        """The best grade: as many as there are buttons, five without any."""
        return len(self.choices) or 5


def _birth(digits: str) -> str | None:
    """DDMMYYYY, or DMMYYYY for the first nine days."""
    return shapes.birth_date([digits.rjust(8, "0")]) if len(digits) in (7, 8) else None
