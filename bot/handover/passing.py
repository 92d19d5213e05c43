"""Passing a talk on: to whom it may go, what is noted of it, and what the citizen hears."""

from __future__ import annotations

from bot.handover.interface import Operator, Refusal, TargetAway, TransferKind
from bot.handover.presence import Presences
from bot.handover.stage import Act, home_group
from bot.services.people import steps
from bot.services.people.groups import Groups
from bot.services.people.tables import HandoverRow, TransferRow
from bot.store import Vault

AT_WORK = ("online", "wrap_up")


class Passing:
    """Moves talks between colleagues and groups, inside steps."""

    def __init__(self, vault: Vault, groups: Groups, presences: Presences) -> None:
        self._vault, self._groups, self._presences = vault, groups, presences

    async def target(self, to_operator: str, to_group: str, but: str = "") -> Operator | None:
        """The colleague who is to get a talk, None for a group.

        `but`: she who passes it on does not count as somebody of the group. Raises TargetAway, Refusal when not one is named.
        """
        if bool(to_operator) == bool(to_group):
            raise Refusal("Выберите, кому передать разговор: специалисту или группе.")
        if to_operator and to_operator == but:
            raise Refusal("Этот разговор уже у вас.")
        there = [p.operator for p in await self._presences.all() if p.status in AT_WORK]
        if to_operator:
            found = next((one for one in there if one.id == to_operator), None)
            if found is None:
                raise TargetAway("Этого специалиста сейчас нет на линии. Выберите другого или передайте группе.")
            return found
        if to_group not in self._groups.ids or not any(to_group in one.groups for one in there if one.id != but):
            raise TargetAway
        return None

    async def pass_on(
        self,
        act: Act,
        row: HandoverRow,
        kind: TransferKind,
        target: Operator | None,
        group: str,
        note: str,
        by: str,
    ) -> None:
        """The talk waits for the target; whoever was talking hears of it, whoever was waiting anyway does not."""
        talking, before, old_group = row.state == "taken", row.operator or "", row.group
        group = home_group(target, row.group) if target else group
        steps.requeued(act.conversation, row, act.now, group=group, wanted=target.id if target else None)
        self.note_transfer(act, row, kind, before or by, old_group, target.id if target else "", note)
        act.fact(
            row, "transferred" if kind == "transfer" else "reassigned", by=by, from_operator=before,
            from_group=old_group, to_operator=target.id if target else "", to_group=group, transfers=row.transfers,
        )  # fmt: skip
        if talking:
            await act.say("operator_passes_on", to=target.name if target else self._groups.get(group).title)

    def note_transfer(
        self, act: Act, row: HandoverRow, kind: TransferKind, before: str, old_group: str, to: str, note: str = ""
    ) -> None:
        """Keep who had it, who gets it, and the word between them."""
        act.session.add(
            TransferRow(
                handover_id=row.id, kind=kind, from_operator=before, from_group=old_group, to_operator=to,
                to_group=row.group, note=self._vault.seal(note.strip()), at=act.now,
            )
        )  # fmt: skip
