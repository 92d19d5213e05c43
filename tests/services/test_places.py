"""Hours in words for today and any day, with breaks and holidays; and the nearest centre to what people name."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.services.addresses import PlaceAspects, map_url, place_text
from bot.services.appointments.schedule import Schedule
from bot.services.content import Centre, Content, load
from bot.services.places import Places, titles

CONTENT = Path(__file__).parents[2] / "bot" / "content"
MOSCOW = ZoneInfo("Europe/Moscow")
SATURDAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def content() -> Content:
    return load(CONTENT)


@pytest.fixture(scope="module")
def places(content: Content) -> Places:
    centres, services, region, calendar = (
        yaml.safe_load((CONTENT / f"{name}.yml").read_text("utf-8"))
        for name in ("centres", "services", "region", "calendar")
    )
    return Places(content, Schedule.from_content(centres, services, region, calendar))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("centre", "now", "said"),
    [
        ("mfc_central", "2026-11-23T12:00", "Сейчас открыто, сегодня работаем до 20:00."),
        ("mfc_central", "2026-11-23T07:30", "Сейчас закрыто, сегодня работаем с 8:00 до 20:00."),
        ("mfc_central", "2026-11-23T20:00", "Сегодня уже закрыто. Откроемся завтра, во вторник, в 8:00."),
        (
            "mfc_central",
            "2026-11-22T12:00",
            "Сегодня не работаем: выходной день. Откроемся завтра, в понедельник, в 8:00.",
        ),
        ("mfc_olkhovka", "2026-11-23T10:00", "Сейчас открыто, сегодня работаем до 17:00, перерыв с 12:00 до 13:00."),
        ("mfc_olkhovka", "2026-11-23T12:30", "Сейчас перерыв до 13:00, потом работаем до 17:00."),
        ("mfc_olkhovka", "2026-11-23T14:00", "Сейчас открыто, сегодня работаем до 17:00."),
        ("mfc_north", "2026-11-21T19:00", "Сегодня уже закрыто. Откроемся завтра, в воскресенье, в 10:00."),
        ("mfc_central", "2026-12-30T12:00", "Сейчас открыто, сегодня работаем до 16:00."),
    ],
)
def test_hours_now_in_words(places: Places, content: Content, centre: str, now: str, said: str) -> None:
    assert places.now_text(content.centre(centre), at(now)) == said


def test_the_new_year_is_a_long_break(places: Places, content: Content) -> None:
    said = places.now_text(content.centre("mfc_central"), at("2026-12-31T10:00"))
    assert said.startswith("Сегодня не работаем")
    assert "9 января" in said


def test_a_moment_of_another_zone_is_taken_to_the_centre(places: Places, content: Content) -> None:
    utc = datetime.fromisoformat("2026-11-23T06:00+00:00")
    state = places.open_now(content.centre("mfc_central"), utc)
    assert (state.open, state.until) == (True, at("2026-11-23T20:00"))


@pytest.mark.parametrize(
    ("centre", "day", "said"),
    [
        ("mfc_central", date(2026, 11, 21), "Сегодня работаем с 9:00 до 17:00."),
        ("mfc_central", date(2026, 11, 25), "В среду, 25 ноября, работаем с 8:00 до 20:00."),
        (
            "mfc_station",
            date(2026, 11, 24),
            "Во вторник, 24 ноября, работаем с 8:00 до 19:00, перерыв с 13:00 до 14:00.",
        ),
        (
            "mfc_central",
            date(2026, 11, 22),
            "Завтра, в воскресенье, не работаем: выходной день. Ближайший рабочий день — 23 ноября, с 8:00.",
        ),
    ],
)
def test_hours_of_a_day_in_words(places: Places, content: Content, centre: str, day: date, said: str) -> None:
    assert places.day_text(content.centre(centre), day, SATURDAY) == said


def test_a_holiday_is_named(places: Places, content: Content) -> None:
    said = places.day_text(content.centre("mfc_north"), date(2027, 2, 23), SATURDAY)
    assert "не работаем" in said
    assert "День защитника Отечества" in said


def test_the_week_in_a_line(places: Places, content: Content) -> None:
    assert places.week_text(content.centre("mfc_central")) == "пн–пт 8:00–20:00, сб 9:00–17:00, вс — выходной"
    assert places.week_text(content.centre("mfc_business")).endswith("пт 9:00–17:00, сб, вс — выходной")
    assert "8:00–12:00 и 13:00–17:00" in places.week_text(content.centre("mfc_olkhovka"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("до скольки работает мфц на ленина", "mfc_central"),
        ("я на левом берегу", "mfc_left_bank"),
        ("хочу в заводской мфц", "mfc_factory"),
        ("в Ольховке работаете в субботу?", "mfc_olkhovka"),
        ("офис на вокзале", "mfc_station"),
    ],
)
def test_a_centre_is_recognised(places: Places, text: str, wanted: str) -> None:
    found = places.centre_in(text)
    assert found is not None
    assert found.id == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("живу на улице Космонавтов", "mfc_north"),
        ("я в Северном районе", "mfc_north"),
        ("ближайший к Заречной", "mfc_left_bank"),
        ("рядом с улицей мира", "mfc_left_bank"),
        ("я в селе Дубрава", "mfc_borovoe"),
        ("мы из Тихих Прудов", "mfc_borovoe"),
        ("я на металлургов", "mfc_factory"),
        ("около московской", "mfc_business"),
        ("я на вокзальной", "mfc_station"),
    ],
)
def test_the_nearest_centre_to_what_is_named(places: Places, text: str, wanted: str) -> None:
    near = places.nearest_to(text)
    assert [n.centre.id for n in near][:1] == [wanted], near


@pytest.mark.parametrize("text", ["", "во всём мире", "не знаю", "x" * 10_000])
def test_no_place_is_seen_where_none_is_named(places: Places, text: str) -> None:
    assert places.nearest_to(text) == []


def test_the_nearest_centres_to_a_point(places: Places) -> None:
    near = places.nearest(54.512, 44.152)
    assert near[0].centre.id == "mfc_olkhovka"
    assert near[0].km < 0.5 < near[1].km < 40
    assert "км)" in titles(near)[1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("где вы находитесь", ["address"]),
        ("есть ли парковка и пандус", ["parking", "accessibility"]),
        ("как добраться на автобусе", ["transport"]),
        ("на коляске проеду?", ["accessibility"]),
        ("какой телефон", ["phone"]),
        ("где машину оставить", ["parking"]),
        ("мфц", ["address"]),
    ],
)
def test_what_is_asked_about_a_place(content: Content, text: str, wanted: list[str]) -> None:
    assert PlaceAspects(content.place_aspects).of(text) == wanted


def test_every_centre_answers_everything(content: Content) -> None:
    for centre in content.centres:
        for aspect in ("address", "transport", "parking", "accessibility", "phone", "map"):
            assert place_text(centre, aspect).strip()


def test_a_centre_without_a_ramp_says_so(content: Content) -> None:
    assert "Пандуса нет" in place_text(content.centre("mfc_station"), "accessibility")
    assert "Пандуса нет" not in place_text(content.centre("mfc_central"), "accessibility")


def test_the_address_names_the_town(content: Content) -> None:
    centre: Centre = content.centre("mfc_olkhovka")
    assert place_text(centre, "address").endswith("посёлок Ольховка, Центральная улица, 3.")
    assert f"{centre.lon},{centre.lat}" in map_url(centre)
