"""A life in danger is noticed in the words of ordinary people, and ordinary errands are not taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.crisis import KINDS, Crisis
from bot.services.errors import ContentError

CONTENT = Path(__file__).parents[2] / "bot" / "content"


@pytest.fixture(scope="module")
def crisis() -> Crisis:
    return Crisis.load(CONTENT / "crisis.yml")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("я больше не хочу жить", "suicide"),
        ("Не вижу смысла жить, прощайте", "suicide"),
        ("думаю о самоубийстве", "suicide"),
        ("СЕСТРА ХОЧЕТ ПОКОНЧИТЬ С СОБОЙ", "suicide"),
        ("он сказал что выпрыгнет из окна", "suicide"),
        ("хочется просто умереть", "suicide"),
        ("напилась таблеток, прошлый год тоже так было", "suicide"),
        ("муж опять избил меня", "violence"),
        ("меня бьёт отец", "violence"),
        ("сосед угрожает зарезать", "violence"),
        ("в квартире пахнет газом", "fire_gas"),
        ("соседний дом горит!!!", "fire_gas"),
        ("на лестнице задымление", "fire_gas"),
        ("утечка газа во втором подъезде", "fire_gas"),
        ("маме плохо, сердечный приступ", "medical"),
        ("мужчина лежит без сознания на остановке", "medical"),
        ("вызовите скорую пожалуйста", "medical"),
        ("ребёнок не дышит", "medical"),
        ("пропал ребенок, 7 лет, синяя куртка", "missing_child"),
        ("дочка не вернулась из школы", "missing_child"),
        ("провалился под лед мужчина", "other"),
        ("мы застряли в лифте", "other"),
    ],
)
def test_danger_is_noticed(crisis: Crisis, text: str, kind: str) -> None:
    assert crisis.kind_of(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "как получить пособие на погребение, муж умер",
        "хочу записаться к кардиологу, болит сердце по ночам",
        "какие документы нужны после пожара",
        "дом сгорел в прошлом году, положена ли выплата",
        "не горит фонарь у подъезда",
        "на светофоре постоянно горит красный",
        "из трубы бьёт фонтан воды",
        "нет смысла ждать, перенесите запись",
        "я живу в посёлке Боровое",
        "хочу жить в центре, как встать в очередь на жильё",
        "не хочу платить госпошлину",
        "умираю со смеху от вашего бота",
        "спасите сквер от вырубки",
        "устал ждать ответа",
        "ребёнок пропал из очереди в сад на портале",
        "нужна инвалидность после инсульта",
        "газ подорожал, как оформить субсидию",
        "проверка пожарной безопасности в кафе",
        "деревья умирают от жары",
        "",
        "!!!",
    ],
)
def test_an_ordinary_errand_is_no_crisis(crisis: Crisis, text: str) -> None:
    assert crisis.kind_of(text) is None


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_short_calm_text_with_112(crisis: Crisis, kind: str) -> None:
    advice = crisis.advice(kind)
    assert advice.kind == kind and advice.priority == 100
    assert "112" in advice.text and "112" in [p.number for p in advice.phones]
    assert "!" not in advice.text and len(advice.text) <= 420


def test_a_soul_in_despair_is_told_where_to_talk(crisis: Crisis) -> None:
    advice = crisis.detect("не хочу жить")
    assert advice is not None
    assert {"112", "8-800-2000-122", "051"} <= {p.number for p in advice.phones}


def test_an_unknown_kind_gets_the_general_text(crisis: Crisis) -> None:
    assert crisis.advice(None).kind == crisis.advice("потоп").kind == "other"


def test_missing_texts_are_told_to_the_editor() -> None:
    with pytest.raises(ContentError, match="suicide"):
        Crisis({"kinds": {"other": {"text": "112"}}})
