"""Known incidents: what the robot answers instead of one more complaint, written, tried and closed here."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from bot.accounts.interface import Signed
from bot.clean import clean
from bot.handover.interface import Refusal
from bot.services.tickets.incident_drafts import IncidentCard, IncidentDraft
from bot.services.tickets.incident_words import told
from bot.services.tickets.incidents import NoSuchIncident
from desk.access import need
from desk.list_tools import for_field, local_moment
from desk.parts import Parts

Editor = Annotated[Signed, Depends(need("notices"))]
Text = Annotated[str, Form()]
Many = Annotated[list[str] | None, Form()]

STATES = {
    "scheduled": "Ждёт начала",
    "live": "Робот рассказывает",
    "forgotten": "Прогноз давно прошёл: робот молчит",
    "over": "Закончилась",
}
SAID = {"saved": "Авария сохранена. Робот уже рассказывает о ней.", "gone": "Эта авария уже закрыта."}
OVER_SHOWN = 30


def incidents_router(parts: Parts) -> APIRouter:
    """`/incidents`: the list, the trial, one incident, and its end."""
    router = APIRouter()
    room = _Room(parts)

    @router.get("/incidents")
    async def page(request: Request, me: Editor, said: str = "") -> HTMLResponse:
        if said.startswith("closed-") and said[7:].isdigit():
            words = f"Авария закрыта. Сообщим подписавшимся: {said[7:]}."
        else:
            words = SAID.get(said, "")
        return parts.pages.page(
            request, "incidents.html", live=await parts.incidents.cards(),
            over=await parts.incidents.cards(over=True, limit=OVER_SHOWN), said=words, **room.titles,
        )  # fmt: skip

    @router.get("/incidents/try")
    async def trial(request: Request, me: Editor, text: str = "") -> HTMLResponse:
        text = clean(text)[:500]
        incident = await parts.incidents.at(text) if text else None
        answer = told(incident, parts.pages.zone) if incident else None
        return parts.pages.page(request, "incident_trial.html", text=text, answer=answer)

    @router.get("/incidents/new")
    async def new(request: Request, me: Editor) -> HTMLResponse:
        now = for_field(parts.clock(), parts.pages.zone)
        return parts.pages.page(
            request, "incident.html", card=None, draft=None, started=now, forecast="", **room.titles
        )

    @router.get("/incidents/{number}")
    async def one(request: Request, number: str, me: Editor) -> HTMLResponse:
        card, zone = await room.card(number), parts.pages.zone
        forecast = for_field(card.draft.forecast_at, zone) if card.draft.forecast_at else ""
        return parts.pages.page(
            request, "incident.html", card=card, draft=card.draft, started=for_field(card.draft.started_at, zone),
            forecast=forecast, **room.titles,
        )  # fmt: skip

    @router.post("/incidents")
    async def add(
        me: Editor, title: Text = "", kind: Text = "", reason: Text = "", text: Text = "", started: Text = "",
        forecast: Text = "", streets: Many = None, districts: Many = None,
    ) -> Response:  # fmt: skip
        draft = room.draft(title, kind, reason, text, started, forecast, streets, districts)
        number = await parts.incidents.add(draft, me.account.id)
        await parts.audit.write(me, "incident_opened", number)
        return _go("saved")

    @router.post("/incidents/{number}")
    async def change(
        number: str, me: Editor, title: Text = "", kind: Text = "", reason: Text = "", text: Text = "",
        started: Text = "", forecast: Text = "", streets: Many = None, districts: Many = None,
    ) -> Response:  # fmt: skip
        await room.card(number)
        draft = room.draft(title, kind, reason, text, started, forecast, streets, districts)
        try:
            await parts.incidents.change(number, draft, me.account.id)
        except NoSuchIncident:
            raise Refusal(SAID["gone"]) from None
        await parts.audit.write(me, "incident_changed", number)
        return _go("saved")

    @router.post("/incidents/{number}/close")
    async def close(number: str, me: Editor) -> Response:
        await room.card(number)
        try:
            count = await parts.incidents.close(number)
        except NoSuchIncident:
            raise Refusal(SAID["gone"]) from None
        await parts.audit.write(me, "incident_closed", number, told=count)
        return _go(f"closed-{count}")

    return router


def _go(said: str) -> Response:
    """Back to the list, with a sentence on it."""
    return Response(headers={"HX-Redirect": f"/desk/incidents?said={said}"})


class _Room:
    """What the handlers share."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        incidents = parts.incidents
        self.titles: dict[str, Any] = {
            "kinds": incidents.kinds,
            "districts": incidents.districts,
            "streets": sorted((street, incidents.districts.get(d, "")) for street, d in incidents.streets.items()),
            "states": STATES,
        }

    async def card(self, number: str) -> IncidentCard:
        """The incident, or 404."""
        try:
            return await self._parts.incidents.card(number)
        except NoSuchIncident:
            raise HTTPException(404) from None

    def draft(
        self, title: str, kind: str, reason: str, text: str, started: str, forecast: str,
        streets: list[str] | None, districts: list[str] | None,
    ) -> IncidentDraft:  # fmt: skip
        """What the form holds. Raises Refusal for a date that is none."""
        zone = self._parts.pages.zone
        return IncidentDraft(
            clean(title), kind, tuple(streets or ()), tuple(districts or ()), clean(reason), clean(text),
            local_moment(started, zone, "Началась"), local_moment(forecast, zone, "Прогноз") if forecast else None,
        )  # fmt: skip
