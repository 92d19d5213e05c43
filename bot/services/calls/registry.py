"""The registry of calls: who is on the line, whether there is room, and where the caller goes when the robot is done."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.services.calls import rows
from bot.services.calls.interface import After, BadCall, Call, CallExists, Direction, UnknownCall
from bot.services.calls.lines import Lines
from bot.services.calls.numbers import dialled as plain_number
from bot.services.calls.numbers import e164
from bot.services.calls.tables import CallRow, OutgoingCallRow
from bot.services.feedback import BadRating
from bot.services.feedback.feedback import SCALES
from bot.services.transactions import transact
from bot.store import Store, Vault
from bot.store.events import record

VALID_FOR = timedelta(seconds=60)
"""How long a registered UUID waits for its audio."""
_LINKED = re.compile(r"[\w.:@-]{1,80}")


class Calls:
    """All calls of one assistant. `capacity` is how many may be with the robot at once; who comes above goes to the queue."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime], lines: Lines, capacity: int) -> None:
        self._store, self._vault, self._clock = store, vault, clock
        self.lines, self.capacity = lines, capacity
        # One assistant answers the phone of one database, so counting and admitting need no lock in the database.
        self._admitting = asyncio.Lock()

    async def register(
        self,
        caller: str,
        dialled: str = "",
        line: str | None = None,
        linked_id: str | None = None,
        call_id: str | None = None,
        direction: Direction = "in",
        purpose: str | None = None,
        *,
        outgoing_id: int | None = None,
        valid_for: timedelta = VALID_FOR,
    ) -> Call:
        """Announce a call before its audio. The UUID in the result is valid for `valid_for`.

        `caller` is the citizen's number as the PBX has it ("" or nonsense: withheld), `line` overrides what the dialled number
        says, `linked_id` is Asterisk's LINKEDID. The same UUID announced twice for the same call is one call. Above capacity
        the call is kept with `admitted` False and a queue in `after`.
        Raises BadCall, and CallExists when the UUID is another call's.
        """
        known_id = _uuid(call_id) if call_id else str(uuid.uuid4())
        linked = (linked_id or "").strip()
        if linked and not _LINKED.fullmatch(linked):
            raise BadCall("linked_id: letters, digits, dots, colons, dashes, at most 80")
        answering = self.lines.lines.get(line or "") or self.lines.for_number(dialled)

        async def work(session: AsyncSession) -> Call:
            now = self._clock()
            existing = await session.get(CallRow, known_id)
            if existing is not None:
                if existing.state in ("registered", "refused") and existing.linked_id == (linked or existing.linked_id):
                    return await self._call(session, existing)
                raise CallExists("this UUID belongs to another call")
            before = await rows.last_leg(session, linked) if linked else None
            number = e164(caller)
            user = self._user(number, linked, known_id, before)
            admitted = await rows.at_once(session, now) < self.capacity
            row = CallRow(
                id=known_id, direction=direction, line=answering.id, dialled=plain_number(dialled),
                caller=self._vault.seal(number) if number else (before.caller if before else None),
                user=user, linked_id=linked or known_id, purpose=purpose, outgoing_id=outgoing_id,
                citizen_id=before.citizen_id if before else None, state="registered" if admitted else "refused",
                registered_at=now, expires_at=now + valid_for, transfers=rows.transfers_before(before),
                after_target="", after_group="",
            )  # fmt: skip
            if outgoing_id is not None:
                planned = await session.get(OutgoingCallRow, outgoing_id)
                row.citizen_id = planned.citizen_id if planned else None
            if not admitted:
                rows.set_after(row, self.lines.queue(answering.group))
                row.ended_at, row.reason = now, "no_room"
            session.add(row)
            record(
                session, "call_registered", now, citizen_id=row.citizen_id, call=known_id, line=answering.id,
                direction=direction, admitted=admitted, withheld=number is None, transfers=row.transfers,
            )  # fmt: skip
            await session.flush()
            return await self._call(session, row)

        async with self._admitting:
            return await transact(self._store, work)

    async def known(self, call_id: str) -> bool:
        """Whether audio may come under this UUID now: registered, admitted, in time, and not begun yet."""
        async with self._store.read() as session:
            row = await session.get(CallRow, call_id)
            return row is not None and row.state == "registered" and row.expires_at > self._clock()

    async def get(self, call_id: str) -> Call | None:
        """The call of this UUID, whatever its state."""
        async with self._store.read() as session:
            row = await session.get(CallRow, call_id)
            return await self._call(session, row) if row else None

    async def at_once(self, direction: Direction | None = None) -> int:
        """How many calls are with the robot now, or will be in a moment; of one direction or both."""
        async with self._store.read() as session:
            return await rows.at_once(session, self._clock(), direction)

    async def begin(self, call_id: str, conversation_id: str | None = None) -> Call:
        """Audio has come. Only one caller of this gets the call. Raises UnknownCall when `known` would be False."""

        async def work(session: AsyncSession) -> Call:
            now = self._clock()
            row = await rows.locked(session, call_id)
            if row is None or row.state != "registered" or row.expires_at <= now:
                raise UnknownCall("no call waits under this UUID")
            row.state, row.started_at = "open", now
            if conversation_id is not None:
                await rows.join_conversation(session, row, conversation_id)
            record(
                session, "call_started", now, citizen_id=row.citizen_id, conversation_id=row.conversation_id,
                call=row.id, line=row.line, direction=row.direction,
            )  # fmt: skip
            return await self._call(session, row)

        return await transact(self._store, work)

    async def attach(self, call_id: str, conversation_id: str) -> None:
        """Name the conversation of a call that has begun, when it was not known at `begin`. Raises UnknownCall."""
        async with self._store.write() as session:
            row = await rows.locked(session, call_id)
            if row is None:
                raise UnknownCall("no such call")
            await rows.join_conversation(session, row, conversation_id)

    async def finish(self, call_id: str, reason: str, after: After | None = None) -> After | None:
        """The robot is done; to be called before the line is hung up, since the dialplan then asks `after` at once.

        `reason` is a short stable name (caller, done, transfer, silence, error …). The first end counts, a later one changes
        nothing. A further line or extension after the allowed number of transfers becomes the queue: a human then keeps the
        caller. Returns what holds. Raises UnknownCall; BadCall for an impossible `after`.
        """
        if after is not None and not self.lines.leads_somewhere(after):
            raise BadCall("after: there is no such way")

        async def work(session: AsyncSession) -> After | None:
            now = self._clock()
            row = await rows.locked(session, call_id)
            if row is None:
                raise UnknownCall("no such call")
            if row.state in ("registered", "open"):
                self._end(session, row, reason, after, now)
            return rows.after_of(row)

        return await transact(self._store, work)

    async def after(self, call_id: str) -> After | None:
        """Where the caller goes now; None (unknown, undecided, a robot that died) means the queue.

        An outgoing call nobody decided about is hung up: whom the robot rang up must not be put into a queue.
        """
        async with self._store.read() as session:
            row = await session.get(CallRow, call_id)
            if row is None:
                return None
            decided = rows.after_of(row)
            return After("hangup") if decided is None and row.direction == "out" else decided

    async def transfers(self, linked_id: str) -> int:
        """How often the caller of this whole call was passed on, by us or back to us."""
        async with self._store.read() as session:
            most = select(func.max(CallRow.transfers)).where(CallRow.linked_id == linked_id)
            return int(await session.scalar(most) or 0)

    async def may_transfer(self, linked_id: str, line: str = "") -> bool:
        """Whether the caller may be passed on once more, by the rule of the line."""
        return await self.transfers(linked_id) < self.lines.get(line).max_transfers

    async def rate(self, call_id: str, rating: int) -> None:
        """Keep what the caller thinks of the call, 1 to 4 as everywhere; the newest counts. Raises BadRating, UnknownCall."""
        low, high = SCALES["satisfaction"]
        if isinstance(rating, bool) or not low <= rating <= high:
            raise BadRating("satisfaction")
        async with self._store.write() as session:
            row = await rows.locked(session, call_id)
            if row is None:
                raise UnknownCall("no such call")
            row.rating = rating
            record(
                session, "call_rated", self._clock(), citizen_id=row.citizen_id, conversation_id=row.conversation_id,
                call=row.id, line=row.line, rating=rating,
            )  # fmt: skip

    async def recover(self) -> int:
        """At the start: close calls that a crash left open (`broken`; their callers went to the queue). How many."""
        async with self._store.write() as session:
            found = (await session.scalars(select(CallRow).where(CallRow.state == "open").with_for_update())).all()
            for row in found:
                self._end(session, row, "broken", None, self._clock())
            return len(found)

    async def expire(self) -> int:
        """Housekeeping: forget calls whose audio never came. How many."""
        async with self._store.write() as session:
            now = self._clock()
            late = CallRow.expires_at <= now
            found = (
                await session.scalars(
                    select(CallRow).where(CallRow.state == "registered", late).with_for_update(skip_locked=True)
                )
            ).all()
            for row in found:
                row.state, row.ended_at, row.reason = "expired", now, "no_audio"
                record(session, "call_ended", now, citizen_id=row.citizen_id, call=row.id, line=row.line,
                       reason="no_audio", seconds=0)  # fmt: skip
            return len(found)

    def _end(self, session: AsyncSession, row: CallRow, reason: str, after: After | None, now: datetime) -> None:
        line = self.lines.get(row.line)
        if after is not None and after.kind in ("line", "extension") and row.transfers >= line.max_transfers:
            after = self.lines.queue(line.group)
        # Nobody knows when a broken call really ended.
        seconds = round((now - row.started_at).total_seconds()) if row.started_at and reason != "broken" else None
        row.state, row.ended_at, row.reason = "ended", now, reason[:40]
        about = {"citizen_id": row.citizen_id, "conversation_id": row.conversation_id}
        if after is not None:
            rows.set_after(row, after)
            if after.kind != "hangup":
                row.transfers += 1
                record(session, "call_transferred", now, **about, call=row.id, line=row.line,
                       to=after.kind, target=after.target, group=after.group, transfers=row.transfers)  # fmt: skip
        record(session, "call_ended", now, **about, call=row.id, line=row.line, direction=row.direction,
               reason=row.reason, seconds=seconds)  # fmt: skip

    def _user(self, number: str | None, linked: str, call_id: str, before: CallRow | None) -> str:
        if before is not None:
            # One call, one context, whichever number the exchange shows for the second leg.
            return before.user
        return self._vault.fingerprint(number) if number else f"withheld:{linked or call_id}"

    async def _call(self, session: AsyncSession, row: CallRow) -> Call:
        planned = await session.get(OutgoingCallRow, row.outgoing_id) if row.outgoing_id is not None else None
        return rows.call_of(row, planned, self._vault)


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        raise BadCall("uuid: not a UUID") from None
