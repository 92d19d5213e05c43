"""The demonstration cases: complete, seeded once, never stale, and open with their own proofs."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import yaml
from sqlalchemy import func, select

from bot.services import demo
from bot.services.applications import Proof, ProofKind
from bot.services.applications.interface import STATES
from bot.services.applications.sql import SqlApplications
from bot.services.applications.tables import ApplicationRow, HistoryRow
from bot.services.errors import ContentError
from bot.store import Store, Vault
from tests.services.conftest import CONTENT, Clock


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CONTENT / "demo.yml").read_text("utf-8"))
    return loaded


def test_the_cases_show_everything(content: dict[str, Any]) -> None:
    cases = demo.examples(content)
    assert len(cases) >= 12
    assert {case.state for case in cases} == set(STATES)
    assert any("/" in case.number for case in cases)
    assert any("ЗЯ" in case.number for case in cases)
    services = {s["id"] for s in yaml.safe_load((CONTENT / "services.yml").read_text("utf-8"))["services"]}
    assert {case.service_id for case in cases} <= services


async def test_every_case_opens_with_each_of_its_proofs(
    content: dict[str, Any], store: Store, vault: Vault, clock: Clock, applications: SqlApplications
) -> None:
    await demo.seed(store, vault, clock, content)
    overdue = []
    for case in demo.examples(content):
        for kind in get_args(ProofKind):
            shown = await applications.status(case.number, Proof(kind, getattr(case, kind)), "anna")
            assert shown.meaning
            assert shown.what_next
        overdue += [case.number] if shown.overdue else []
        if shown.state == "rejected":
            assert shown.rejection_reason
    assert overdue == ["2/4/200318"]


async def test_seeding_again_makes_nothing_twice_and_keeps_dates_fresh(
    content: dict[str, Any], store: Store, vault: Vault, clock: Clock, applications: SqlApplications
) -> None:
    await demo.seed(store, vault, clock, content)
    await applications.set_state("2/2/134660", "approved", stage_text="Выдано")
    before = await _history(store)
    clock.forward(days=40)
    assert await demo.seed(store, vault, clock, content) == len(demo.examples(content))
    assert await _history(store) == before
    fresh = await applications.status("ЗЯ-2026-000123", Proof("surname", "Перволучинский"), "anna")
    assert not fresh.overdue
    touched = await applications.status("2/2/134660", Proof("code_word", "ромашка85"), "anna")
    assert touched.stage_text == "Выдано"
    async with store.read() as session:
        count = await session.scalar(select(func.count()).select_from(ApplicationRow))
    assert count == len(demo.examples(content))


async def _history(store: Store) -> int:
    async with store.read() as session:
        return int(await session.scalar(select(func.count()).select_from(HistoryRow)) or 0)


async def test_new_numbers_begin_after_the_demonstration_ones(
    content: dict[str, Any], store: Store, vault: Vault, clock: Clock, applications: SqlApplications
) -> None:
    await demo.seed(store, vault, clock, content)
    number = await applications.register("anna", "f", {}, service_id="s", proofs={})
    assert number == "ЗЯ-2026-000124"


def test_a_mistake_in_the_content_is_named() -> None:
    with pytest.raises(ContentError, match="1/1/1000: нет service_id"):
        demo.examples({"applications": [{"number": "1/1/1000"}]})
