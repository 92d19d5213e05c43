"""Recognised utterances become what people type; a text without a reason stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.content import load
from voice.dictation import slots
from voice.dictation.normalise import typed
from voice.dictation.offered import nearest_choice
from voice.dictation.sound_alikes import Mender

ROOT = Path(__file__).parents[2]

TYPED = [
    # Case numbers.
    ("case_number", "два дробь два дробь сто тридцать четыре шестьсот шестьдесят", "2/2/134660"),
    ("case_number", "два два один три четыре шесть шесть ноль", "2/2/134660"),
    ("case_number", "2, 2, 13, 46, 60.", "2/2/134660."),
    ("case_number", "2-2-134660", "2/2/134660"),
    ("case_number", "2-2-1-3-4-6-6-0", "2/2/134660"),
    ("case_number", "22134660", "2/2/134660"),
    ("case_number", "2/2/134660", "2/2/134660"),
    ("case_number", "2, 2, 1, 3, 4, 6, 6, ноль.", "2/2/134660."),
    ("case_number", "Два дробь, два дробь, 130, 4, 660.", "2/2/134660."),
    ("case_number", "двадцать два сто тридцать четыре шестьсот шестьдесят", "2/2/134660"),
    ("case_number", "двенадцать один тридцать три ноль ноль десять", "12/1/330010"),
    ("case_number", "девять дробь один дробь триста сорок семь", "9/1/347"),
    ("case_number", "номер дела один дробь семь дробь ноль девять ноль четыре один пять", "номер дела 1/7/090415"),
    ("case_number", "зэ я две тысячи двадцать шесть ноль ноль ноль сто двадцать три", "ЗЯ-2026-000123"),
    ("case_number", "зя двадцать двадцать шесть сто двадцать три", "ЗЯ-2026-000123"),
    ("case_number", "за я 2026 123", "ЗЯ-2026-000123"),
    ("case_number", "ЗЯ-2026-000123", "ЗЯ-2026-000123"),
    ("case_number", "2026 000123", "ЗЯ-2026-000123"),
    ("case_number", "о бэ две тысячи двадцать шесть семьдесят семь", "ОБ-2026-000077"),
    ("appointment_number", "тэ эль две тысячи двадцать шесть семьдесят семь", "ТЛ-2026-000077"),
    ("appointment_number", "2026, 77", "ТЛ-2026-000077"),
    ("case_number", "23, 541", "23541"),
    ("case_number", "2/2/134660 Ясноцветова", "2/2/134660 Ясноцветова"),
    ("case_number", "а сколько стоит паспорт для двух детей 5 и 10 лет", "а сколько стоит паспорт для двух детей 5 и 10 лет"),
    ("case_number", "подавала в 2026 году", "подавала в 2026 году"),
    ("case_number", "у меня нет номера", "у меня нет номера"),
    ("case_number", "позовите человека", "позовите человека"),
    ("case_number", "03.11.1957", "03.11.1957"),
    ("case_number", "хочу проверить сразу два дела: 5/1/8812 и 5/1/8813", "хочу проверить сразу два дела: 5/1/8812 и 5/1/8813"),
    ("case_number", "зарплата сорок две тысячи", "зарплата сорок две тысячи"),
    # Telephones.
    ("phone", "восемь девятьсот двенадцать триста сорок пять шестьдесят семь восемьдесят девять", "+79123456789"),
    (
        "phone",
        "Восемь девятьсот, двенадцать, тристо сорок, пять шестьдесят, семь, восемьдесят девять.",
        "+79123456789.",
    ),
    ("phone", "8,912,345,6789.", "+79123456789."),
    ("phone", "8 900 триста 45 67 89", "+79003456789"),
    ("phone", "плюс 920, 534, 1120, 2", "+79205341122"),
    ("phone", "плюс семь девятьсот двадцать пятьсот тридцать четыре одиннадцать двадцать два", "+79205341122"),
    ("phone", "8-9-1-6-55-5-3-4-2-1", "+79165553421"),
    ("phone", "девятьсот пять, два ноля семь, сорок, двенадцать", "+79050074012"),
    ("phone", "8-903-001-17-04", "+79030011704"),
    ("phone", "мой номер 8 922 111 22 33", "мой номер +79221112233"),
    ("phone", "+7 912 345-67-89", "+79123456789"),
    (None, "цэ эн", "цэ эн"),
    ("person_name", "Эм, а, эль, и, эн, о, вэ", "Малинов"),
    ("phone", "Э-э, ну, восемь девятьсот двенадцать триста сорок пять 67 89", "+79123456789"),
    ("phone", "восемь девятьсот двенадцать триста", "8912300"),
    ("phone", "нет телефона", "нет телефона"),
    ("phone", "Без телефона.", "Без телефона."),
    # SNILS.
    ("snils", "сто двенадцать двести тридцать три четыреста сорок пять девяносто пять", "112-233-445 95"),
    ("snils", "1-1-2-2-3-3-4-4-5-9-5", "112-233-445 95"),
    ("snils", "112-233-445 95", "112-233-445 95"),
    ("snils", "один один два, два три три, четыре четыре пять, девять пять", "112-233-445 95"),
    ("snils", "0,274116383", "0274116383"),
    # Dates of birth.
    ("birth_date", "двадцать четвёртое ноль восьмое шестьдесят второго", "24.08.1962"),
    ("birth_date", "Двадцать, четвертый, ноль, восемь, шестьдесят, второго.", "24.08.1962."),
    ("birth_date", "24.8 и 62.", "24.08.1962."),
    ("birth_date", "0,5, 0,9, 74", "05.09.1974"),
    ("birth_date", "12 марта 1985 года.", "12.03.1985."),
    ("birth_date", "двенадцатого марта восемьдесят пятого", "12.03.1985"),
    ("birth_date", "пятого ноль третьего две тысячи первого", "05.03.2001"),
    ("birth_date", "два четыре ноль восемь один девять шесть два", "24.08.1962"),
    ("birth_date", "24.08.1962", "24.08.1962"),
    ("birth_date", "двадцать четвёртое ноль восьмое двадцать восьмого", "24.08.28"),
    ("birth_date", "тридцать первого февраля семидесятого", "тридцать первого февраля семидесятого"),
    ("birth_date", "четыре восемь два один", "четыре восемь два один"),
    ("case_proof", "Двенадцатого марта восемьдесят пятого.", "12.03.1985."),
    ("case_proof", "родилась пятого июня тысяча девятьсот шестьдесят второго года", "родилась 05.06.1962"),
    # Code words and surnames.
    ("case_proof", "Ромашка 85.", "Ромашка85"),
    ("case_proof", "кодовое слово ромашка восемьдесят пять", "кодовое слово ромашка85"),
    ("case_proof", "маяк тысяча девятьсот семьдесят девять", "маяк1979"),
    ("case_proof", "один два три четыре пять шесть", "123456"),
    ("case_proof", "опять двадцать пять", "опять двадцать пять"),
    ("case_proof", "Ясноцветова", "Ясноцветова"),
    ("case_proof", "Ну, Ясноцветова.", "Ясноцветова."),
    ("case_proof", "Козлов, Константин, Ольга, Зинаида, Леонид, Ольга, Василий", "Козлов"),
    ("person_name", "Иванов Пётр Ильич", "Иванов Пётр Ильич"),
    ("person_name", "Меня зовут Анна", "Меня зовут Анна"),
    ("person_name", "по буквам: ка о зэ эль о вэ", "Козлов"),
    ("person_name", "ПРЕКРАТИТЕ СЛАТЬ МНЕ ЭТИ СМС", "ПРЕКРАТИТЕ СЛАТЬ МНЕ ЭТИ СМС"),
    ("code_word", "рэ о эм а ша ка а", "ромашка"),
    ("series", "римская два, а, бэ", "II-АБ"),
    # Days and hours: what the dialogue reads itself stays.
    ("appointment_day", "двадцать четвертого ноября", "двадцать четвертого ноября"),
    ("appointment_day", "24 ноября.", "24 ноября."),
    ("appointment_time", "в четырнадцать тридцать", "в четырнадцать тридцать"),
    ("appointment_time", "в 14-30", "в 14-30"),
    ("appointment_time", "половина третий его.", "половина третьего."),
    ("appointment_time", "э-э, пол третьего", "пол третьего"),
    ("callback_time", "сейчас можно", "сейчас можно"),
    # Yes and no.
    ("appointment_confirmed", "Да.", "Да."),
    ("appointment_confirmed", "Ага.", "Ага."),
    ("appointment_confirmed", "А-га.", "Ага"),
    ("appointment_confirmed", "Уху", "Угу"),
    ("appointment_confirmed", "Не а", "Не-а"),
    ("appointment_confirmed", "Ну да", "Ну да"),
    ("appointment_confirmed", "Верно", "Верно"),
    ("appointment_confirmed", "нет, другое время", "нет, другое время"),
    # Hesitation.
    (None, "Э-э-э", ""),
    (None, "мм", ""),
    (None, "Э-э, ну, как его, паспорт поменять", "Паспорт поменять"),
    (None, "паспорт поменять, э-э", "паспорт поменять"),
    (None, "ну смотрите я вчера приходил", "ну смотрите я вчера приходил"),
    (None, "как там мои документы", "как там мои документы"),
    (None, "так не пойдёт", "так не пойдёт"),
    ("person_name", "Эмма Мамедова", "Эмма Мамедова"),
    # Words of the trade.
    (None, "мэфэцэ на ленина", "МФЦ на ленина"),
    (None, "Эм эф це где", "МФЦ где"),
    (None, "MFC", "МФЦ"),
    (None, "МФС на Заречной", "МФЦ на Заречной"),
    (None, "мне нужен снил с", "мне нужен СНИЛС"),
    (None, "потерял СНИЛС", "потерял СНИЛС"),
    (None, "потеряла снилс", "потеряла снилс"),
    (None, "записаться в загз", "записаться в ЗАГС"),
    (None, "выписка е гэ эр эн", "выписка ЕГРН"),
    (None, "загран паспорт ребёнку", "загранпаспорт ребёнку"),
    (None, "за гран паспорта", "загранпаспорта"),
    (None, "мат капитал", "маткапитал"),
    (None, "пришлите на e-mail", "пришлите на email"),
    (None, "по же ка ха", "по ЖКХ"),
    (None, "снилс 123 456 789 00", "снилс 123 456 789 00"),
    (None, "мне пять лет а сыну десять", "мне пять лет а сыну десять"),
    (None, "два два один три", "два два один три"),
    ("problem_text", "не горит фонарь на улице Ленина 5", "не горит фонарь на улице Ленина 5"),
    ("satisfaction", "четыре", "четыре"),
    ("unheard_of_slot", "Что угодно.", "Что угодно."),
]  # fmt: skip


@pytest.mark.parametrize(("expected", "heard", "wanted"), TYPED)
def test_an_utterance_becomes_what_is_typed(expected: str | None, heard: str, wanted: str) -> None:
    assert typed(heard, expected, ()) == wanted


@pytest.fixture(scope="module")
def mender() -> Mender:
    return Mender.of(load(ROOT / "bot" / "content"))


@pytest.fixture(scope="module")
def phrases() -> list[str]:
    found = []
    for file in sorted((ROOT / "nlu" / "data").glob("*.yml")):
        for item in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            found += [line[2:].strip() for line in item.get("examples", "").splitlines() if line.startswith("- ")]
    return found


def test_clean_phrases_of_citizens_are_left_alone(mender: Mender, phrases: list[str]) -> None:
    changed = [p for p in phrases if typed(p, None, (), mender) != p]
    assert len(phrases) > 1000
    assert len(changed) / len(phrases) < 0.01, changed


def test_words_beside_the_awaited_number_are_left_alone(phrases: list[str]) -> None:
    for expected in ("case_number", "phone", "snils", "birth_date", "case_proof", "appointment_time"):
        wordy = [p for p in phrases if not any(c.isdigit() for c in p) and len(p.split()) > 12]
        changed = [p for p in wordy if typed(p, expected, ()) != p]
        assert len(changed) / len(wordy) < 0.01, (expected, changed)


@pytest.mark.parametrize(
    ("heard", "mended"),
    [
        ("нужна консультацыя юриста", "нужна консультация юриста"),
        ("видиозвонок", "видеозвонок"),
        ("замена паспорта", "замена паспорта"),
        ("Я самозанятый", "Я самозанятый"),
        ("деревня Берёзовка", "деревня Берёзовка"),
    ],
)
def test_only_words_that_do_not_exist_are_mended(mender: Mender, heard: str, mended: str) -> None:
    assert mender.mend(heard) == mended


def test_a_misheard_choice_is_recognised_by_sound_only_when_it_is_clear() -> None:
    choices = ("Замена паспорта РФ", "Загранпаспорт нового поколения", "Выписка из ЕГРН")
    assert nearest_choice("замина паспарта рф", choices) == "Замена паспорта РФ"
    assert nearest_choice("паспорт", choices) is None
    assert nearest_choice("не замина паспарта рф", choices) is None
    assert nearest_choice("замина 5", choices) is None


SLOTS = sorted(slots.VALUES | slots.YES_NO | {"service", "centre", "address"})


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.sampled_from([None, *SLOTS]))
def test_typing_never_fails(text: str, expected: str | None) -> None:
    assert isinstance(typed(text, expected, ("Да", "Нет")), str)
    assert isinstance(typed(text, expected, ()), str)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from("документы готовы когда завтра улица центр помогите спасибо где находится".split()),
        min_size=1,
        max_size=8,
    )
)
def test_a_text_without_a_reason_is_not_changed(words: list[str]) -> None:
    text = " ".join(words)
    assert all(typed(text, expected, ()) == text for expected in (None, "case_number", "phone", "service"))
