"""The latest messages of citizens, for two models to read, and the masked words that an editor may see of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from bot.services.content.fields import parse_yaml
from bot.store import Store, Vault
from bot.store.conversations import MessageRow
from bot.studio.checks_phrases import phrases_of
from bot.studio.masking import Masker
from bot.studio.project import Project
from bot.studio.yaml_nodes import compose

LATEST = 200
_LOOKED_AT = 4 * LATEST
"""Presses of buttons lie between what was typed."""


async def latest_messages(store: Store, vault: Vault, limit: int = LATEST) -> list[str]:
    """What citizens typed or said last, newest first, each text once. Never to be written down or logged."""
    wanted = select(MessageRow.body).where(MessageRow.author == "citizen").order_by(MessageRow.seq.desc())
    async with store.read() as session:
        sealed = list(await session.scalars(wanted.limit(_LOOKED_AT)))
    found: dict[str, None] = {}
    for one in sealed:
        body: dict[str, Any] = vault.open(one)
        text = str(body.get("text") or "").strip()
        if text and not body.get("payload"):
            found.setdefault(text)
        if len(found) == limit:
            break
    return list(found)


def masker_of(project: Project) -> Masker:
    """What masks with the streets and phrases of a project. Blocks for some 100 ms."""
    region = parse_yaml(project.read("bot/content/region.yml"), "region.yml") or {}
    places = [str(p.get("title", "")) for key in ("streets", "settlements") for p in region.get(key) or ()]
    data = [path for path in project.paths() if path.startswith("nlu/data/")]
    return Masker(places, [phrase.plain for path in data for phrase in phrases_of(path, compose(project.read(path)))])


def changed(texts: Sequence[str], before: Sequence[str], after: Sequence[str], masker: Masker) -> list[list[str]]:
    """Masked text, intent before, intent after, of every message that is read otherwise."""
    return [
        [masker.mask(text).shown, old, new] for text, old, new in zip(texts, before, after, strict=True) if old != new
    ]
