"""Every step of a conversation between robot and people, each in one transaction: two can never hold the same one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.handover.bulletin import Bulletin, News
from bot.handover.ending import Ending, times
from bot.handover.interface import Gone, Held, NoteMissing, NotYours, Operator, Refusal, TooManyTransfers
from bot.handover.matching import Matching
from bot.handover.passing import Passing
from bot.handover.presence import Colleagues, Presences, locked
from bot.handover.rules import Rules
from bot.handover.seating import OTHER_GROUP, may_take, seat
from bot.handover.stage import Act, Stage, held
from bot.handover.upkeep import Upkeep
from bot.services.people import steps
from bot.services.people.groups import Groups
from bot.services.people.tables import HandoverRow
from bot.store import Store, Vault
from bot.texts import Texts
from bot.turns import Turns


class Handovers:
    """The steps. Everything a citizen has to be told of a step is stored in its transaction and announced after it."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Callable[[], datetime],
        groups: Groups,
        rules: Rules,
        presences: Presences,
        colleagues: Colleagues,
        turns: Turns,
        bulletin: Bulletin,
        texts: Texts,
    ) -> None:
        self._rules, self._colleagues, self._bulletin = rules, colleagues, bulletin
        self._stage = Stage(store, clock, turns, texts, bulletin)
        self._passing, self._ending = Passing(vault, groups, presences), Ending(vault, rules.wrap_up_seconds)
        self._matching = Matching(store, clock, rules, presences, turns, self._stage)
        self._upkeep = Upkeep(
            store, clock, groups, rules, presences, self._passing, self._stage, texts, bulletin
        )  # fmt: skip

    def held_back(self, conversation_id: str) -> bool:
        """Whether a conversation could be given to somebody as soon as its turn ends."""
        return conversation_id in self._matching.held_back

    async def take(self, conversation_id: str, operator: str) -> Held:
        """An operator takes a waiting conversation. Raises AlreadyTaken, Gone, NotYours, NotAtWork, NoRoom."""
        me = await self._colleague(operator)

        async def work(act: Act) -> Held:
            row = act.live()
            await seat(act, row, me, await may_take(act, row, me), assigned=False)
            return held(row)

        return await self._stage.step(conversation_id, work)

    async def assign_waiting(self) -> list[Held]:
        """Give waiting conversations to free operators, the most urgent first, until nobody is free or nobody waits.

        Left out are telephone calls, which the PBX puts through, groups whose operators choose for themselves, and conversations in
        which the robot is about to finish its sentence.
        """
        return await self._matching.run()

    async def transfer(
        self, conversation_id: str, operator: str, note: str, *, to_operator: str = "", to_group: str = ""
    ) -> Held:
        """Pass a talk on to a colleague or a group. Raises NotYours, Gone, TooManyTransfers, TargetAway, NoteMissing.

        The colleague gets it as soon as she has room; should she go offline before, anybody of the group does.
        """
        if not note.strip():
            raise NoteMissing
        target = await self._passing.target(to_operator, to_group, but=operator)

        async def work(act: Act) -> Held:
            row = self._mine(act, operator)
            if row.transfers >= self._rules.max_transfers:
                raise TooManyTransfers
            row.transfers += 1
            await self._passing.pass_on(act, row, "transfer", target, to_group, note, operator)
            return held(row)

        done = await self._stage.step(conversation_id, work)
        await self.assign_waiting()
        return done

    async def give_back(self, conversation_id: str, operator: str, task: str = "") -> Held:
        """Hand the talk to the robot. `task` is what it shall do: a payload of the robot (`/book_appointment`), or "".

        The task is run as if the citizen had asked for it. Wrap-up begins. Raises NotYours, Gone, Refusal for an unknown task.
        """
        title = self._rules.tasks.get(task.partition("{")[0], "")
        if task and not title:
            raise Refusal("Такого задания у робота нет.")
        await self._colleague(operator)

        async def work(act: Act) -> Held:
            row = self._mine(act, operator)
            facts = await self._ending.end(act, row)
            act.fact(row, "returned_to_robot", by="operator", task=task.partition("{")[0], **facts)
            await act.say("operator_gives_task" if task else "operator_done")
            if task:
                await act.ask_robot(task, title, operator)
            return held(row)

        done = await self._stage.step(conversation_id, work)
        await self.assign_waiting()
        return done

    async def close(
        self,
        conversation_id: str,
        operator: str,
        *,
        topic: str,
        result: str,
        resolved: bool | None = None,
        note: str = "",
    ) -> Held:
        """End the talk: the robot is back and says so, the citizen is asked how it was, wrap-up begins. Raises NotYours, Gone.

        For a talk that is over already (a call that ended, a talk given to the robot) it writes up what came of it, once.
        `topic` "" keeps the topic of the wish. Raises Refusal for an unknown result.
        """
        if result not in self._rules.results:
            raise Refusal("Выберите, чем закончился разговор.")
        me = await self._colleague(operator)

        async def work(act: Act) -> Held:
            over = act.row is None or act.row.state != "taken" or act.row.operator != operator
            row = await self._ending.unwritten(act, operator) if over else None
            if row is None:
                row = self._mine(act, operator)
                facts = await self._ending.end(act, row)
            else:
                facts = times(row)
            row.closing_topic, row.result, row.resolved = (topic or row.topic)[:60], result, resolved
            act.touch(row)
            act.fact(
                row,
                "talk_closed",
                result=result,
                topic=row.closing_topic,
                resolved=resolved,
                reason=row.reason,
                **facts,
            )
            if note.strip():
                self._ending.note(act, me, note)
            if not over:
                await self._ending.goodbye(act, row)
            return held(row)

        done = await self._stage.step(conversation_id, work)
        await self.assign_waiting()
        return done

    async def wrapped_up(self, operator: str) -> None:
        """The operator is ready before her wrap-up is over; the queue is drained at once."""
        await self._upkeep.end_wrap_ups(operator)
        await self.assign_waiting()

    async def take_over(self, conversation_id: str, supervisor: str) -> Held:
        """A supervisor takes a talk, or somebody who waits, whoever has it. Raises Gone, NotYours outside of her groups.

        Neither her status nor her capacity stand in the way: she steps in where it burns.
        """
        me = await self._colleague(supervisor)

        async def work(act: Act) -> Held:
            row = self._supervised(act, me)
            before = row.operator if row.state == "taken" else None
            if before == supervisor:
                return held(row)
            presence = await locked(act.session, me.id, act.now)
            presence.seen_at = act.now
            if before is not None:
                act.fact(row, "taken_over", operator=me.id, from_operator=before)
                self._passing.note_transfer(act, row, "takeover", before, row.group, me.id)
            line = "operator_joined" if before is None else "operator_continues"
            await seat(act, row, me, presence, line, assigned=False, by="supervisor")
            return held(row)

        return await self._stage.step(conversation_id, work)

    async def reassign(
        self, conversation_id: str, supervisor: str, *, to_operator: str = "", to_group: str = ""
    ) -> Held:
        """A supervisor gives a talk, or somebody who waits, to somebody else; does not count as a transfer.

        Raises Gone, TargetAway, NotYours outside of her groups.
        """
        me = await self._colleague(supervisor)
        target = await self._passing.target(to_operator, to_group)

        async def work(act: Act) -> Held:
            row = self._supervised(act, me)
            if row.state == "taken" and row.operator == to_operator:
                raise Refusal("Этот специалист уже ведёт разговор.")
            await self._passing.pass_on(act, row, "reassign", target, to_group, "", supervisor)
            return held(row)

        done = await self._stage.step(conversation_id, work)
        await self.assign_waiting()
        return done

    async def taken_by_phone(self, conversation_id: str, operator: str) -> Held:
        """An operator has picked up a call: the PBX has decided, so neither status nor room are asked. Raises Gone, NotYours.

        A talk that another operator had goes on with this one, since that is whom the caller hears.
        """
        me = await self._colleague(operator)

        async def work(act: Act) -> Held:
            row = act.live()
            before = row.operator if row.state == "taken" else None
            if before == operator:
                return held(row)
            if before is not None:
                act.fact(row, "reassigned", operator=me.id, from_operator=before, by="phone")
                self._passing.note_transfer(act, row, "reassign", before, row.group, me.id)
            presence = await locked(act.session, me.id, act.now)
            await seat(act, row, me, presence, assigned=False, by="phone")
            return held(row)

        return self._call_news(await self._stage.step(conversation_id, work))

    async def call_ended(self, conversation_id: str) -> Held:
        """The caller or the operator has hung up: wrap-up for her who had taken it, else the caller has left. Raises Gone."""

        async def work(act: Act) -> Held:
            row = act.live()
            if row.state == "queued":
                steps.left(act.session, act.conversation, row, act.now, "call")
            else:
                facts = await self._ending.end(act, row)
                act.fact(row, "returned_to_robot", by="call", **facts)
            return held(row)

        return self._call_news(await self._stage.step(conversation_id, work))

    async def tick(self) -> None:
        """What time brings: ends of wrap-ups, overflow, rising priority, lost operators, offers of a call-back; then assigns."""
        await self._upkeep.run()
        await self.assign_waiting()

    def _mine(self, act: Act, operator: str) -> HandoverRow:
        """The talk that this operator leads. Raises Gone, NotYours."""
        row = act.live()
        if row.state != "taken":
            raise Gone("Разговор снова ждёт в очереди: ведёт его тот, кто возьмёт.")
        if row.operator != operator:
            raise NotYours
        return row

    def _supervised(self, act: Act, supervisor: Operator) -> HandoverRow:
        row = act.live()
        if not supervisor.supervisor or row.group not in supervisor.groups:
            raise NotYours(OTHER_GROUP)
        return row

    async def _colleague(self, operator: str) -> Operator:
        found = next((one for one in await self._colleagues() if one.id == operator), None)
        if found is None:
            raise NotYours("Эта учётная запись не ведёт разговоры.")
        return found

    def _call_news(self, moved: Held) -> Held:
        data = {"state": moved.state}
        self._bulletin.post(News("call", moved.conversation_id, moved.group, moved.operator, data))
        return moved
