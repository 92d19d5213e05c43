"""What works and what does not, for technicians: parts of the house, queues, versions; nothing of any citizen."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.accounts.interface import Signed
from bot.accounts.tables import SessionRow
from bot.services.people.tables import CallbackRow, HandoverRow
from bot.store.outbox import OutboxRow
from bot.store.raw_events import RawEventRow
from desk.access import need
from desk.parts import Parts

PACKAGES = ("fastapi", "sqlalchemy", "aiogram", "vk-api", "maxapi", "rasa-sdk", "cryptography")
MANY = 10_000
"""More is shown as «больше»: counting must not grow with a table."""


@dataclass(frozen=True)
class Fact:
    """One line of the page. `state`: good, warn, bad or "" for a bare number."""

    name: str
    value: str
    state: str = ""


def health_router(parts: Parts) -> APIRouter:
    """`health`."""
    router = APIRouter(prefix="/health")

    @router.get("")
    async def show(request: Request, _me: Annotated[Signed, Depends(need("health"))]) -> Response:
        ready = await parts.ready()
        return parts.pages.page(
            request, "health.html", now=parts.clock(), houses=_houses(parts, ready), queues=await _queues(parts),
            versions=await _versions(parts),
        )  # fmt: skip

    return router


def _houses(parts: Parts, ready: dict[str, bool]) -> list[Fact]:
    facts = [
        Fact(name, "работает" if ready.get(key) else "не отвечает", "good" if ready.get(key) else "bad")
        for key, name in (("db", "База данных"), ("rasa", "Диалог (Rasa)"))
    ]
    for name, state in sorted(parts.channel_states().items()):
        facts.append(Fact(f"Канал {name}", state or "принимает", "warn" if state else "good"))
    telephone = parts.telephones is not None
    facts.append(
        Fact("Управление звонками", "подключено" if telephone else "не подключено", "good" if telephone else "")
    )
    facts.append(Fact("Единый вход", parts.sso.client.issuer if parts.sso else "не настроен"))
    return facts


async def _queues(parts: Parts) -> list[Fact]:
    now = parts.clock()
    counted = (
        ("Граждан ждут специалиста", select(HandoverRow.id).where(HandoverRow.state == "queued"), 0),
        ("Обещанных звонков ждут", select(CallbackRow.number).where(CallbackRow.state == "waiting"), 0),
        ("Сообщений ждут отправки", select(OutboxRow.seq).where(OutboxRow.state == "waiting"), 0),
        ("Сообщений не отправлено", select(OutboxRow.seq).where(OutboxRow.state == "failed"), 1),
        ("Событий каналов ждут разбора", select(RawEventRow.id).where(RawEventRow.state == "new"), 0),
        ("Событий каналов не разобрано", select(RawEventRow.id).where(RawEventRow.state == "dead"), 1),
        ("Окон рабочего места открыто", select(SessionRow.id).where(SessionRow.expires_at > now), 0),
    )
    facts = []
    try:
        async with parts.store.read() as session:
            for name, rows, warn in counted:
                number = await session.scalar(select(func.count()).select_from(rows.limit(MANY + 1).subquery())) or 0
                shown = f"больше {MANY}" if number > MANY else str(number)
                facts.append(Fact(name, shown, "warn" if warn and number else ""))
    except SQLAlchemyError:
        facts.append(Fact("Очереди", "не узнать: база данных не отвечает", "bad"))
    return facts


async def _versions(parts: Parts) -> list[Fact]:
    facts = [Fact("Python", platform.python_version())]
    facts.append(Fact("База данных", "SQLite" if parts.store.is_sqlite else "PostgreSQL"))
    try:
        async with parts.store.read() as session:
            facts.append(Fact("Версия таблиц", await _revision(session)))
    except SQLAlchemyError:
        facts.append(Fact("Версия таблиц", "неизвестна"))
    for name in PACKAGES:
        try:
            facts.append(Fact(name, version(name)))
        except PackageNotFoundError:
            facts.append(Fact(name, "не установлен"))
    return facts


async def _revision(session: AsyncSession) -> str:
    return str(await session.scalar(text("SELECT version_num FROM alembic_version")))
