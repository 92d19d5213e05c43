"""House, building and flat numbers that follow a street («д. 5 корп. 2 кв 12», «четырнадцать бэ»)."""

from __future__ import annotations

import re
from dataclasses import replace

from nlu.entities.scene import Draft

_HOUSE_WORD = r"(?:д\.?|дом\w{0,3}|№|номер)"
# A letter clings to the number («14б»), is quoted («1 «А»»), stands before a stop («14 б,») or is spoken («14 бэ»).
_LETTER = (
    r"(?:\s?-?\s?[\"«']?(?:(?<=\d)[а-жик](?![\w.])|(?<=[\"«' ])[а-ж](?=[\"»'])"
    r"|(?<=\s)[абгде](?=\s*(?:[,;.!?)]|$|кв|корп|стр|подъезд))|(?:бэ|вэ|гэ)(?!\w))[\"»']?)?"
)
_HOUSE = re.compile(
    rf"(?P<lead>[\s,]*(?:{_HOUSE_WORD}\s*)*)(?P<house>\d{{1,4}}(?:\s?/\s?\d{{1,3}})?{_LETTER})(?![\d\w])"
)
_BUILDING = re.compile(r"[\s,]*(?:корпус\w{0,2}|корп\.?|к\.?|строени\w{1,2}|стр\.?)\s*(?P<number>\d{1,3}[а-я]?)(?!\w)")
_FLAT = re.compile(r"[\s,]*(?:квартир\w{1,2}|кв\.?|офис\w{0,2}|оф\.?|комнат\w{1,2})\s*№?\s*(?P<number>\d{1,4})(?!\d)")
# «Во дворе дома 5 по улице Гоголя».
_HOUSE_BEFORE = re.compile(r"(?<!\w)(?:дом\w{0,3}|д\.)\s*№?\s*(?P<house>\d{1,4}[а-ж]?)\s*(?:по|на)\s*$")
_LETTERS = {"бэ": "б", "вэ": "в", "гэ": "г"}
# What follows a number that is no house: «на Ленина 5 декабря», «на Садовой 3 часа нет света».
_NOT_HOUSE = re.compile(
    r"\s*(?:[:.]\d|[-–]?(?:го|е|м|х|й|я|ая|ый|ое)(?!\w)|час|мин|сут|д[не]|недел|месяц|год|лет|раз|руб|₽|р\.|тыс|процент|%|"
    r"человек|янв|фев|мар|апр|ма[яй]|июн|июл|авг|сен|окт|ноя|дек|утра|вечера|метр|км|подъезд|этаж|дом[аов]|машин|столб|фонар|"
    r"автобус|маршрут|штук|ям|квартал)"
)


def house_follows(seen: str, at: int) -> bool:
    """True if a house number comes right after offset `at` of a view."""
    match = _HOUSE.match(seen, at)
    if not match:
        return False
    return bool(re.search("[а-я№]", match.group("lead"))) or not _NOT_HOUSE.match(seen, match.end())


def with_house(seen: str, draft: Draft) -> Draft:
    """The draft with house, building and flat read from what follows it."""
    if not house_follows(seen, draft.end):
        before = _HOUSE_BEFORE.search(seen, 0, draft.start) if draft.street else None
        return replace(draft, house=before.group("house"), start=before.start()) if before else draft
    match = _HOUSE.match(seen, draft.end)
    if not match or (draft.street is None and not re.search("[а-я№]", match.group("lead"))):
        return draft
    draft = replace(draft, house=_house(match.group("house")), end=match.end("house"))
    building = _BUILDING.match(seen, draft.end)
    if building:
        draft = replace(draft, building=building.group("number"), end=building.end())
    flat = _FLAT.match(seen, draft.end)
    return replace(draft, flat=flat.group("number"), end=flat.end()) if flat else draft


def _house(written: str) -> str:
    house = re.sub(r"[\s\-\"«»']", "", written)
    for said, letter in _LETTERS.items():
        house = house.replace(said, letter)
    return house
