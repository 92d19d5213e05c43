"""Nothing is kept that the inventory does not know of."""

from __future__ import annotations

import pytest
from sqlalchemy import Text

from bot.privacy.holdings import HOLDINGS, Holding
from bot.privacy.inventory import belongs, children_first, holdings, table_of
from bot.store import Base
from bot.store.tables import import_all

import_all()
TABLES = sorted(Base.metadata.tables)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_of_every_table_was_thought_of(name: str) -> None:
    table, known = Base.metadata.tables[name], holdings()
    assert name in known, f"{name}: say in bot/privacy/holdings.py what it holds, and for how long"
    holding = known[name]
    assert {c.name for c in table.c} == holding.columns, f"{name}: bot/privacy/holdings.py"
    assert len(holding.columns) == len((*holding.sealed, *holding.personal, *holding.plain))


def test_the_inventory_names_no_table_twice_and_none_that_is_gone() -> None:
    assert sorted(h.table for h in HOLDINGS) == TABLES


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda h: h.table)
def test_a_table_with_a_citizen_says_how_to_find_hers(holding: Holding) -> None:
    table = table_of(holding)
    if "citizen_id" in table.c:
        assert holding.whose == "citizen" and ("citizen_id", "citizens") in holding.links
    if holding.whose == "citizen" and holding.erasure != "blank":
        assert belongs(holding, ["x"]) is not None


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda h: h.table)
def test_what_is_sealed_has_room_for_a_seal_and_a_key_to_find_it_by(holding: Holding) -> None:
    table = table_of(holding)
    for column in holding.sealed:
        assert isinstance(table.c[column].type, Text)
    if holding.sealed:
        assert len(table.primary_key.columns) == 1


def test_rows_are_deleted_before_those_they_refer_to() -> None:
    place = {holding.table: number for number, holding in enumerate(children_first())}
    assert place["outbox"] < place["messages"] < place["conversations"] < place["citizens"]
    assert place["transfers"] < place["handovers"] and place["appointment_cells"] < place["appointments"]
