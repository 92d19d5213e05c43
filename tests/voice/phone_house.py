"""The whole house with its telephone, for scenarios: calls it as a PBX would and looks into its database afterwards."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select, update

from app.paths import HERE
from app.running.ports import free_port
from bot.services.calls.tables import CallRow
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow, MessageRow
from bot.store.events import EventRow
from tests.live import LiveStack


class PhoneHouse(LiveStack):
    """Real Rasa, the real assistant with its voice, a database of its own."""

    def __init__(self, folder: Path, weights: Path, **settings: Any) -> None:
        super().__init__(
            folder,
            content_dir=_always_open(folder / "content"),
            voice=True,
            voice_port=free_port(),
            voice_model=str(weights),
            voice_speech="festival",
            voice_calls=8,
            recordings_dir=folder / "recordings",
            **settings,
        )

    def kill_assistant(self) -> None:
        """The assistant goes down as if its machine had failed."""
        self._kill(0)

    def restart_assistant(self) -> None:
        """The assistant comes back; waits until it answers."""
        self._processes[0] = self._run(self.stack.programs[0])
        self._wait_ready()

    async def let_operators_take(self, many: int, conversation: str) -> None:
        """Just so many citizens were taken by operators of group `general` within the last half hour, whoever tried this before."""
        store = Store(self._environ["OTKLIK_DATABASE_URL"])
        moment = datetime.now(UTC) - timedelta(minutes=30)
        try:
            async with store.write() as session:
                earlier = (HandoverRow.group == "general", HandoverRow.taken_at.is_not(None))
                await session.execute(update(HandoverRow).where(*earlier).values(taken_at=moment - timedelta(days=2)))
                for _ in range(many):
                    session.add(
                        HandoverRow(
                            conversation_id=conversation, citizen_id="", reason="asked", topic="", group="general",
                            summary="", state="closed", created_at=moment, taken_at=moment,
                        )
                    )  # fmt: skip
        finally:
            await store.close()

    async def look(self, call_id: str) -> Looked:
        """What the database knows of a call's conversation."""
        store = Store(self._environ["OTKLIK_DATABASE_URL"])
        vault = Vault.from_file(Path(self._environ["OTKLIK_SECRET_KEY_FILE"]))
        try:
            async with store.read() as session:
                events = (await session.scalars(select(EventRow).order_by(EventRow.id))).all()
                call = await session.get(CallRow, call_id)
                own = call.conversation_id if call else None
                row = await session.get(ConversationRow, own) if own else None
                messages = (
                    await session.scalars(
                        select(MessageRow).where(MessageRow.conversation_id == own).order_by(MessageRow.seq)
                    )
                ).all()
                return Looked(
                    own or "",
                    row.citizen_id if row else "",
                    row.expected if row else None,
                    [e.name for e in events if _about(e, call_id, row)],
                    [(m.author, str(vault.open(m.body).get("text", ""))) for m in messages],
                )
        finally:
            await store.close()


class Looked:
    """A conversation as it stands."""

    def __init__(
        self,
        conversation: str,
        citizen: str,
        expected: str | None,
        events: list[str],
        messages: list[tuple[str, str]],
    ) -> None:
        self.conversation, self.citizen, self.expected = conversation, citizen, expected
        self.events, self.messages = events, messages


def _about(event: EventRow, call_id: str, conversation: ConversationRow | None) -> bool:
    """Whether an event belongs to the call or to its citizen."""
    citizen = conversation is not None and event.citizen_id == conversation.citizen_id
    return event.data.get("call") == call_id or citizen


def _always_open(target: Path) -> Path:
    """The content with people at work round the clock, so that a test does not depend on the hour."""
    shutil.copytree(HERE.root / "bot" / "content", target)
    groups = yaml.safe_load((target / "groups.yml").read_text("utf-8"))
    always = {day: [["00:00", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    for group in groups["groups"]:
        group |= {"hours": always, "holidays": "open"}
    (target / "groups.yml").write_text(yaml.safe_dump(groups, allow_unicode=True), "utf-8")
    return target
