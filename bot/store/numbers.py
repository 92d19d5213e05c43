"""Numbers people can read aloud (ЗЯ-2026-000123), given out without gaps inside the deed's own transaction."""

from __future__ import annotations

from sqlalchemy import Integer, String, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.base import Base


class CounterRow(Base):
    """The last number given out for one prefix and year."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(Integer)


async def next_number(session: AsyncSession, prefix: str, year: int) -> str:
    """The next number of the form ПРЕФИКС-ГОД-000001. ЗЯ applications, ОБ tickets, ТЛ appointments."""
    name = f"{prefix}-{year}"
    row = await session.scalar(select(CounterRow).where(CounterRow.name == name).with_for_update())
    if row is None:
        row = CounterRow(name=name, value=0)
        session.add(row)
    row.value += 1
    await session.flush()
    return f"{name}-{row.value:06d}"
