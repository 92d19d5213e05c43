"""Citizens, operators and time do what they like: nobody is lost, held twice, or answered by robot and human at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import select

from bot.handover.interface import Held, Operator, Refusal
from bot.handover.load import Load, loads
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault
from bot.store.conversations import ConversationRow
from bot.store.tables import import_all
from tests.channels.fake_rasa import FakeRasa
from tests.handover.handover_house import House
from tests.services.conftest import Clock

T = TypeVar("T")
STAFF = (
    Operator("анна", "Анна", frozenset(("general",)), capacity=2),
    Operator("борис", "Борис", frozenset(("general", "city")), capacity=1),
    Operator("вера", "Вера", frozenset(("crisis", "health")), capacity=2),
)
BOSS = Operator("глава", "Глава", frozenset(("general", "city", "crisis", "health")), supervisor=True, capacity=0)
IDS = [one.id for one in STAFF]
GROUPS = ["general", "city", "crisis", "health"]
people = st.sampled_from(IDS)
WAITING_MODES = {"queued": "queued", "taken": "operator"}


def template() -> Path:
    """A database with all tables, to be copied for every example."""
    folder = Path(tempfile.mkdtemp(prefix="otklik-machine-"))

    async def make() -> None:
        import_all()
        store = Store(f"sqlite+aiosqlite:///{folder / 'empty.db'}")
        await store.create_all()
        await store.close()

    asyncio.run(make())
    return folder


class HandoverMachine(RuleBasedStateMachine):
    """A world of three operators, a supervisor, and citizens who come and go."""

    conversations = Bundle("conversations")
    folder: Path

    @initialize()
    def open_the_house(self) -> None:
        self.loop = asyncio.new_event_loop()
        path = self.folder / f"{os.urandom(6).hex()}.db"
        shutil.copy(self.folder / "empty.db", path)
        self.clock = Clock(datetime(2026, 11, 16, 7, 0, tzinfo=UTC))
        self.rasa = FakeRasa()
        self.do(self.rasa.start())
        self.store = Store(f"sqlite+aiosqlite:///{path}")
        self.house = House(self.store, Vault(Fernet.generate_key()), self.clock, self.rasa.url)
        self.house.operators = [*STAFF, BOSS]
        self.alive = set(IDS)
        self.known: list[str] = []
        for operator in IDS:
            self.do(self.house.presences.set(operator, "online"))
        for topic in ("", "", "roads"):
            self.comes(topic, 0)

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            for work in (self.house.close(), self.rasa.stop(), self.store.close()):
                self.do(work)
            self.loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def tried(self, work: Coroutine[Any, Any, Held]) -> Held | None:
        """A step that may be refused, but may fail in no other way."""
        try:
            return self.do(work)
        except Refusal:
            return None

    def holder(self, conversation: str, anybody: str) -> str:
        """She who talks there, if somebody does."""
        try:
            row = self.do(self.house.row(conversation))
        except AssertionError:
            return anybody
        return row.operator if row.state == "taken" and row.operator in IDS else anybody

    # citizens

    @rule(target=conversations, topic=st.sampled_from(["", "roads", "medicine"]), urgent=st.sampled_from([0, 0, 100]))
    def comes(self, topic: str, urgent: int) -> str:
        user = f"citizen-{len(self.known)}"
        conversation = self.do(self.house.waiting(user, topic=topic, priority=urgent))
        self.known.append(conversation)
        return conversation

    @rule(conversation=conversations, priority=st.sampled_from([0, 100]))
    def calls_again(self, conversation: str, priority: int) -> None:
        before = self.do(self.house.mode(conversation))
        placed = self.do(self.house.calls(conversation, priority=priority))
        assert (placed.state == "operator") == (before == "operator")
        assert placed.repeated == (before != "robot")

    @rule(
        conversation=conversations, text=st.sampled_from(["спасибо", "а ещё?", "Хорошо", "да", "не хочу больше жить"])
    )
    def writes(self, conversation: str, text: str) -> None:
        before = self.do(self.house.mode(conversation))
        said = self.do(self.house.says(conversation, text))
        assert said.over
        if before == "operator":
            assert said.replies == []
        if before == "robot":
            assert said.replies

    @rule(conversation=conversations)
    def goes_back_to_the_robot(self, conversation: str) -> None:
        before = self.do(self.house.mode(conversation))
        said = self.do(self.house.says(conversation, "Вернуться к роботу", "/robot"))
        assert said.mode == ("operator" if before == "operator" else "robot")
        assert bool(said.replies) == (before != "operator")

    # operators

    @rule(operator=people, status=st.sampled_from(["online", "online", "pause", "offline"]))
    def changes_status(self, operator: str, status: Any) -> None:
        self.do(self.house.presences.set(operator, status, "Обед"))
        self.alive.add(operator)

    @rule(operator=people)
    def closes_her_window(self, operator: str) -> None:
        self.alive.discard(operator)

    @rule(operator=people)
    def opens_her_window(self, operator: str) -> None:
        self.alive.add(operator)
        self.do(self.house.presences.seen(operator))

    @rule(conversation=conversations, operator=people)
    def takes(self, conversation: str, operator: str) -> None:
        before = self.do(self.house.mode(conversation))
        held = self.tried(self.house.handovers.take(conversation, operator))
        assert held is None or (before == "queued" and held.operator == operator)

    @rule()
    def all_grab_at_everybody_at_once(self) -> None:
        async def rush() -> list[Held | BaseException]:
            tries = (self.house.handovers.take(c, one) for c in self.known for one in IDS)
            return await asyncio.gather(*tries, return_exceptions=True)

        results = self.do(rush())
        assert all(isinstance(r, Refusal) for r in results if isinstance(r, BaseException)), results
        won = [r.conversation_id for r in results if not isinstance(r, BaseException)]
        assert len(won) == len(set(won))

    @rule(conversation=conversations, anybody=people, to=people, honest=st.booleans())
    def passes_on_to_a_colleague(self, conversation: str, anybody: str, to: str, honest: bool) -> None:
        operator = self.holder(conversation, anybody) if honest else anybody
        self.tried(self.house.handovers.transfer(conversation, operator, "выяснили адрес", to_operator=to))

    @rule(conversation=conversations, anybody=people, group=st.sampled_from(GROUPS))
    def passes_on_to_a_group(self, conversation: str, anybody: str, group: str) -> None:
        operator = self.holder(conversation, anybody)
        self.tried(self.house.handovers.transfer(conversation, operator, "выяснили адрес", to_group=group))

    @rule(conversation=conversations, anybody=people, honest=st.booleans())
    def closes(self, conversation: str, anybody: str, honest: bool) -> None:
        operator = self.holder(conversation, anybody) if honest else anybody
        self.tried(self.house.handovers.close(conversation, operator, topic="", result="answered", resolved=True))

    @rule(conversation=conversations, anybody=people, task=st.sampled_from(["", "/book_appointment"]))
    def gives_back(self, conversation: str, anybody: str, task: str) -> None:
        self.tried(self.house.handovers.give_back(conversation, self.holder(conversation, anybody), task))
        self.do(self.house.turns.idle(conversation))

    @rule(operator=people)
    def has_written_up(self, operator: str) -> None:
        self.do(self.house.handovers.wrapped_up(operator))

    @rule(conversation=conversations)
    def boss_takes_over(self, conversation: str) -> None:
        before = self.do(self.house.mode(conversation))
        held = self.tried(self.house.handovers.take_over(conversation, BOSS.id))
        assert (held is None) == (before == "robot")

    @rule(conversation=conversations, to=people)
    def boss_reassigns(self, conversation: str, to: str) -> None:
        self.tried(self.house.handovers.reassign(conversation, BOSS.id, to_operator=to))

    @rule(conversation=conversations)
    def boss_closes(self, conversation: str) -> None:
        self.tried(self.house.handovers.close(conversation, BOSS.id, topic="", result="done"))

    # time

    @rule(seconds=st.sampled_from([1, 30, 61, 95, 320, 620]))
    def time_passes(self, seconds: int) -> None:
        self.clock.forward(seconds=seconds)
        for operator in [*sorted(self.alive), BOSS.id]:
            self.do(self.house.presences.seen(operator))
        self.do(self.house.handovers.tick())
        self.nobody_waits_while_somebody_is_free()

    @rule()
    def the_queue_is_drained_in_order(self) -> None:
        given = self.do(self.house.handovers.assign_waiting())
        rows = [self.do(self.house.row(held.conversation_id)) for held in given]
        assert [row.id for row in rows] == [r.id for r in sorted(rows, key=lambda r: (-r.priority, r.id))]
        self.nobody_waits_while_somebody_is_free()

    def nobody_waits_while_somebody_is_free(self) -> None:
        rows, load = self.do(self.situation())
        presences = {p.operator.id: p for p in self.do(self.house.presences.all())}
        free = [one for one in STAFF if presences[one.id].free]
        for row in rows:
            if row.state == "queued" and row.wanted_operator is None and row.group != "crisis" and not row.transfers:
                assert not [one.id for one in free if row.group in one.groups], (row.group, load)
            if row.state == "queued" and row.wanted_operator in [one.id for one in free]:
                raise AssertionError("she is free, and her citizen waits")

    # what holds at every moment

    async def situation(self) -> tuple[list[HandoverRow], dict[str, Load]]:
        async with self.store.read() as session:
            rows = list(await session.scalars(select(HandoverRow).order_by(HandoverRow.id)))
            return rows, await loads(session, self.clock())

    @invariant()
    def everybody_is_in_one_place(self) -> None:
        if not hasattr(self, "loop"):
            return
        rows, load = self.do(self.situation())

        async def modes() -> dict[str, str]:
            async with self.store.read() as session:
                return {c.id: c.mode for c in await session.scalars(select(ConversationRow))}

        live: dict[str, Counter[str]] = {}
        for row in rows:
            if row.state in WAITING_MODES:
                live.setdefault(row.conversation_id, Counter())[WAITING_MODES[row.state]] += 1
            assert (row.operator is not None) == (row.state in ("taken", "wrap_up", "closed")), row.state
            assert row.transfers <= 2
            assert row.wanted_operator is None or row.state == "queued"
            assert (row.ended_at is not None) == (row.state in ("wrap_up", "closed", "left", "out_of_hours"))
        for conversation, mode in self.do(modes()).items():
            expected = Counter() if mode == "robot" else Counter({mode: 1})
            assert live.get(conversation, Counter()) == expected, (mode, live.get(conversation))
        for one in STAFF:
            assert load.get(one.id, Load()).holding <= one.capacity, one.id


HandoverMachine.TestCase.settings = settings(
    max_examples=int(os.environ.get("OTKLIK_MACHINE_EXAMPLES", "10")),
    stateful_step_count=int(os.environ.get("OTKLIK_MACHINE_STEPS", "25")),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


class TestHandoverMachine(HandoverMachine.TestCase):  # type: ignore[misc, name-defined]
    """Run the machine."""

    @classmethod
    def setUpClass(cls) -> None:
        HandoverMachine.folder = template()

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(HandoverMachine.folder)
