"""What the keys of the telephone mean after each question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.dictation import slots
from voice.dictation.hints import keys_hint
from voice.dictation.keys import Chosen, Human, KeyEvent, KeyPad, Repeat, Typed, Wrong

THREE = ("Замена паспорта РФ", "Загранпаспорт", "СНИЛС")
TWELVE = tuple(f"Услуга {n}" for n in range(1, 13))
TIMES = ("9:00", "9:15", "10:30")
SCALE = tuple(str(n) for n in range(11))
GRADES = ("Совсем недоволен", "Скорее недоволен", "Скорее доволен", "Полностью доволен")

# Slot, choices, keys («t» is the pause), the last event, the text that goes to the dialogue.
PRESSED: list[tuple[str | None, tuple[str, ...], str, KeyEvent, str | None]] = [
    ("service", THREE, "0", Human(), None),
    (None, (), "0", Human(), None),
    (None, (), "*", Repeat(), None),
    (None, (), "5", Wrong("not_asked"), None),
    ("service", THREE, "*", Repeat(), None),
    ("service", THREE, "1", Chosen(0), "Замена паспорта РФ"),
    ("service", THREE, "3", Chosen(2), "СНИЛС"),
    ("service", THREE, "4", Wrong("no_choice"), None),
    ("service", THREE, "42", Chosen(1), "Загранпаспорт"),
    ("service", THREE, "#", Wrong("empty"), None),
    ("service", TWELVE, "2", Chosen(1), "Услуга 2"),
    ("service", TWELVE, "1", Typed("1", False), None),
    ("service", TWELVE, "1t", Chosen(0), "Услуга 1"),
    ("service", TWELVE, "1#", Chosen(0), "Услуга 1"),
    ("service", TWELVE, "12", Chosen(11), "Услуга 12"),
    ("service", TWELVE, "10", Chosen(9), "Услуга 10"),
    ("service", TWELVE, "15", Wrong("no_choice"), None),
    ("appointment_confirmed", (), "1", Chosen(0), "Да"),
    ("appointment_confirmed", ("Да", "Нет"), "2", Chosen(1), "Нет"),
    ("personal_data_consent", ("Согласиться", "Не согласен"), "1", Chosen(0), "Согласиться"),
    ("case_number", (), "22134660#", Typed("22134660", True), "2/2/134660"),
    ("case_number", (), "2*2*134660#", Typed("2/2/134660", True), "2/2/134660"),
    ("case_number", (), "2*2*134660t", Typed("2/2/134660", True), "2/2/134660"),
    ("case_number", (), "12*1*330010#", Typed("12/1/330010", True), "12/1/330010"),
    ("case_number", (), "1*7*090415#", Typed("1/7/090415", True), "1/7/090415"),
    ("case_number", (), "2026000123#", Typed("2026000123", True), "ЗЯ-2026-000123"),
    ("case_number", (), "2026*123#", Typed("2026/123", True), "ЗЯ-2026-000123"),
    ("case_number", (), "220", Typed("220", False), None),
    ("case_number", (), "22#", Wrong("too_short"), None),
    ("case_number", (), "0", Human(), None),
    ("case_number", (), "*", Repeat(), None),
    ("case_number", (), "134660#", Typed("134660", True), "134660"),
    ("case_number", ("2/2/134660", "ЗЯ-2026-000123"), "2t", Chosen(1), "ЗЯ-2026-000123"),
    ("case_number", ("2/2/134660",), "22135002#", Typed("22135002", True), "2/2/135002"),
    ("appointment_number", (), "2026*77#", Typed("2026/77", True), "ТЛ-2026-000077"),
    ("phone", (), "89123456789", Typed("89123456789", True), "+79123456789"),
    ("phone", (), "9123456789", Typed("9123456789", True), "+79123456789"),
    ("phone", (), "79123456789", Typed("79123456789", True), "+79123456789"),
    ("phone", (), "8912#", Wrong("too_short"), None),
    ("phone", (), "80000000000", Wrong("impossible"), None),
    ("phone", (), "8912*", Repeat(), None),
    ("phone", (), "0", Human(), None),
    ("phone", (), "8900t", Wrong("too_short"), None),
    ("snils", (), "11223344595", Typed("11223344595", True), "112-233-445 95"),
    ("snils", (), "02741160833", Typed("02741160833", True), "027-411-608 33"),
    ("snils", (), "0", Typed("0", False), None),
    ("snils", (), "0t", Human(), None),
    ("snils", (), "0#", Human(), None),
    ("birth_date", (), "24081962", Typed("24081962", True), "24.08.1962"),
    ("birth_date", (), "05091974", Typed("05091974", True), "05.09.1974"),
    ("birth_date", (), "5091974#", Typed("5091974", True), "05.09.1974"),
    ("birth_date", (), "32081962", Wrong("impossible"), None),
    ("birth_date", (), "2408#", Wrong("too_short"), None),
    ("case_proof", (), "24081962#", Typed("24081962", True), "24.08.1962"),
    ("case_proof", (), "123456#", Typed("123456", True), "123456"),
    ("case_proof", (), "0#", Human(), None),
    ("appointment_day", (), "2411#", Typed("2411", True), "24.11"),
    ("appointment_day", (), "24112026", Typed("24112026", True), "24.11.2026"),
    ("appointment_day", (), "511t", Typed("511", True), "05.11"),
    ("appointment_day", (), "3213#", Wrong("impossible"), None),
    ("appointment_day", ("вт 24.11", "ср 25.11"), "2t", Chosen(1), "ср 25.11"),
    ("appointment_day", ("вт 24.11", "ср 25.11"), "2611t", Typed("2611", True), "26.11"),
    ("appointment_time", TIMES, "3t", Chosen(2), "10:30"),
    ("appointment_time", TIMES, "1430", Typed("1430", True), "14:30"),
    ("appointment_time", (), "900t", Typed("900", True), "9:00"),
    ("appointment_time", (), "14#", Typed("14", True), "14:00"),
    ("appointment_time", (), "2575", Wrong("impossible"), None),
    ("satisfaction", GRADES, "4", Typed("4", True), "4"),
    ("satisfaction", GRADES, "5", Wrong("impossible"), None),
    ("ease", (), "5", Typed("5", True), "5"),
    ("nps", SCALE, "7", Typed("7", True), "7"),
    ("nps", SCALE, "1", Typed("1", False), None),
    ("nps", SCALE, "1t", Typed("1", True), "1"),
    ("nps", SCALE, "10", Typed("10", True), "10"),
    ("nps", SCALE, "12", Wrong("impossible"), None),
    ("nps", SCALE, "0", Human(), None),
    ("application_answer", (), "25000#", Typed("25000", True), "25000"),
    ("application_answer", THREE, "2", Chosen(1), "Загранпаспорт"),
    ("service", THREE, "x", Wrong("unknown_key"), None),
]


@pytest.mark.parametrize(("expected", "choices", "keys", "event", "text"), PRESSED)
def test_keys_mean_what_was_asked(
    expected: str | None, choices: tuple[str, ...], keys: str, event: KeyEvent, text: str | None
) -> None:
    pad = KeyPad(expected, choices)
    last: KeyEvent | None = None
    for key in keys:
        last = pad.timeout() if key == "t" else pad.press(key)
    assert last == event
    if text is not None:
        assert isinstance(last, Chosen | Typed) and pad.as_text(last) == text


def test_a_pause_is_shorter_when_a_choice_is_complete() -> None:
    pad = KeyPad("appointment_day", ("вт 24.11", "ср 25.11"))
    pad.press("2")
    short = pad.pause_ms
    pad.press("6")
    assert short < pad.pause_ms == 3000


def test_every_choice_can_be_reached() -> None:
    for size in range(1, 25):
        titles = tuple(f"Пункт {n}" for n in range(size))
        for index in range(size):
            pad = KeyPad("service", titles)
            events = [pad.press(key) for key in str(index + 1)]
            last = events[-1] if isinstance(events[-1], Chosen) else pad.timeout()
            assert last == Chosen(index)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([None, "service", *sorted(slots.VALUES | slots.YES_NO)]),
    st.integers(0, 14),
    st.text("0123456789*#t", max_size=25),
)
def test_no_keys_break_the_pad(expected: str | None, size: int, keys: str) -> None:
    pad = KeyPad(expected, tuple(f"Пункт {n}" for n in range(size)))
    for key in keys:
        event = pad.timeout() if key == "t" else pad.press(key)
        if isinstance(event, Chosen) or (isinstance(event, Typed) and event.complete):
            assert pad.as_text(event)
            assert pad.typed == ""


@pytest.mark.parametrize(
    ("expected", "choices", "parts"),
    [
        ("service", THREE, ("один — замена паспорта РФ", "три — СНИЛС", "Ноль — позвать специалиста.")),
        ("appointment_confirmed", (), ("один — да", "два — нет")),
        ("case_number", (), ("вместо дроби — звёздочка", "решётка")),
        ("phone", (), ("начиная с восьмёрки",)),
        ("birth_date", (), ("восемь цифр", "Ноль и решётка — позвать специалиста.")),
        ("nps", SCALE, ("от одного до десяти", "ноль — только сказать")),
        ("satisfaction", GRADES, ("четыре — полностью доволен",)),
        (None, (), ("Ноль — позвать специалиста.", "Звёздочка — повторить вопрос.")),
    ],
)
def test_the_hint_offers_the_keys_in_words(
    expected: str | None, choices: tuple[str, ...], parts: tuple[str, ...]
) -> None:
    hint = keys_hint(expected, choices)
    assert all(part in hint for part in parts), hint
