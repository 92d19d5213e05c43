"""A known failure at the address is told of instead of a duplicate complaint, and only when it is about the same thing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select

from bot.services.errors import ContentError
from bot.services.tickets.incidents import Incidents, NoSuchIncident
from bot.services.tickets.tables import IncidentRow
from bot.store import Store
from bot.store.due import DueMessageRow

CONTENT = Path(__file__).parents[2] / "bot" / "content"


def read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((CONTENT / name).read_text("utf-8"))
    return data


@pytest.fixture
async def incidents(store: Store, clock: Any) -> Incidents:
    incidents = Incidents(store, clock, read("incidents.yml"), read("region.yml"))
    await incidents.seed()
    return incidents


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("нет воды на Садовой", "АВ-1041"),
        ("на садовой 14 с утра нет воды", "АВ-1041"),
        ("Почтовая улица, 5", "АВ-1041"),
        ("Когда дадут свет на Луговой?", "АВ-1042"),
        ("батареи холодные, улица Космонавтов 12", "АВ-1043"),
        ("нет горячей воды на Трудовой улице", "АВ-1044"),
        ("в заводском районе нет воды", "АВ-1044"),
        ("на Мира не ходит автобус", "АВ-1050"),
        ("когда включат газ на Паромной", "АВ-1045"),
        ("мусор не вывозят на Садовой", None),
        ("не горит фонарь на Луговой", None),
        ("нет воды на Гоголя", None),
        ("купила садовую мебель, нет воды", None),
        ("нет света на улице Ленина", None),
        ("нет воды", None),
        ("в мире нет воды", None),
        ("", None),
    ],
)
async def test_a_known_incident_is_found_by_address_and_trouble(
    incidents: Incidents, text: str, found: str | None
) -> None:
    incident = await incidents.at(text)
    assert (incident.id if incident else None) == found


async def test_the_topic_rules_out_another_trouble(incidents: Incidents) -> None:
    assert await incidents.at("Садовая, 14", topic="roads.potholes") is None
    assert await incidents.at("Садовая, 14", topic="housing_utilities.water") is not None
    assert await incidents.at("Садовая, 14", topic=None) is not None


async def test_the_forecast_is_a_moment_and_may_be_late(incidents: Incidents, clock: Any) -> None:
    incident = await incidents.at("нет воды на Садовой")
    assert incident is not None and incident.forecast_at == clock() + timedelta(hours=5) and not incident.late
    clock.forward(hours=6)
    late = await incidents.at("нет воды на Садовой")
    assert late is not None and late.late
    clock.forward(hours=12)
    assert await incidents.at("нет воды на Садовой") is None


async def test_demonstration_incidents_are_renewed_and_those_of_dispatchers_are_not(
    store: Store, incidents: Incidents, clock: Any
) -> None:
    async with store.write() as session:
        session.add(
            IncidentRow(
                id="Д-1", title="Авария", kind="water", streets=["улица Гоголя"], districts=[], reason="", text="…",
                started_at=clock(), forecast_at=clock() + timedelta(hours=1), source="dispatcher",
            )
        )  # fmt: skip
    clock.forward(days=7)
    await incidents.seed()
    assert await incidents.at("нет воды на Садовой") is not None
    assert await incidents.at("нет воды на Гоголя") is None
    assert len(await incidents.live()) == 10


async def test_an_incident_of_a_dispatcher_is_found_at_once(store: Store, incidents: Incidents, clock: Any) -> None:
    async with store.write() as session:
        session.add(
            IncidentRow(
                id="Д-1", title="Авария", kind="water", streets=["улица Гоголя"], districts=[], reason="", text="…",
                started_at=clock(), forecast_at=None, source="dispatcher",
            )
        )  # fmt: skip
    incident = await incidents.at("на гоголя нет воды")
    assert incident is not None and (incident.id, incident.forecast_at, incident.late) == ("Д-1", None, False)


async def test_subscribers_hear_once_that_it_is_over(store: Store, incidents: Incidents) -> None:
    for citizen in ("c1", "c1", "c2"):
        await incidents.subscribe(citizen, "АВ-1041")
    assert await incidents.close("АВ-1041") == 2
    async with store.read() as session:
        told = (await session.scalars(select(DueMessageRow))).all()
    assert {m.citizen_id for m in told} == {"c1", "c2"}
    assert "Нет холодной воды на Садовой улице" in told[0].payload["text"]
    assert await incidents.at("нет воды на Садовой") is None
    for deed in (incidents.subscribe("c3", "АВ-1041"), incidents.close("АВ-1041"), incidents.subscribe("c", "нет")):
        with pytest.raises(NoSuchIncident):
            await deed


def test_a_street_that_is_not_on_the_map_is_told_to_the_editor(store: Store, clock: Any) -> None:
    content = {"incidents": [{"id": "X", "title": "", "kind": "water", "text": "", "streets": ["Нигдешняя улица"]}]}
    with pytest.raises(ContentError, match="Нигдешняя"):
        Incidents(store, clock, content, read("region.yml"))
