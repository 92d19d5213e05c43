"""Words of this trade as Whisper mishears them, put right in clear cases only: «эм эф це», «снил с», «третий его»."""

from __future__ import annotations

import re
from functools import partial

_EDGE, _END = r"(?<![\w-])", r"(?![\w-])"
_E, _J = "[еэ]", r"[\s.-]*"
_SAID: tuple[tuple[str, str], ...] = (
    (rf"[эе]м{_J}[эе]ф{_J}ц{_E}|м{_E}{_J}ф{_E}{_J}ц{_E}|м\sф\sц|мфц[эи]|мфс|mf[csz]|[эе]мф{_E}?ц{_E}", "МФЦ"),
    (r"снил[\s-]+с(?:а|ом|у)?|с[\s-]нилс(?:а|ом|у)?|снилз|снильс|[сз]нилс|snils|снил", "СНИЛС"),
    (r"загз|закс|заг[\s-]с|зак[\s-]с|зогс|zags", "ЗАГС"),
    (rf"и[\s-][эе]н[\s-]?[эе]н|и{_E}н{_E}н|inn", "ИНН"),
    (rf"[еэ]{_J}г{_E}{_J}[эе]р{_J}[эе]н|[еэ]г{_E}?р[эе]н", "ЕГРН"),
    (rf"ж{_E}{_J}к[аэ]{_J}ха|ж{_E}к[аэ]ха", "ЖКХ"),
    (rf"ги{_J}б{_E}{_J}д{_E}{_J}д{_E}|г{_E}{_J}и{_J}б{_E}{_J}д{_E}{_J}д{_E}|ги[\s-]бдд", "ГИБДД"),
    (rf"[эе]м{_J}в{_E}{_J}д{_E}", "МВД"),
    (rf"и[\s-]?мейл|и[\s-]?мэйл|{_E}[\s-]мейл|{_E}[\s-]мэйл|e-mail", "email"),
    (r"за[\s-]?гран[\s-]+паспорт(?P<passport>[а-я]{0,3})|зогранпаспорт(?P<passport2>[а-я]{0,3})", "загранпаспорт"),
    (r"государств[а-я]{0,3}\s+слуг(?P<state>[а-я]{0,3})", "госуслуг"),
    (r"польз[аыуе]?(?=\s+(?:обязательного\s+)?медицинск)", "полис"),
    (r"мат[\s-]+капитал(?P<capital>[а-я]{0,3})", "маткапитал"),
)
_ENTRIES = tuple((re.compile(f"{_EDGE}(?:{said}){_END}", re.I), written) for said, written in _SAID)

_ORDINALS = {
    "первый": "первого", "второй": "второго", "третий": "третьего", "четвертый": "четвёртого", "пятый": "пятого",
    "шестой": "шестого", "седьмой": "седьмого", "восьмой": "восьмого", "девятый": "девятого", "десятый": "десятого",
}  # fmt: skip
_TORN_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINALS)})\s+(?:его|ево)\b", re.I)
_YES_OR_NO = (
    (re.compile(r"^(?:а-?га+|аха|ах-?а|ага,? ага)$", re.I), "Ага"),
    (re.compile(r"^(?:у-?гу+|уху|угх|ух-?у|угу,? угу)$", re.I), "Угу"),
    (re.compile(r"^(?:не-?а|не,? а|ниа|ни-а|неа-а)$", re.I), "Не-а"),
)


def abbreviations(text: str) -> str:
    """The same text with misheard names of offices and papers as they are written."""
    for pattern, written in _ENTRIES:
        text = pattern.sub(partial(_put_right, written), text)
    return text


def _put_right(written: str, found: re.Match[str]) -> str:
    """A word keeps its ending; what was right already stays as it is."""
    ending = next((v for v in found.groupdict().values() if v), "")
    fixed = written + ending
    if found[0][:1].isupper() and fixed[0].islower():
        fixed = fixed.capitalize()
    return found[0] if found[0].casefold() == fixed.casefold() else fixed


def torn_ordinals(text: str) -> str:
    """«половина третий его» → «половина третьего»: Whisper tears the ending off; for days and hours only."""
    return _TORN_ORDINAL.sub(lambda m: _ORDINALS[m[1].lower().replace("ё", "е")], text)


def yes_or_no(text: str) -> str:
    """«А-га», «Уху», «Не а» as people write them; anything else as it was. For questions of yes or no only."""
    bare = text.strip(" .,!…")
    if bare.casefold() in ("ага", "угу", "не-а", "неа"):
        return text
    return next((written for pattern, written in _YES_OR_NO if pattern.match(bare)), text)
