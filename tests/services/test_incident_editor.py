"""Dispatchers write incidents, and the robot tells them from the same moment on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.services.tickets.incident_drafts import BadIncident, IncidentDraft
from bot.services.tickets.incident_words import told
from bot.services.tickets.incidents import Incidents, NoSuchIncident
from bot.store import Store

CONTENT = Path(__file__).parents[2] / "bot" / "content"


@pytest.fixture
def incidents(store: Store, clock: Any) -> Incidents:
    content, region = (yaml.safe_load((CONTENT / f"{n}.yml").read_text("utf-8")) for n in ("incidents", "region"))
    return Incidents(store, clock, content, region)


@pytest.fixture
def draft(clock: Any) -> IncidentDraft:
    return IncidentDraft(
        "Нет воды на улице Гоголя", "water", ("улица Гоголя",), (), "авария на сетях", "Подвоз у школы.", clock(),
        clock() + timedelta(hours=3),
    )  # fmt: skip


async def test_the_robot_tells_a_new_incident_at_once(incidents: Incidents, draft: IncidentDraft) -> None:
    assert await incidents.at("нет воды, Гоголя 5") is None
    number = await incidents.add(draft, "id-1")
    found = await incidents.at("нет воды, Гоголя 5")
    assert found is not None and found.id == number
    assert told(found, ZoneInfo("Europe/Moscow")) == {
        "number": number, "title": "Нет воды на улице Гоголя", "reason": "авария на сетях. Подвоз у школы",
        "forecast": "16 ноября, понедельник, к 14:00",
    }  # fmt: skip


async def test_a_change_is_told_and_a_closed_one_stays_as_it_is(
    incidents: Incidents, draft: IncidentDraft, clock: Any
) -> None:
    number = await incidents.add(draft, "id-1")
    await incidents.change(number, replace(draft, streets=("улица Чехова",), forecast_at=None), "id-2")
    assert await incidents.at("нет воды, Гоголя 5") is None
    found = await incidents.at("нет воды, Чехова 1")
    assert found is not None and "срок уточняют" in told(found, ZoneInfo("UTC"))["forecast"]
    await incidents.subscribe("citizen-1", number)
    assert (await incidents.card(number)).subscribers == 1
    assert await incidents.close(number) == 1
    with pytest.raises(NoSuchIncident):
        await incidents.change(number, draft, "id-2")
    assert [c.id for c in await incidents.cards(over=True)] == [number] and await incidents.cards() == []


async def test_what_a_dispatcher_changed_is_not_renewed_as_a_demonstration(
    incidents: Incidents, draft: IncidentDraft, clock: Any
) -> None:
    await incidents.seed()
    await incidents.change("АВ-1041", draft, "id-1")
    clock.forward(days=3)
    await incidents.seed()
    assert (await incidents.card("АВ-1041")).draft == draft
    assert (await incidents.card("АВ-1041")).state == "forgotten"


async def test_an_incident_of_tomorrow_waits(incidents: Incidents, draft: IncidentDraft, clock: Any) -> None:
    later = replace(draft, started_at=clock() + timedelta(days=1), forecast_at=clock() + timedelta(days=2))
    number = await incidents.add(later, "id-1")
    assert (await incidents.card(number)).state == "scheduled"
    assert await incidents.at("нет воды, Гоголя 5") is None
    clock.forward(days=1)
    assert await incidents.at("нет воды, Гоголя 5") is not None


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "название"),
        ({"title": "а" * 201}, "200"),
        ({"reason": "а" * 201}, "200"),
        ({"text": "а" * 1001}, "1000"),
        ({"kind": "other"}, "вид"),
        ({"kind": "storm"}, "вид"),
        ({"streets": ()}, "улицы или районы"),
        ({"streets": ("Лунная улица",)}, "Лунная улица"),
        ({"districts": ("moon",)}, "moon"),
    ],
)
async def test_an_impossible_incident_is_refused_in_russian(
    incidents: Incidents, draft: IncidentDraft, wrong: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadIncident) as refused:
        await incidents.add(replace(draft, **wrong), "id-1")
    assert words in refused.value.text


async def test_a_forecast_before_the_start_is_refused(incidents: Incidents, draft: IncidentDraft) -> None:
    with pytest.raises(BadIncident):
        await incidents.add(replace(draft, forecast_at=draft.started_at - timedelta(minutes=1)), "id-1")
