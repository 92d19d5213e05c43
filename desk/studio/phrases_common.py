"""What the pages of phrases share: the draft's wishes, one change at a time, comparing by meaning prepared in the background."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from fastapi import HTTPException

from bot.accounts.interface import Signed
from bot.studio.drafts import Draft
from bot.studio.phrases import Wish, wishes
from desk.parts import Parts
from desk.studio.common import draft_of

T = TypeVar("T")
log = structlog.get_logger(__name__)

HERE = "/desk/studio/phrases"
THEMES = {
    "applications": "Заявления",
    "appointments": "Запись на приём",
    "consents": "Согласия и личные данные",
    "information": "Справки и вопросы",
    "people": "Люди и доступ",
    "problems": "Жалобы и проблемы",
    "talk": "Разговор",
    "editors": "Добавлено редакторами",
}
"""What the files of phrases are about, by the file's name."""


def theme(file: str) -> str:
    """What a file of phrases is about, for the editor."""
    stem = file.rpartition("/")[2].removesuffix(".yml")
    return THEMES.get(stem, stem) or "Пока без фраз"


def phrases(count: int) -> str:
    """«1 фраза», «3 фразы», «25 фраз»."""
    if count % 10 == 1 and count % 100 != 11:
        return f"{count} фраза"
    return f"{count} фразы" if count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14) else f"{count} фраз"


class Room:
    """Shared by the handlers of one desk."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.likeness = parts.studio.likeness
        self._preparing: asyncio.Task[None] | None = None
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def all(self, me: Signed) -> tuple[Draft, list[Wish]]:
        """The editor's draft and everything people want in it. Raises NotPossible."""
        draft = await asyncio.to_thread(draft_of, self.parts, me)
        return draft, await asyncio.to_thread(wishes, draft.work)

    async def one(self, me: Signed, name: str) -> tuple[Draft, list[Wish], Wish]:
        """The same with one wish. Raises HTTPException 404."""
        draft, everything = await self.all(me)
        found = next((wish for wish in everything if wish.name == name), None)
        if found is None:
            raise HTTPException(404)
        return draft, everything, found

    async def change(self, me: Signed, deed: Callable[[Draft], T]) -> T:
        """Change the editor's draft off the loop; her other windows wait meanwhile. Raises what the deed raises."""
        async with self._locks[me.account.id]:
            return await asyncio.to_thread(lambda: deed(draft_of(self.parts, me)))

    def prepare(self) -> bool:
        """Whether meaning is compared already; else it is being prepared from now on."""
        if not self.likeness.prepared and (self._preparing is None or self._preparing.done()):
            self._preparing = asyncio.create_task(self._prepare())
        return self.likeness.prepared

    async def _prepare(self) -> None:
        try:
            published = await asyncio.to_thread(wishes, self.parts.studio.published)
            await asyncio.to_thread(self.likeness.prepare, published)
        except Exception as error:
            # Letters are compared without it, and the next visit tries again.
            log.warning("phrases.not_prepared", error=type(error).__name__)


def titles(everything: Sequence[Wish]) -> dict[str, str]:
    """Title (or name) of each wish."""
    return {wish.name: wish.shown for wish in everything}
