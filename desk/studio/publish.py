"""Publications: propose, approve, publish, the list of versions, and the way back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.studio.difference import differences
from bot.studio.history import NoHistory, Version
from bot.studio.publications import STATES, Person, Publication
from bot.studio.refusals import NotPossible
from desk.access import need
from desk.parts import Parts
from desk.studio.common import Editor, draft_of, studio_page

Publisher = Annotated[Signed, Depends(need("publish"))]
Approver = Annotated[Signed, Depends(need("approve"))]
Text = Annotated[str, Form()]
VersionId = Annotated[str, Path(pattern="^[0-9a-f]{40,64}$")]

LONGEST_WHY = 1_000
SHORTEST_WHY = 5
VERSIONS_SHOWN = 30


@dataclass(frozen=True)
class Line:
    """One version of the history with what the studio knows of it."""

    version: Version
    publication: Publication | None
    now: bool


def publish_router(parts: Parts) -> APIRouter:
    """`/publish` and `/versions`."""
    router = APIRouter()
    studio = parts.studio

    @router.get("/publish")
    async def page(request: Request, me: Publisher, before: str = "") -> HTMLResponse:
        return await _page(parts, request, me, before)

    @router.get("/publish/now")
    async def now(request: Request, me: Publisher) -> Response:
        """What goes on; the page asks every second while something does, and is loaded anew when it is over."""
        running = await studio.publications.running()
        if running is None:
            return Response(headers={"HX-Refresh": "true"})
        return parts.pages.page(
            request, "studio/publish_now.html", running=running, stage=studio.publisher.stage(running.id)
        )

    @router.post("/publish")
    async def publish(request: Request, me: Editor, why: Text = "") -> Response:
        why = clean(why)[:LONGEST_WHY].strip()
        if len(why) < SHORTEST_WHY:
            return await _page(
                parts, request, me, wrong="Напишите, что и почему изменилось: это увидят коллеги.", why=why
            )
        try:
            publication = await studio.publisher.publish(me.account.id, _person(me), why)
        except NotPossible as error:
            return await _page(parts, request, me, wrong=error.text, why=why)
        deed = "publication_proposed" if publication.state == "proposed" else "publication_begun"
        await parts.audit.write(me, deed, publication.id)
        return _to("/desk/studio/publish")

    @router.post("/publish/{publication_id}/approve")
    async def approve(request: Request, me: Approver, publication_id: str) -> Response:
        await _known(parts, publication_id)
        try:
            await studio.publisher.approve(publication_id, _person(me))
        except NotPossible as error:
            return await _page(parts, request, me, wrong=error.text)
        await parts.audit.write(me, "publication_approved", publication_id)
        return _to("/desk/studio/publish")

    @router.post("/publish/{publication_id}/refuse")
    async def refuse(request: Request, me: Publisher, publication_id: str, why: Text = "") -> Response:
        proposal = await _known(parts, publication_id)
        own = proposal.author == me.account.id
        if not own and not me.may("approve"):
            raise HTTPException(403)
        why = clean(why)[:LONGEST_WHY].strip()
        if not own and len(why) < SHORTEST_WHY:
            return await _page(parts, request, me, wrong="Напишите автору, что исправить.")
        try:
            await studio.publisher.refuse(publication_id, _person(me), why)
        except NotPossible as error:
            return await _page(parts, request, me, wrong=error.text)
        await parts.audit.write(me, "publication_taken_back" if own else "publication_refused", publication_id)
        return _to("/desk/studio/publish")

    @router.get("/versions/{version}")
    async def one(request: Request, me: Publisher, version: VersionId) -> HTMLResponse:
        return await _version(parts, request, version)

    @router.post("/versions/{version}/return")
    async def go_back(request: Request, me: Publisher, version: VersionId, why: Text = "") -> Response:
        why = clean(why)[:LONGEST_WHY].strip()
        if len(why) < SHORTEST_WHY:
            return await _version(parts, request, version, wrong="Напишите, почему возвращаете эту версию.")
        try:
            publication = await studio.publisher.go_back(version, _person(me), why)
        except NoHistory:
            raise HTTPException(404) from None
        except NotPossible as error:
            return await _version(parts, request, version, wrong=error.text, why=why)
        await parts.audit.write(me, "publication_returned", publication.id, version=version)
        return _to("/desk/studio/publish")

    return router


async def _page(
    parts: Parts, request: Request, me: Signed, before: str = "", *, wrong: str = "", why: str = ""
) -> HTMLResponse:
    studio = parts.studio
    versions, by_hand, trouble = await asyncio.to_thread(_history, parts, before)
    publications = await studio.publications.latest()
    draft = await _draft(parts, me) if me.may("teach") else None
    known = {one.version: one for one in reversed(publications) if one.version}
    live, newest = await studio.publications.live(), "" if before else _first(versions)
    return studio_page(
        parts, request, "studio/publish.html", status=409 if wrong else 200,
        lines=[Line(v, known.get(v.id), v.id == newest) for v in versions], by_hand=by_hand, trouble=trouble,
        more=versions[-1].id if len(versions) == VERSIONS_SHOWN else "", live=live,
        running=await studio.publications.running(), waiting=await studio.publications.waiting(),
        stage=studio.publisher.stage, ended=_ended(publications), names=await _names(parts), states=STATES, draft=draft,
        needs_two=studio.publisher.needs_two, wrong=wrong, why=why, longest=LONGEST_WHY, first_page=not before,
    )  # fmt: skip


async def _version(parts: Parts, request: Request, version: str, *, wrong: str = "", why: str = "") -> HTMLResponse:
    history = parts.studio.history

    def look() -> tuple[Version, Sequence[Any], bool]:
        about = history.version(version)
        files = history.files(version)
        before = history.files(about.parent) if about.parent else {}
        return about, differences(before, files), files == parts.studio.published.files()

    try:
        about, changes, is_live = await asyncio.to_thread(look)
    except NoHistory:
        raise HTTPException(404) from None
    return studio_page(
        parts, request, "studio/version.html", status=409 if wrong else 200, version=about, changes=changes[:200],
        left_out=max(0, len(changes) - 200), is_live=is_live, wrong=wrong, why=why, longest=LONGEST_WHY,
    )  # fmt: skip


@dataclass(frozen=True)
class _Draft:
    """What may be published: how much is changed, and whether it is trained."""

    words: Sequence[str]
    more: int
    run: Any
    behind: bool


async def _draft(parts: Parts, me: Signed) -> _Draft:
    studio, draft = parts.studio, draft_of(parts, me)

    def look() -> tuple[list[str], str]:
        changed = draft.changed()
        if not changed:
            return [], ""
        return [c.words for c in differences(draft.base.files(), draft.work.files())], studio.edition_of(draft.work)

    words, edition = await asyncio.to_thread(look)
    behind = bool(await asyncio.to_thread(studio.drafts.behind, me.account.id))
    run = await studio.runs.good_for(edition) if edition else None
    return _Draft(words[:30], max(0, len(words) - 30), run, behind)


def _history(parts: Parts, before: str) -> tuple[list[Version], list[str], str]:
    """Versions, files changed by hand, and why there is no history."""
    history = parts.studio.history
    try:
        return history.versions(VERSIONS_SHOWN, before), history.by_hand(), ""
    except NoHistory as error:
        return [], [], error.text


def _ended(publications: Sequence[Publication]) -> Publication | None:
    """The newest one when it came to nothing: whoever waits for it wants to know why."""
    newest = publications[0] if publications else None
    return newest if newest is not None and newest.state in ("failed", "refused") else None


def _first(versions: Sequence[Version]) -> str:
    return versions[0].id if versions else ""


async def _names(parts: Parts) -> dict[str, str]:
    return {account.id: account.name for account in await parts.accounts.all()}


async def _known(parts: Parts, publication_id: str) -> Publication:
    found = await parts.studio.publications.get(publication_id)
    if found is None:
        raise HTTPException(404)
    return found


def _person(me: Signed) -> Person:
    return Person(me.account.id, me.account.name, me.account.login)


def _to(path: str) -> Response:
    return RedirectResponse(path, 303)
