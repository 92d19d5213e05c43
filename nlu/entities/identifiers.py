"""What a citizen is known by here: case, application, ticket and appointment numbers, and the code word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nlu.entities.morph import best_pos
from nlu.entities.spans import Found
from nlu.entities.view import View

# Prefixes of our own numbers with the look-alikes people type and the letter names people say.
_PREFIXES = {
    "ЗЯ": r"[зz3]\s?[яy]a?|з[эе]\s+я",
    "ОБ": r"[оo0]\s?[бb6]|о\s+б[эе]",
    "ТЛ": r"[тt]\s?[лl]|т[эе]\s+эль?",
}
_GAP = r"[\s\-–—−_./№]{0,4}"
_OWN = re.compile(
    rf"(?<![\w])(?:{'|'.join(f'(?P<p{i}>{p})' for i, p in enumerate(_PREFIXES.values()))})"
    rf"{_GAP}(?P<year>20\s?\d\d){_GAP}(?P<number>\d{{1,6}}|\d(?:\s\d){{1,5}})(?![\d])"
)
_SEP = r"\s*[/\\|]\s*"
_DASH = r"\s*[-–—−]\s*"
_LAST = r"(?:\d{4,9}|\d{1,3}(?:\s\d{1,3}){1,6}|\d{3})"
_SLASHED = re.compile(rf"(?<![\d/.])(\d{{1,4}}){_SEP}(\d{{1,4}}){_SEP}({_LAST})(?![\d/])")
_DASHED = re.compile(rf"(?<![\d\-.+])(\d{{1,3}}){_DASH}(\d{{1,2}}){_DASH}(\d{{4,9}})(?![\d]|-\d)")
_CASE_WORD = r"(?:дел[аоуе]?|делом|заявлени[еяюй]\w*|обращени[еяюй]\w*|расписк\w+|квитанци\w+|талон\w*)"
_NUMBER_WORD = r"(?:№|n|номер[ауом]*|за номером|под номером)"
# After «дело» or «номер» spaces, commas and full stops part the groups too.
_SPACED = re.compile(
    rf"(?:{_CASE_WORD}\s*(?:{_NUMBER_WORD})?|{_NUMBER_WORD}\s*(?:{_CASE_WORD})?)[\s:—–-]*"
    rf"(?P<all>(?P<a>\d{{1,3}})[\s,.]+(?P<b>\d{{1,2}})[\s,.]+(?P<c>\d{{4,9}}|\d{{1,3}}\s\d{{3}}))(?![\d])"
)
_SPACED_BARE = re.compile(r"^\D{0,40}?(?P<all>(?P<a>\d{1,3})[\s,]+(?P<b>\d{1,2})[\s,]+(?P<c>\d{4,9}|\d{1,3}\s\d{3}))\b")
_PLAIN = re.compile(
    rf"(?:{_CASE_WORD}\s*{_NUMBER_WORD}|{_NUMBER_WORD}\s*(?:моего\s*|нашего\s*)?{_CASE_WORD})[\s:—–-]*(?P<all>\d{{4,12}})(?![\d/-])"
)
_PLAIN_BARE = re.compile(r"^\D{0,40}?(?P<all>\d{4,12})\D{0,40}$")


def case_numbers(view: View, expected: str | None = None) -> list[Found]:
    """Case numbers («2/2/134660») and our own («ЗЯ-2026-000123»), in canonical form.

    Numbers with spaces only, or of digits alone, count after «дело», «номер»… or when a case number was asked for.
    """
    found = list(_own_numbers(view))
    for match in _SLASHED.finditer(view.text):
        parts = [re.sub(r"\s", "", part) for part in match.groups()]
        if len(parts[2]) <= 9 and not _is_date(parts, view.text[: match.start()]):
            found.append(_case(view, match.span(), parts))
    for match in _DASHED.finditer(view.text):
        parts = list(match.groups())
        if not _is_date(parts, view.text[: match.start()]) and not _is_phone(match.group()):
            found.append(_case(view, match.span(), parts))
    asked = expected == "case_number"
    for pattern in (_SPACED, *([_SPACED_BARE] if asked else [])):
        for match in pattern.finditer(view.text):
            parts = [re.sub(r"\s", "", match.group(name)) for name in "abc"]
            if "." in match.group("all") and _is_date(parts, ""):
                continue
            found.append(_case(view, match.span("all"), parts))
    for pattern in (_PLAIN, *([_PLAIN_BARE] if asked else [])):
        for match in pattern.finditer(view.text):
            start, end = view.span(*match.span("all"))
            found.append(Found("case_number", start, end, match.group("all")))
    return found


def _own_numbers(view: View) -> Iterator[Found]:
    for match in _OWN.finditer(view.text):
        prefix = next(name for i, name in enumerate(_PREFIXES) if match.group(f"p{i}"))
        year = re.sub(r"\s", "", match.group("year"))
        number = re.sub(r"\s", "", match.group("number"))
        # «Об 2026 годе» is a preposition and a year.
        if re.match(r"\s*(?:год|г\.|руб)", view.text[match.end() :]):
            continue
        start, end = view.span(*match.span())
        yield Found("case_number", start, end, f"{prefix}-{year}-{int(number):06d}")


def _case(view: View, at: tuple[int, int], parts: list[str]) -> Found:
    start, end = view.span(*at)
    return Found("case_number", start, end, "/".join(parts))


def _is_date(parts: list[str], before: str) -> bool:
    """«12/05/2026» is a date, unless the citizen calls it a number."""
    day, month, year = (int(part) for part in parts)
    if not (1 <= day <= 31 and 1 <= month <= 12 and len(parts[2]) == 4 and 1900 <= year <= 2100):
        return False
    return not re.search(rf"(?:{_CASE_WORD}|{_NUMBER_WORD})[\s:№]*$", before)


def _is_phone(text: str) -> bool:
    digits = re.sub(r"\D", "", text)
    return len(digits) == 11 and digits[0] in "78"


_SAID = r"[^\W_]{6,12}"
_CODE_WORD = re.compile(
    rf"(?P<lost>(?:не помн\w+|забы\w+|потеря\w+|восстанов\w+|смен\w+|измен\w+|помен\w+|узна\w+|как\w*|что|где|зачем)\s+"
    rf"(?:\w+\s+)?)?кодов\w+ слов\w+(?P<sign>\s*[:—–=-]\s*|\s+(?:это|такое|мое)\s*:?\s+|,?\s+)"
    rf"[«\"']?(?P<word>{_SAID})(?!\w)"
)
_ONLY_WORD = re.compile(rf"^\W*(?:(?:мое|это|наше|кодовое|слово|ну|вот)\W+)*(?P<word>{_SAID})\W*$")
_NOT_SAIDS = {"оператор", "помощь", "помогите", "забыла", "забыли", "отмена", "соединить", "повтори", "повторите"}


def code_words(text: str, view: View, expected: str | None = None) -> list[Found]:
    """The secret after «кодовое слово» (6–12 letters and digits), as written; alone if it was asked for."""
    found = []
    for match in _CODE_WORD.finditer(view.text):
        said = match.group("word")
        clear = match.group("sign").strip(" ,") != ""
        if said in _NOT_SAIDS or (not clear and (match.group("lost") or _is_talk(said))):
            continue
        found.append(_code_word(text, view, match))
    if not found and expected == "code_word":
        match_alone = _ONLY_WORD.match(view.text)
        if match_alone and match_alone.group("word") not in _NOT_SAIDS:
            found.append(_code_word(text, view, match_alone))
    return found


def _is_talk(said: str) -> bool:
    """A word that goes on with the sentence («кодовое слово помогает») rather than being the secret."""
    return said.isalpha() and best_pos(said) not in ("NOUN", "ADJF", "")


def _code_word(text: str, view: View, match: re.Match[str]) -> Found:
    start, end = view.span(*match.span("word"))
    return Found("code_word", start, end, text[start:end])
