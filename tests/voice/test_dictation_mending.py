"""Misheard names of services and streets are put right; words that were heard right stay, whatever they sound like."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.services.content import load
from voice.dictation.normalise import typed
from voice.dictation.sound_alikes import Mender
from voice.dictation.sounds import apart, sound

ROOT = Path(__file__).resolve().parents[2]

MISHEARD = [
    # Words torn apart or run together.
    (None, "Мне нужен за гранипаспорт.", "Мне нужен загранпаспорт."),
    (None, "Хочу получить вид нажительства.", "Хочу получить вид на жительство."),
    (None, "Где заказать? У достоверения многодетной семьи.", "Где заказать? Удостоверение многодетной семьи."),
    (None, "можно вформить снил серебенку?", "можно вформить СНИЛС ребенку?"),
    (None, "видио звонок", "видео звонок"),
    (None, "Как получить по особе на ребенка?", "Как получить пособие на ребенка?"),
    (None, "Запишите меня на загорань паспорт на пять лет.", "Запишите меня на загранпаспорт на пять лет."),
    # Words that do not exist.
    (None, "Запишите меня на замену паспорты", "Запишите меня на замену паспорта"),
    (None, "Запишите на замену паспульта.", "Запишите на замену паспорта."),
    (None, "про колдустровый учет.", "про кадастровый учет."),
    (None, "звание и ветеранно труда?", "звание и ветерана труда?"),
    (None, "нужна консультацыя юриста", "нужна консультация юриста"),
    (None, "доступ к государству слугам", "доступ к госуслугам"),
    (None, "получить польз медицинского страхования", "получить полис медицинского страхования"),
    ("service", "пасобие нарибенка", "пособие на ребенка"),
    # Streets.
    (None, "Яма на улице Линина", "Яма на улице Ленина"),
    (None, "На улице Миталургов прорвало трубу.", "На улице Металлургов прорвало трубу."),
    (None, "На улице Держинского открыт люк.", "На улице Дзержинского открыт люк."),
    (None, "Возле дома навокзальный, не вывозят мусор.", "Возле дома на Вокзальной, не вывозят мусор."),
    (None, "не горят фонари на Заричной", "не горят фонари на Заречной"),
    ("centre", "на проспек типа беды", "на проспекте Победы"),
    ("centre", "на линина", "на Ленина"),
    ("address", "Насадовый, дом 12.", "На Садовой, дом 12."),
    ("address", "вы дворены садовали, двенадцать", "вы дворены Садовая, двенадцать"),
    ("address", "улица Милатургов, 5", "улица Металлургов, 5"),
    ("problem_address", "Линина, восемь", "Ленина, восемь"),
]  # fmt: skip

HEARD_RIGHT = [
    (None, "замена паспорта"),
    (None, "Я самозанятый"),
    (None, "деревня Берёзовка"),
    (None, "штраф за неуведомление о втором гражданстве"),
    (None, "может ли несобственник заказать выписку"),
    (None, "можна приходить?"),
    (None, "хочу переписаться на другое число"),
    (None, "атминить талон"),
    (None, "выписку из ЕГРЮЛ с печатью"),
    (None, "статус по садику направлен в ДОО, что дальше"),
    (None, "чем подтвердить, справкой мсэ розовой?"),
    (None, "соцуслуги на дому"),
    (None, "почему в экселе не считает формула"),
    (None, "здрасте, я звонила вчера"),
    (None, "сагласен на обработку"),
    (None, "хароший отзыв"),
    (None, "повторно в МФЦ за документами"),
    (None, "снимите с записи на паспорт мы уезжаем"),
    (None, "хочу подать уведомление о начале строительства"),
    (None, "хочу получить пособия на ребёнка"),
    (None, "Живу на улице Лермонтова"),
    (None, "На улице Серова темно"),
    (None, "улица Чкалова, дом пять"),
    ("centre", "Я в Подольске, мне на Заречную"),
    ("centre", "на улице Ленина"),
    ("centre", "Меня зовут Мария"),
    ("address", "Соседка Мария Львовна, Садовая, 5"),
    ("address", "свет погас в Сосновке"),
    ("address", "автобус не ходит, мёрзнем на морозе"),
    ("service", "акк заблочили верните"),
    ("service", "оператр"),
    ("service", "паспорт"),
    ("address", "перезв плиз"),
    ("problem_text", "лестница без перил на улице Гагарина"),
]  # fmt: skip


@pytest.fixture(scope="module")
def mender() -> Mender:
    return Mender.of(load(ROOT / "bot" / "content"))


@pytest.mark.parametrize(("expected", "heard", "wanted"), MISHEARD)
def test_misheard_names_are_put_right(mender: Mender, expected: str | None, heard: str, wanted: str) -> None:
    assert typed(heard, expected, (), mender) == wanted


@pytest.mark.parametrize(("expected", "heard"), HEARD_RIGHT)
def test_what_was_heard_right_stays(mender: Mender, expected: str | None, heard: str) -> None:
    assert typed(heard, expected, (), mender) == heard


@pytest.mark.parametrize("expected", [None, "service", "centre", "address"])
def test_articles_are_left_alone_(mender: Mender, expected: str | None) -> None:
    sentences = [
        line.strip(" -#")
        for file in sorted((ROOT / "bot" / "content" / "knowledge").rglob("*.*"))
        for line in file.read_text(encoding="utf-8").splitlines()
        if len(line.split()) > 3
    ][:1000]
    changed = [s for s in sentences if mender.mend(s, expected) != s]
    assert len(changed) / len(sentences) < 0.005, changed


def test_citizens_phrases_change_only_towards_words_of_the_content(mender: Mender) -> None:
    phrases = [
        line[2:].strip()
        for file in sorted((ROOT / "nlu" / "data").glob("*.yml"))
        for item in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        for line in item.get("examples", "").splitlines()
        if line.startswith("- ")
    ]
    changed = [p for p in phrases if mender.mend(p) != p]
    assert len(changed) / len(phrases) < 0.01, changed


_PIECES = st.sampled_from(
    "улица Линина на за гранипаспорт паспорты замену Миталургов проспек типа беды СНИЛС снил серебенку вид нажительства "
    "дом 5 , . ? Мария ДОО несобственник пасобие нарибенка ё ь -".split()
)
_SLOTS = st.sampled_from([None, "service", "centre", "address", "person_name", "problem_text"])


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=8).map(" ".join) | st.text(max_size=60), _SLOTS)
def test_mending_never_fails_and_mended_text_stays(mender: Mender, text: str, expected: str | None) -> None:
    once = mender.mend(text, expected)
    assert mender.mend(once, expected) == once
    named = mender.mend_name(text)
    assert mender.mend_name(named) == named


@given(st.text("абвгдежзийклмнопрстуфхцчшщъыьэюяё", max_size=12), st.text("абвгдеклмнопрст", max_size=12))
def test_distance_is_the_same_both_ways(one: str, other: str) -> None:
    a, b = sound(one), sound(other)
    assert apart(a, b, 99) == pytest.approx(apart(b, a, 99))
    assert apart(a, a, 0) == 0
