"""Reading a value back before it is used, and what the caller's answer to that means."""

from __future__ import annotations

import re
from dataclasses import dataclass

from voice.dictation import aloud, shapes, slots
from voice.dictation.corrections import corrected
from voice.dictation.digits import runs
from voice.dictation.normalise import typed
from voice.dictation.spelling import spelled


@dataclass(frozen=True)
class Confirmed:
    """Yes: send `value` to the dialogue."""

    value: str


@dataclass(frozen=True)
class Corrected:
    """The caller changed it: read `value` back anew (`check`) before it is used."""

    value: str


@dataclass(frozen=True)
class Again:
    """No, and nothing better was said: ask for the whole value once more."""


@dataclass(frozen=True)
class Unclear:
    """Neither yes nor no: say the question again, or send the words to the dialogue if they are a wish of their own."""


Outcome = Confirmed | Corrected | Again | Unclear

KEYS = "Если верно, скажите «да» или нажмите один. Если нет, скажите, что поправить, или нажмите два."
_CASE = re.compile(r"(?<![\w/])(?:[А-Я]{2}-\d{4}-\d{6}|\d{1,3}/\d{1,2}/\d{3,9}|\d{4,12})(?![\w/])")
_PHONE = re.compile(r"\+?\d{5,15}")
_SNILS = re.compile(r"\d{3}-\d{3}-\d{3} \d\d|\d{5,15}")
_DATE = re.compile(r"(?<!\d)\d\d\.\d\d\.(?:\d{4}|\d\d)(?!\d)")
_DIGITS = re.compile(r"\d{4,15}")

_YES = re.compile(
    r"^\W*(?:да|ага|угу|верно|правильно|вс[её]\s+(?:верно|правильно|так)|точно|конечно|именно|подтверждаю|так\s+и\s+есть|"
    r"совершенно\s+верно|ну\s+да|хорошо|окей|так)\b",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:(?:ой|ну|да)\W+)?(?:нет|не-?а|неверно|не\s*верно|не\s*правильно|не\s*так|ошибка|ошиблись|не\s+то|заново|"
    r"ещ[её]\s+раз|повтор\w*|сначала)\b",
    re.I,
)
_DENIES = re.compile(r"\b(?:нет|не|неа|неверно|неправильно)\b", re.I)


@dataclass(frozen=True)
class Readback:
    """A value waiting for the caller's yes. `question` and `keys` are text for the ear."""

    expected: str
    value: str
    question: str
    keys: str = KEYS
    complete: bool = True
    """False when the value is no possible number: `question` asks for it again, and a yes does not help."""

    def answer(self, said: str) -> Outcome:
        """What words (as recognised) or one key («1», «2») mean. `0` and `*` are the keypad's business, not ours."""
        plain = said.strip()
        if plain in ("1", "2"):
            return (self._yes() if plain == "1" else Again()) if self.complete else Again()
        new = self._changed(plain)
        if new is not None and new != self.value:
            return Corrected(new)
        if new == self.value or (_YES.match(plain) and not _DENIES.search(plain)):
            return self._yes()
        return Again() if _NO.match(plain) else Unclear()

    def _yes(self) -> Outcome:
        return Confirmed(self.value) if self.complete else Again()

    def _changed(self, said: str) -> str | None:
        """The value that the words give: the same one again, a new one, or None."""
        if self.expected in slots.NAME:
            again = spelled(re.sub(_NO, "", said))
            return again.name if again else None
        whole = _value_in(self.expected, typed(re.sub(_NO, "", said), self._slot()))
        if whole is not None and self._fits_value(whole):
            return whole
        if self.expected in slots.BIRTH | slots.PROOF:
            return None
        if not runs(said):
            return None
        # Without a «нет» a few digits may be anything, for instance an hour.
        digits = re.sub(r"\D", "", self.value)
        if self.expected in slots.PHONE:
            digits = "8" + digits[1:] if len(digits) == 11 else digits
        new = corrected(said, digits, self._fits)
        return self._shape(new) if new is not None else None

    def _slot(self) -> str:
        return "birth_date" if self.expected in slots.PROOF else self.expected

    def _fits_value(self, value: str) -> bool:
        return bool(_DATE.fullmatch(value)) or self._fits(re.sub(r"\D", "", value))

    def _fits(self, digits: str) -> bool:
        """Whether the digits may be a whole value of this kind."""
        if self.expected in slots.CASE:
            return shapes.case_number([("", digits)]) is not None
        if self.expected in slots.PHONE:
            return shapes.phone([digits]) is not None
        if self.expected in slots.SNILS:
            return len(digits) == 11
        return len(digits) >= max(4, len(re.sub(r"\D", "", self.value)) - 1)

    def _shape(self, digits: str) -> str:
        if self.expected in slots.PHONE:
            return shapes.phone([digits]) or digits
        if self.expected in slots.SNILS:
            return shapes.snils([digits]) or digits
        if self.expected in slots.CASE:
            prefix = self.value[:2] if self.value[:1].isalpha() else ""
            return shapes.case_number([("", digits)], prefix) or digits
        return digits


