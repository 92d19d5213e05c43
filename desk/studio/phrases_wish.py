"""One wish: its phrases in pieces, and everything an editor does with them and with the wish as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.studio import new_wish
from bot.studio.phrase_likeness import Near
from bot.studio.phrase_styles import STYLES, coverage
from bot.studio.phrases import (
    VERDICTS,
    Added,
    Line,
    Wish,
    add_phrases,
    change,
    move,
    plain,
    remove,
    rename_title,
    sift,
    tidy,
)
from bot.studio.refusals import NotPossible
from desk.studio.common import Editor, studio_page
from desk.studio.phrases_common import HERE, Room, phrases, theme, titles

Text = Annotated[str, Form()]
Many = Annotated[list[str] | None, Form()]

PIECE = 100
"""Phrases shown at once."""
PASTED = 500
"""Lines of one paste."""
SAID = {"added": "Желание добавлено в черновик. Обучите робота и попробуйте его на странице «Проба»."}


@dataclass(frozen=True)
class Pasted:
    """A line of a paste with what is nearly the same at another wish."""

    line: Line
    near: Near | None

    @property
    def good(self) -> bool:
        """Whether it may be taken without a second look."""
        return self.line.verdict == "new" and not self.near and not self.line.personal


def wish_router(room: Room) -> APIRouter:
    """`/phrases/wish/{wish}` and everything below."""
    router = APIRouter(prefix="/wish/{wish}")
    view = _View(room)

    @router.get("")
    async def page(request: Request, wish: str, me: Editor, q: str = "", said: str = "") -> HTMLResponse:
        draft, everything, one = await room.one(me, wish)
        held = await asyncio.to_thread(new_wish.holders, draft.work, wish)
        values = await view.values(everything, one, q)
        return studio_page(
            room.parts, request, "studio/phrases_wish.html", held=held, own=not held or new_wish.is_own(draft.work, wish),
            prepared=room.prepare(), told=SAID.get(said, ""), **values,
        )  # fmt: skip

    @router.get("/rows")
    async def rows(request: Request, wish: str, me: Editor, q: str = "", start: int = 0) -> HTMLResponse:
        _, everything, one = await room.one(me, wish)
        return view.fragment(request, "phrases_rows.html", **await view.values(everything, one, q, max(0, start)))

    @router.get("/row")
    async def row(request: Request, wish: str, me: Editor, phrase: str = "", edit: str = "") -> HTMLResponse:
        _, _, one = await room.one(me, wish)
        template = "phrases_row_edit.html" if edit else "phrases_row.html"
        return view.fragment(request, template, wish=one, phrase=_there(one, phrase))

    @router.post("/add")
    async def add(request: Request, wish: str, me: Editor, text: Text = "", personal: Text = "") -> HTMLResponse:
        await room.one(me, wish)
        added = await room.change(me, lambda draft: add_phrases(draft, wish, [text], bool(personal)))
        if not added.taken:
            _, everything = await room.all(me)
            raise NotPossible(_why_not(added.lines[0], titles(everything)))
        await view.note(me, wish, added=1)
        return await view.list(request, me, wish, said="Фраза добавлена.", done="added")

    @router.post("/paste")
    async def paste(
        request: Request, wish: str, me: Editor, text: Text = "", phrase: Many = None, take: Text = ""
    ) -> HTMLResponse:
        _, everything, one = await room.one(me, wish)
        if take:
            added = await room.change(me, lambda draft: add_phrases(draft, wish, phrase or [], personal=True))
            if added.taken:
                await view.note(me, wish, added=len(added.taken))
            said = (
                f"Добавлено: {phrases(len(added.taken))}."
                if added.taken
                else "Ничего не отмечено, всё осталось как было."
            )
            return await view.list(request, me, wish, said=said, done="pasted")
        given = [line for line in clean(text).splitlines() if line.strip()][: PASTED + 1]
        if not given:
            raise NotPossible("Вставьте фразы, каждую с новой строки.")
        if len(given) > PASTED:
            raise NotPossible(f"За один раз можно вставить до {PASTED} фраз. Разделите список.")
        draft, _ = await room.all(me)
        sifted = await asyncio.to_thread(sift, draft.work, wish, given)
        pasted = await asyncio.to_thread(_with_near, room, everything, sifted)
        return view.fragment(
            request, "phrases_paste.html", wish=one, pasted=pasted, verdicts=VERDICTS, titles=titles(everything),
            good=sum(p.good for p in pasted), phrases=phrases,
        )  # fmt: skip

    @router.post("/change")
    async def change_one(request: Request, wish: str, me: Editor, old: Text = "", new: Text = "") -> HTMLResponse:
        _, _, one = await room.one(me, wish)
        text = await room.change(me, lambda draft: change(draft, wish, old, new))
        await view.note(me, wish, changed=1)
        return view.fragment(request, "phrases_row.html", wish=one, phrase=text)

    @router.post("/remove")
    async def remove_some(request: Request, wish: str, me: Editor, phrase: Many = None, q: Text = "") -> HTMLResponse:
        await room.one(me, wish)
        count = await room.change(me, lambda draft: remove(draft, wish, _chosen(phrase)))
        await view.note(me, wish, removed=count)
        return await view.list(request, me, wish, said=f"Удалено: {phrases(count)}.", q=q)

    @router.post("/move")
    async def move_some(
        request: Request, wish: str, me: Editor, phrase: Many = None, to: Text = "", shown: Text = "", q: Text = ""
    ) -> HTMLResponse:
        _, everything, _ = await room.one(me, wish)
        if not to:
            raise NotPossible("Выберите, к какому желанию перенести.")
        count = await room.change(me, lambda draft: move(draft, wish, to, _chosen(phrase)))
        await view.note(me, wish, moved=count, to=to)
        said = f"Перенесено к желанию «{titles(everything)[to]}»: {phrases(count)}."
        return await view.list(request, me, shown or wish, said=said, q=q, done="added" if shown else "")

    @router.post("/title")
    async def title(wish: str, me: Editor, title: Text = "") -> Response:
        await room.one(me, wish)
        await room.change(me, lambda draft: rename_title(draft, wish, title))
        await view.note(me, wish, title=True)
        return Response(headers={"HX-Redirect": f"{HERE}/wish/{wish}"})

    @router.post("/merge")
    async def merge(wish: str, me: Editor, to: Text = "") -> Response:
        await room.one(me, wish)
        count = await room.change(me, lambda draft: new_wish.merge(draft, wish, to))
        await room.parts.audit.write(me, "wish_merged", wish, to=to, phrases=count)
        return Response(headers={"HX-Redirect": f"{HERE}/wish/{to}"})

    @router.post("/delete")
    async def delete(wish: str, me: Editor) -> Response:
        await room.one(me, wish)
        gone = await room.change(me, lambda draft: new_wish.remove_wish(draft, wish))
        await room.parts.audit.write(me, "wish_removed", wish, phrases=len(gone.phrases))
        return Response(headers={"HX-Redirect": f"{HERE}?said=removed"})

    return router


class _View:
    """What a wish's page shows."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def values(self, everything: Sequence[Wish], one: Wish, q: str, start: int = 0) -> dict[str, Any]:
        query = clean(q)[:300]
        shown: Sequence[str] = one.phrases
        if query:
            exact, akin = await asyncio.to_thread(self._room.likeness.search, [one], query)
            shown = [near.phrase for near in (*exact, *akin)]
        return {
            "wish": one, "cover": await asyncio.to_thread(coverage, one.phrases), "styles": STYLES, "q": query,
            "rows": shown[start : start + PIECE], "count": len(shown), "following": start + PIECE,
            "others": sorted((w for w in everything if w.name != one.name), key=lambda w: w.shown.lower()),
            "theme": theme, "phrases": phrases,
        }  # fmt: skip

    def fragment(self, request: Request, template: str, **values: Any) -> HTMLResponse:
        return self._room.parts.pages.page(request, f"studio/{template}", **values)

    async def list(
        self, request: Request, me: Signed, name: str, said: str = "", q: str = "", done: str = ""
    ) -> HTMLResponse:
        """The phrases as they are now. `done` is told to the page's script: which field to empty."""
        _, everything, one = await self._room.one(me, name)
        page = self.fragment(request, "phrases_of_wish.html", said=said, **await self.values(everything, one, q))
        page.headers["HX-Trigger-After-Swap"] = f"phrases-{done or 'changed'}"
        return page

    async def note(self, me: Signed, wish: str, **data: Any) -> None:
        """Into the audit log: counts, never the words."""
        await self._room.parts.audit.write(me, "phrases_changed", wish, **data)


