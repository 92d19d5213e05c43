"""A life situation is recognised from a citizen's words and becomes a list of what is due."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.services.content import load
from bot.services.meaning import Encoder
from bot.services.situations import Situations
from tests.services.vectors import FOLDER

CONTENT = Path(__file__).parents[2] / "bot" / "content"


@pytest.fixture(scope="module")
def situations() -> Situations:
    content = load(CONTENT)
    return Situations(content.situations, content.services, Encoder(), FOLDER)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("у нас родился сын что нам положено", "child_born"),
        ("скоро рожать, что оформлять", "child_born"),
        ("меня сократили, на что я могу рассчитывать", "job_lost"),
        ("потеряла работу какие есть выплаты", "job_lost"),
        ("мы переехали в приреченск, что надо сделать", "moved"),
        ("у меня трое детей какие льготы", "large_family"),
        ("выхожу замуж и меняю фамилию", "marriage"),
        ("умер папа что делать", "death_of_relative"),
        ("в декабре выхожу на пенсию", "retired"),
        ("дали вторую группу инвалидности", "disability_got"),
        ("денег совсем не хватает на жизнь", "low_income"),
        ("хочу открыть свой бизнес", "own_business"),
        ("дочке исполнилось 14", "adulthood"),
        ("купили дом что оформлять", "bought_home"),
        ("замучили коллекторы, кредит платить нечем", "in_debt"),
        ("украли сумку со всеми документами", "lost_documents"),
        ("муж на сво, что положено семье", "svo_family"),
    ],
)
def test_a_situation_is_recognised(situations: Situations, text: str, wanted: str) -> None:
    found = situations.find(text)
    assert [s.id for s, _ in found][:1] == [wanted], found


@pytest.mark.parametrize("text", ["какая погода", "яма на дороге", "", "спасибо"])
def test_no_situation_is_seen_where_there_is_none(situations: Situations, text: str) -> None:
    assert all(score < 0.6 for _, score in situations.find(text))


def test_the_list_says_what_why_and_when(situations: Situations) -> None:
    for situation in situations.situations:
        due = situations.due(situation)
        assert len(due) >= 3, situation.id
        assert all(d.title and d.why and d.when for d in due)
        assert situations.text(situation).startswith(situation.intro)


def test_advice_that_is_no_service_is_listed_too(situations: Situations) -> None:
    assert any(d.service is None for d in situations.due(situations.get("death_of_relative")))


def test_a_death_is_met_without_cheer(situations: Situations) -> None:
    assert "!" not in situations.text(situations.get("death_of_relative"))