def check(expected: str | None, value: str, *, by_letters: bool = False) -> Readback | None:
    """The read-back that `value` needs before it goes to the dialogue; None when it needs none.

    `value` is what `typed` returned, alone or within a sentence. Case numbers, phones, SNILS, document numbers and dates of
    birth are read back; a surname only if it was spelt (`by_letters`). Lists, days and hours are confirmed by the dialogue.
    """
    if expected is None:
        return None
    if expected in slots.NAME | slots.PROOF and by_letters:
        word = value.strip(" .,!")
        slot = expected if expected in slots.NAME else "surname"
        return Readback(slot, word, f"Записала: {word}. По буквам: {aloud.letters(word)}. Верно?")
    found = _value_in(expected, value)
    if found is None:
        return None
    digits = re.sub(r"\D", "", found)
    if expected in slots.CASE:
        if not found.isdigit():
            return _whole(expected, found, aloud.case_number(found))
        return _doubtful(expected, found, "")
    if expected in slots.PHONE:
        return (
            _whole(expected, found, aloud.phone(found))
            if shapes.phone([digits], True)
            else _doubtful(expected, found, "В номере телефона их десять или одиннадцать. ")
        )
    if expected in slots.SNILS:
        if len(digits) == 11 and shapes.snils_valid(digits):
            return _whole(expected, found, aloud.snils(found))
        if len(digits) != 11:
            return _doubtful(expected, found, "В СНИЛС их одиннадцать. ")
        return Readback(
            expected, found,
            f"Услышала: {aloud.snils(found)}. Но такого СНИЛС не бывает, где-то ошибка. Продиктуйте, пожалуйста, ещё раз.",
            complete=False,
        )  # fmt: skip
    if _DATE.fullmatch(found):
        return _whole(expected, found, aloud.birth_date(found))
    return _whole(expected, found, aloud.long_number(digits))


def after(expected: str | None, heard: str, text: str) -> Readback | None:
    """`check` for an utterance: `heard` is what the recogniser gave, `text` what `typed` made of it."""
    by_letters = bool(expected and expected in slots.NAME | slots.PROOF and heard != text and spelled(heard))
    return check(expected, text, by_letters=by_letters)


def _whole(expected: str, value: str, said: str) -> Readback:
    return Readback(expected, value, f"Правильно: {said}?")


def _doubtful(expected: str, value: str, rule: str) -> Readback:
    """Digits that are no whole number: the caller hears them and may say what is missing."""
    digits = re.sub(r"\D", "", value)
    question = (
        f"Услышала {aloud.how_many(len(digits))}: {aloud.long_number(digits)}. {rule}"
        "Похоже, чего-то не хватает или что-то лишнее. Продиктуйте, пожалуйста, ещё раз, по одной цифре, "
        "или наберите на телефоне и нажмите решётку."
    )
    return Readback(expected, digits, question, complete=False)


def _value_in(expected: str, text: str) -> str | None:
    """The value of this slot inside a text that `typed` made."""
    pattern = (
        _CASE if expected in slots.CASE
        else _PHONE if expected in slots.PHONE
        else _SNILS if expected in slots.SNILS
        else _DATE if expected in slots.BIRTH | slots.PROOF
        else _DIGITS if expected in slots.PLAIN_NUMBER
        else None
    )  # fmt: skip
    found = pattern.search(text) if pattern else None
    if found is None or (pattern is _DATE and not aloud.is_date(found[0])):
        return None
    return found[0]
