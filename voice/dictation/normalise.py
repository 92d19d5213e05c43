"""A recognised utterance as the caller would have typed it to the robot, given what the robot has just asked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.services.phrases import analyser
from voice.dictation import dates, hesitations, mishearings, shapes, slots
from voice.dictation.digits import Run, runs
from voice.dictation.offered import nearest_choice
from voice.dictation.sound_alikes import Mender
from voice.dictation.spelling import series, spelled

_LETTERED = slots.NAME | slots.PROOF | slots.CODE | slots.SERIES
"""Slots in whose answers letters may be dictated."""
_SHORTEST_CODE, _LONGEST_CODE = 6, 12
"""Letters and digits of a code word."""
_ONLY_DIGITS = 8
"""The longest code of digits alone."""
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
_FEW_WORDS = 4
"""Words beside digits of no known shape up to which they are still an answer: «номер моего дела …»."""
_SENTENCE = 7
"""The same beside a date."""
_WRITTEN = re.compile(r"(?<![\d/])\d{1,3}/\d{1,2}/\d{3,9}(?![\d/])|(?<!\d)\d{3}-\d{3}-\d{3} \d\d(?!\d)")
"""A case number or a SNILS that needs no shaping."""
_WRITTEN_OTHERWISE = re.compile(r"(?<![\d.])\d{1,2}\.\d{1,2}\.(?:\d\d|\d{4})(?![\d.])|(?<!\d)\d{1,2}:\d\d(?!\d)")
"""A date or an hour is no dictated number."""
_BEFORE_CODE = frozenset("код кодовое слово мое моё мой это ну у меня".split())
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
    text = text.strip()
    if expected in _LETTERED and (written := _letters(text, str(expected))) is not None:
        # Before anything else: «эм» may be a letter and no hesitation.
        return written
    if expected not in slots.VALUES:
        text = mishearings.abbreviations(text)
    text = hesitations.without(text, expected in _LETTERED)
    if not text:
        return ""
    if slots.is_yes_no(expected, offered):
        return mishearings.yes_or_no(text)
    if expected in slots.NUMERIC and (number := _number(text, str(expected))) is not None:
        return number
    if expected in _LETTERED:
        return mender.mend_name(text) if mender is not None and expected in slots.FULL_NAME else text
    if expected in slots.DAY | slots.TIME | slots.MOMENT:
        return mishearings.torn_ordinals(text)
    return _words(text, expected, offered, mender)


def _words(text: str, expected: str | None, choices: Sequence[str], mender: Mender | None) -> str:
    bare = text.strip(" .,!?").casefold()
    if choices and not any(bare == choice.casefold() for choice in choices):
        meant = nearest_choice(text, choices)
        if meant is not None:
            return meant
    return mender.mend(text, expected) if mender is not None else text


def _letters(text: str, expected: str) -> str | None:
    """What was spelt, as it is written in this slot; None when nobody is spelling."""
    if expected in slots.SERIES:
        return series(text)
    found = spelled(text)
    if found is None:
        return None
    return found.letters if expected in slots.CODE else found.name


def _number(text: str, expected: str) -> str | None:
    """The text with its dictated number in the shape of the slot; None when it holds none."""
    if expected in slots.BIRTH | slots.PROOF and (born := dates.birth_date_in(text)) is not None:
        start, end, written = born
        return text[:start] + written + text[end:] if _others(text, start, end) <= _SENTENCE else None
    if expected in slots.PROOF | slots.CODE:
        return _code_word(text)
    if expected in slots.BIRTH or _WRITTEN_OTHERWISE.search(text) or (expected in slots.CASE and _WRITTEN.search(text)):
        return None
    found = [run for run in runs(text) if not _COUNTED.match(text[run.end :])]
    run = max(found, key=lambda r: len(r.digits()), default=None)
    if run is None or len(run.digits()) < (_LEAST_DIGITS if expected not in slots.PLAIN_NUMBER else 1):
        return None
    shaped = _shaped(text, run, expected)
    if shaped is None:
        # No number of this kind: joined only where hardly anything else was said, and it cannot be a sentence.
        if _others(text, run.start, run.end) > _FEW_WORDS or not _is_dictated(run):
            return None
        shaped = run.start, run.digits()
    return text[: shaped[0]] + shaped[1] + text[run.end :]


def _is_dictated(run: Run) -> bool:
    """Several groups without a sign of another kind of number: not «16 00», «42 тысячи», «2/2»."""
    groups = len(run.groups())
    return groups > 1 and (groups > 2 or len(run.digits()) > _LEAST_DIGITS) and all(a.mark != "/" for a in run.atoms)


def _others(text: str, start: int, end: int) -> int:
    """How many words stand around the number."""
    return len(text[:start].split()) + len(text[end:].strip(" .,!?").split())


def _shaped(text: str, run: Run, expected: str) -> tuple[int, str] | None:
    """Where the number begins in the text, prefix included, and how it is typed; None when it has no shape of this slot."""
    others = _others(text, run.start, run.end)
    if expected in slots.PHONE:
        written = shapes.phone(run.readings(), run.plus)
    elif run.plus:
        return None
    elif expected in slots.SNILS:
        written = shapes.snils(run.readings())
        wrong = written is not None and not shapes.snils_valid(re.sub(r"\D", "", written))
        if wrong and (others > _FEW_WORDS or shapes.phone([run.digits()])):
            return None
    elif expected in slots.CASE:
        start, prefix = _prefix(text, run)
        default = "ТЛ" if expected == "appointment_number" else "ЗЯ"
        written = shapes.best_case_number(run.variants(), prefix, default)
        if written is not None and written[0].isalpha():
            return start, written
        if others > _SENTENCE and not any(a.mark == "/" for a in run.atoms):
            return None
    else:
        written = run.digits()
    return (run.start, written) if written is not None else None


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
    found = runs(text)
    if len(found) != 1:
        return None
    run = found[0]
    digits = run.digits()
    if text[run.end :].strip(" .,!") or run.plus or any(a.ordinal or a.mark == "/" for a in run.atoms):
        return None
    before = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text[: run.start])
    said = [w for w in before if w.lower() not in _BEFORE_CODE]
    if not said:
        return text[: run.start] + digits if _LEAST_DIGITS <= len(digits) <= _ONLY_DIGITS else None
    if (
        len(said) > 1
        or len(digits) > _LEAST_DIGITS
        or said[0] != before[-1]
        or len(said[0]) < 3
        or not _is_thing(said[0])
    ):
        return None
    if not _SHORTEST_CODE <= len(said[0]) + len(digits) <= _LONGEST_CODE:
        return None
    return text[: text.rindex(said[0], 0, run.start) + len(said[0])] + digits


def _is_thing(word: str) -> bool:
    """A code word is a name of something in the nominative: «опять двадцать пять» and «ребёнку четырнадцать» are none."""
    tag = analyser().parse(word.lower())[0].tag
    return ("NOUN" in tag or "ADJF" in tag) and "nomn" in tag