def _with_near(room: Room, everything: Sequence[Wish], added: Added) -> list[Pasted]:
    found = []
    for line in added.lines:
        near = None
        if line.verdict == "new":
            alike = room.likeness.near(everything, line.text)
            near = next((one for one in alike if one.wish != added.intent), None)
        found.append(Pasted(line, near))
    return found


def _why_not(line: Line, shown: dict[str, str]) -> str:
    if line.verdict == "elsewhere":
        return f"Такая фраза уже есть у желания «{shown.get(line.other, line.other)}». Её можно перенести сюда."
    if line.verdict == "new":
        return f"Похоже на личные данные ({', '.join(line.personal)}). Замените их вымышленными или отметьте, что они вымышлены."
    return f"Фраза не добавлена: {VERDICTS[line.verdict]}."


def _chosen(phrase: list[str] | None) -> list[str]:
    if not phrase:
        raise NotPossible("Отметьте фразы в списке.")
    return phrase


def _there(one: Wish, phrase: str) -> str:
    """The phrase of the wish that was asked for. Raises NotPossible when it is gone."""
    wanted = tidy(phrase)
    for known in one.phrases:
        if known == phrase or plain(known) == plain(wanted):
            return known
    raise NotPossible("Этой фразы уже нет. Обновите страницу.")
