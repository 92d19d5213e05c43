"""Who may look at which talk, and the note in the audit log that every look leaves."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import HTTPException
from sqlalchemy import select

from bot.accounts.interface import Right, Signed
from bot.handover.bulletin import News
from bot.handover.views import Talk
from bot.services.people.tables import HandoverRow
from desk.parts import Parts

KNOWN_FOR = timedelta(seconds=5)
"""How long the group and the holder of a talk are remembered for news; pages always ask the database."""
MOST_KNOWN = 5_000
OWN_ONLY = frozenset(("mine", "call"))
"""Kinds of news that are for the operator they name, if they name one, and nobody else."""
RIGHTS_TO_HEAR: dict[str, Right] = {"callback": "lists", "ticket": "lists"}
"""All other kinds but notices are about talks: an editor of the same group hears nothing of them."""
OF_A_TALK = frozenset(("message", "typing", "read", "note", "presence"))


@dataclass(frozen=True)
class _Standing:
    group: str
    operator: str
    until: datetime


class Sight:
    """Asked by every page and every piece of news of a talk."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._standings: OrderedDict[str, _Standing] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Standing]] = {}
        self._moves = 0
        self._opened: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def may(self, me: Signed, conversation_id: str) -> bool:
        """Whether this account may look at a conversation."""
        return await self._parts.views.may_see(conversation_id, me.account.groups, me.account.id)

    async def open(self, me: Signed, conversation_id: str) -> Talk:
        """The talk, for somebody who opens it: noted in the audit log each time.

        Raises HTTPException 404 when it is not hers to see.
        """
        talk = await self._talk(me, conversation_id, summed_up=True)
        await self._note(me, talk)
        return talk

    async def again(self, me: Signed, conversation_id: str) -> Talk:
        """The talk, for a piece of a page that is open already: noted only if this session has not opened it.

        Raises HTTPException 404.
        """
        talk = await self._talk(me, conversation_id)
        if (me.session_id, conversation_id) not in self._opened:
            await self._note(me, talk)
        return talk

    async def _talk(self, me: Signed, conversation_id: str, *, summed_up: bool = False) -> Talk:
        talk = await self._parts.views.talk(conversation_id, summed_up=summed_up)
        if talk is None or not talk.seen_by(me.account.groups, me.account.id):
            raise HTTPException(404)
        return talk

    async def _note(self, me: Signed, talk: Talk) -> None:
        await self._parts.audit.write(me, "citizen_viewed", talk.conversation_id, talk.citizen_id)
        self._opened[(me.session_id, talk.conversation_id)] = None
        while len(self._opened) > MOST_KNOWN:
            self._opened.popitem(last=False)

    async def concerns(self, me: Signed, news: News) -> bool:
        """Whether a piece of news is for this account."""
        if news.kind != "notice" and not me.may(RIGHTS_TO_HEAR.get(news.kind, "talk")):
            return False
        if news.kind in OWN_ONLY and news.operator:
            return news.operator == me.account.id
        if news.kind in OF_A_TALK and news.conversation:
            return await self._sees(me, news.conversation)
        return not news.group or news.group in me.account.groups

    def changed(self, conversation_id: str) -> None:
        """Forget who holds a talk: it has just moved."""
        self._moves += 1
        self._standings.pop(conversation_id, None)
        self._asking.pop(conversation_id, None)

    async def _sees(self, me: Signed, conversation_id: str) -> bool:
        """The rule of `Views.may_see` over a memory that all windows share: fifty of them hear of every message."""
        known = self._standings.get(conversation_id)
        if known is None or known.until < self._parts.clock():
            # One question for all windows that hear the same news at the same moment, not one each.
            asking = self._asking.get(conversation_id)
            if asking is None:
                asking = self._asking[conversation_id] = asyncio.create_task(self._ask(conversation_id))
                asking.add_done_callback(lambda done: self._asked(conversation_id, done))
            known = await asyncio.shield(asking)
        return known.group in me.account.groups or known.operator == me.account.id

    def _asked(self, conversation_id: str, done: asyncio.Task[_Standing]) -> None:
        if self._asking.get(conversation_id) is done:
            del self._asking[conversation_id]

    async def _ask(self, conversation_id: str) -> _Standing:
        began = self._moves
        async with self._parts.store.read() as session:
            found = (
                await session.execute(
                    select(HandoverRow.group, HandoverRow.operator)
                    .where(HandoverRow.conversation_id == conversation_id)
                    .order_by(HandoverRow.id.desc())
                    .limit(1)
                )
            ).one_or_none()
        group, operator = (found.group, found.operator or "") if found else ("", "")
        known = _Standing(group, operator, self._parts.clock() + KNOWN_FOR)
        if began == self._moves:
            self._standings[conversation_id] = known
            self._standings.move_to_end(conversation_id)
            while len(self._standings) > MOST_KNOWN:
                self._standings.popitem(last=False)
        return known
