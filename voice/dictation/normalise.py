"""A recognised utterance as the caller would have typed it to the robot, given what the robot has just asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from voice.dictation import dates, hesitations, mishearings, shapes, slots, sound_alikes
from voice.dictation.digits import Run, runs
from voice.dictation.sound_alikes import Mender
from voice.dictation.spelling import series, spelled

_LEAST_DIGITS = 4
"""Fewer digits than this are no dictated number, only a number in a sentence."""
_PREFIXES = (
    ("ЗЯ", r"з[эе]?т?[\s.-]*я|з[еи]я|зия|за[\s-]я|zya"),
    ("ОБ", r"о[\s.-]*б[эе]?|обэ"),
    ("ТЛ", r"т[эе]?[\s.-]*эль?|тл|тээль"),
)
_PREFIX = re.compile(
    rf"(?<![\w-])(?:{'|'.join(f'(?P<{name}>{said})' for name, said in zip('abc', (s for _, s in _PREFIXES), strict=True))})"
    r"[\s,.\-–—]*$",
    re.I,
)
_CODE_WORDS = 4
"""Words before the digits of a code word: «моё кодовое слово ромашка»."""
_COUNTED = re.compile(
    r"^\s*(?:-?[а-я]{1,2}\b\.?\s*)?(?:год|лет|руб|тысяч|процент|час|минут|дн[яе]|день|месяц|штук|человек)", re.I
)


def typed(text: str, expected: str | None, choices: Sequence[str] = (), mender: Mender | None = None) -> str:
    """The text to send to the dialogue. Never raises; what there is no reason to change comes back as it was.

    `expected` is the awaited slot (None for an open question), `choices` the titles on offer, `mender` knows the content's
    names. "" means that nothing but hesitation was said: the caller is still thinking. Dates and hours in words stay as
    they are wherever the dialogue reads them itself.
    """
    offered = tuple(choices)
    text = hesitations.without(text.strip(), expected in slots.NAME | slots.PROOF | slots.CODE)
    if not text:
        return ""
    if slots.is_yes_no(expected, offered):
        return mishearings.yes_or_no(text)
    if expected in slots.NUMERIC and (number := _number(text, str(expected))) is not None:
        return number
    if expected in slots.NAME | slots.PROOF | slots.CODE:
        return _letters(text, str(expected))
    if expected in slots.SERIES:
        return series(text) or text
    if expected in slots.DAY | slots.TIME | slots.MOMENT:
        return mishearings.torn_ordinals(text)
    return _words(text, offered, mender)


def _words(text: str, choices: Sequence[str], mender: Mender | None) -> str:
    text = mishearings.abbreviations(text)
    bare = text.strip(" .,!?").casefold()
    if choices and not any(bare == choice.casefold() for choice in choices):
        meant = sound_alikes.nearest_choice(text, choices)
        if meant is not None:
            return meant
    return mender.mend(text) if mender is not None else text


def _letters(text: str, expected: str) -> str:
    found = spelled(text)
    if found is None:
        return text
    return found.letters if expected in slots.CODE else found.name


def _number(text: str, expected: str) -> str | None:
    """The text with its dictated number in the shape of the slot; None when it holds none."""
    if expected in slots.BIRTH | slots.PROOF and (born := dates.birth_date_in(text)) is not None:
        start, end, written = born
        return text[:start] + written + text[end:]
    if expected in slots.PROOF | slots.CODE:
        return _code_word(text)
    if expected in slots.BIRTH:
        return None
    found = [run for run in runs(text) if not _COUNTED.match(text[run.end :])]
    run = max(found, key=lambda r: len(r.digits()), default=None)
    if run is None or len(run.digits()) < (_LEAST_DIGITS if expected not in slots.PLAIN_NUMBER else 1):
        return None
    start, written = _shaped(text, run, expected)
    return text[:start] + written + text[run.end :]


def _shaped(text: str, run: Run, expected: str) -> tuple[int, str]:
    """Where the number begins in the text, prefix included, and how it is typed."""
    if expected in slots.PHONE:
        return run.start, shapes.phone(run.readings(), run.plus) or run.digits()
    if expected in slots.SNILS:
        return run.start, shapes.snils(run.readings()) or run.digits()
    if expected in slots.PLAIN_NUMBER:
        return run.start, run.digits()
    start, prefix = _prefix(text, run)
    default = "ТЛ" if expected == "appointment_number" else "ЗЯ"
    shaped = shapes.best_case_number(run.variants(), prefix, default)
    if shaped is None:
        return run.start, run.digits()
    return (start if shaped[0].isalpha() else run.start), shaped


def _prefix(text: str, run: Run) -> tuple[int, str]:
    """The prefix of our own numbers said before the digits («зэ я», «тэ эль») and where it starts."""
    found = _PREFIX.search(text, 0, run.start)
    if found is None:
        return run.start, ""
    return found.start(), next(
        name for group, (name, _) in zip("abc", _PREFIXES, strict=True) if found[group] is not None
    )


def _code_word(text: str) -> str | None:
    """«Ромашка восемьдесят пять» → «Ромашка85»: a code word has no spaces. Or a code of digits alone."""
    digits = runs(text)
    if len(digits) != 1:
        return None
    run = digits[0]
    rest = text[run.end :].strip(" .,!")
    before = re.search(r"(?<![\w-])(?P<word>[А-Яа-яЁё]{3,})[\s,.-]*$", text[: run.start])
    if rest or len(run.digits()) > 12 or run.atoms[-1].ordinal or len(text[: run.start].split()) > _CODE_WORDS:
        return None
    if before is None or before["word"].lower() in ("код", "слово", "кодовое", "это", "мой", "моё"):
        return text[: run.start] + run.digits() if len(run.digits()) >= _LEAST_DIGITS else None
    if len(run.digits()) > _LEAST_DIGITS:
        return None
    return text[: before.end("word")] + run.digits()
