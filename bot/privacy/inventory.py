"""Finds the rows of one citizen in every table, along the links of the inventory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import ColumnElement, Select, Table, or_, select

from bot.privacy.holdings import HOLDINGS, Holding
from bot.store import Base
from bot.store.tables import import_all


def holdings() -> Mapping[str, Holding]:
    """The list by table."""
    return {holding.table: holding for holding in HOLDINGS}


def table_of(holding: Holding) -> Table:
    """Its table."""
    import_all()
    return Base.metadata.tables[holding.table]


def children_first() -> Iterator[Holding]:
    """Every holding, those that refer to others before them, so that rows can be deleted in this order."""
    import_all()
    known = holdings()
    for table in reversed(Base.metadata.sorted_tables):
        yield known[table.name]


def belongs(holding: Holding, citizens: Sequence[str]) -> ColumnElement[bool] | None:
    """Which of its rows are those citizens'; None for a table whose rows lead to no citizen."""
    if not holding.links:
        return None
    table = table_of(holding)
    return or_(*(_leads(table, column, parent, citizens) for column, parent in holding.links))


def _leads(table: Table, column: str, parent: str, citizens: Sequence[str]) -> ColumnElement[bool]:
    if parent == "citizens":
        return table.c[column].in_(citizens)
    return table.c[column].in_(_keys(parent, citizens))


def _keys(parent: str, citizens: Sequence[str]) -> Select[tuple[object]]:
    """The keys of those citizens' rows in a table that others refer to."""
    holding = holdings()[parent]
    table = table_of(holding)
    (key,) = table.primary_key.columns
    where = belongs(holding, citizens)
    assert where is not None
    return select(key).where(where)
