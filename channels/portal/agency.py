"""What an agency's own system tells the assistant: a case or a ticket has changed, a breakdown is over. Citizens hear of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from bot.services.applications import Applications, ApplicationState, NoSuchApplication
from bot.services.tickets.incidents import NoSuchIncident
from bot.services.tickets.interface import NoSuchTicket, Tickets, TicketState
from channels.portal.api import key_check
from channels.portal.errors import ApiError, PortalRoute, responses

Number = Annotated[str, Path(min_length=1, max_length=40, description="Номер, как в расписке")]


class Breakdowns(Protocol):
    """The part of the incidents that an agency may change."""

    async def close(self, incident_id: str) -> int:
        """End an incident; how many subscribers are told. Raises NoSuchIncident."""


class ApplicationChange(BaseModel):
    """A new state of an application."""

    model_config = ConfigDict(extra="forbid")

    state: ApplicationState = Field(description="accepted, in_progress, approved или rejected")
    stage_text: str | None = Field(None, max_length=200, description="Формулировка ведомства, её объяснит словарь")
    reason: str | None = Field(None, max_length=1000, description="Причина отказа")


class TicketChange(BaseModel):
    """A new state of a ticket."""

    model_config = ConfigDict(extra="forbid")

    state: TicketState = Field(description="registered, in_progress, forwarded, answered или rejected")
    note: str = Field("", max_length=2000, description="Что сказать гражданину")


class Changed(BaseModel):
    """The state after the change."""

    number: str
    state: str


class Closed(BaseModel):
    """An incident that is over."""

    status: Literal["closed"] = "closed"
    told: int = Field(description="Сколько подписавшихся получат сообщение")


def agency_router(
    applications: Applications, tickets: Tickets, incidents: Breakdowns, api_keys: frozenset[str]
) -> APIRouter:
    """Changes pushed by agencies, under the same keys as the portal API."""
    router = APIRouter(
        prefix="/api/v1", tags=["Ведомства"], route_class=PortalRoute, dependencies=[Depends(key_check(api_keys))]
    )
    refusals: Any = responses(400, 401, 404, 422, 503)

    @router.post("/applications/{number}/state", summary="Изменился статус заявления", responses=refusals)
    async def application_changed(number: Number, change: ApplicationChange) -> Changed:
        """Гражданину, согласному на уведомления, придёт сообщение (ночью — в 9:00). Повтор ничего не меняет."""
        try:
            status = await applications.set_state(
                number, change.state, stage_text=change.stage_text, reason=change.reason
            )
        except NoSuchApplication as error:
            raise ApiError(404, "no_such_application", "Заявления с таким номером нет.") from error
        return Changed(number=status.number, state=status.state)

    @router.post("/tickets/{number}/state", summary="Изменился статус обращения", responses=refusals)
    async def ticket_changed(number: Number, change: TicketChange) -> Changed:
        """Автору обращения придёт сообщение. Повтор ничего не меняет."""
        try:
            ticket = await tickets.set_state(number, change.state, change.note)
        except NoSuchTicket as error:
            raise ApiError(404, "no_such_ticket", "Обращения с таким номером нет.") from error
        return Changed(number=ticket.number, state=ticket.state)

    @router.post("/incidents/{number}/close", summary="Авария устранена", responses=refusals)
    async def incident_over(number: Number) -> Closed:
        """Всем, кто просил сообщить, придёт сообщение."""
        try:
            return Closed(told=await incidents.close(number))
        except NoSuchIncident as error:
            raise ApiError(404, "no_such_incident", "Такой аварии нет, или она уже закрыта.") from error

    return router
