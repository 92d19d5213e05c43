"""Real phrases that the robot was unsure of, masked and put into groups, each with the wishes it is likely about."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.services.content.fields import parse_yaml
from bot.services.errors import ContentError
from bot.store import Store, Vault
from bot.store.conversations import MessageRow
from bot.studio.drafts import Draft
from bot.studio.grouping import ballot, by_centre, different, groups_of, vote
from bot.studio.masking import Masked, Masker
from bot.studio.phrase_likeness import Likeness
from bot.studio.phrases import TITLES, Wish, add_phrases, loaded, plain, remove, wishes
from bot.studio.project import Project
from bot.studio.readings import DOUBTS, Doubt, Reading, Readings
from bot.studio.refusals import NotPossible

REGION = "bot/content/region.yml"
MOST = 500
"""Open readings that are grouped at once, the newest ones."""
REMEMBERED = 4_000
"""Masked messages kept in memory, none of their personal data."""
DECISIONS = 200
"""Colleagues whose last decision can be taken back."""
NO_WISHES = frozenset(("inform", "nlu_fallback"))
"""Readings that are no wish: bare answers to a question."""
SETTLED = "Эту группу уже разобрали. Обновите страницу."


@dataclass(frozen=True)
class Phrase:
    """What several messages say in the same words: masked, and as an example with invented names in the place of «[имя]»."""

    shown: str
    example: str
    hidden: tuple[str, ...]
    messages: tuple[int, ...]
    ticked: bool = False
    """Whether it is worth being an example: it differs from the other ticked ones."""


@dataclass(frozen=True)
class Suggestion:
    """A wish that a group is likely about; `share` of what speaks for any."""

    intent: str
    title: str
    share: float


@dataclass(frozen=True)
class Group:
    """Phrases that mean the same, the one that stands for all first. `doubts` counts why they are here."""

    phrases: tuple[Phrase, ...]
    suggestions: tuple[Suggestion, ...]
    doubts: tuple[tuple[str, int], ...]
    newest: datetime

    @property
    def messages(self) -> tuple[int, ...]:
        """Numbers of all messages."""
        return tuple(number for one in self.phrases for number in one.messages)

    @property
    def key(self) -> int:
        """The number that names the group on its page."""
        return self.phrases[0].messages[0]


@dataclass(frozen=True)
class Decision:
    """What was settled: `messages` as meaning `intent` ("" ignored), `examples` written into the draft."""

    messages: tuple[int, ...]
    intent: str
    title: str
    examples: tuple[str, ...]
    skipped: int = 0
    """Ticked phrases that a wish had already or that are no phrases."""


class Inbox:
    """Reads the sealed journal for editors, who never see anything but masked words."""

    def __init__(self, store: Store, vault: Vault, readings: Readings, likeness: Likeness, published: Project) -> None:
        self._published = published
        self._store, self._vault, self._readings, self._likeness = store, vault, readings, likeness
        self._masked: OrderedDict[int, Masked | None] = OrderedDict()
        self._last: OrderedDict[str, Decision] = OrderedDict()
        self._grouped_last: tuple[object, list[Group]] | None = None
        self._deciding = asyncio.Lock()
        self._preparing: asyncio.Task[None] | None = None

    async def groups(
        self, project: Project, doubt: Doubt | None = None, channel: str = "", days: int = 30
    ) -> list[Group]:
        """Everything open, the biggest group first; wishes and their titles are those of `project`. Raises NotPossible."""
        readings = await self._readings.open(MOST, doubt=doubt, channel=channel, days=days)
        everything = await asyncio.to_thread(wishes, project)
        masked = await self._texts([one.message for one in readings], project, everything)
        self._prepare()
        key = (tuple(readings), tuple(everything), self._likeness.prepared)
        if self._grouped_last is None or self._grouped_last[0] != key:
            self._grouped_last = key, await asyncio.to_thread(self._grouped, readings, masked, everything)
        return self._grouped_last[1]

    async def assign(
        self, draft: Draft, by: str, messages: Collection[int], intent: str, phrases: Sequence[str]
    ) -> Decision:
        """Settle messages as meaning a wish, and teach the draft these phrases. Raises NotPossible."""
        async with self._deciding:
            await self._still_open(messages)
            added = await asyncio.to_thread(add_phrases, draft, intent, phrases, True)
            titles = await asyncio.to_thread(loaded, draft.work, TITLES) or {}
            settled = await self._readings.settle(messages, "taught", by, intent)
            return self._remember(
                by,
                Decision(
                    tuple(settled),
                    intent,
                    str(titles.get(intent) or intent),
                    added.taken,
                    len(added.lines) - len(added.taken),
                ),
            )

    async def ignore(self, by: str, messages: Collection[int]) -> Decision:
        """Settle messages without learning from them. Raises NotPossible."""
        async with self._deciding:
            await self._still_open(messages)
            return self._remember(by, Decision(tuple(await self._readings.settle(messages, "ignored", by)), "", "", ()))

    async def undo(self, draft: Draft, by: str) -> Decision:
        """Take back the last decision of a colleague, with its examples. Raises NotPossible when there is none."""
        async with self._deciding:
            last = self._last.pop(by, None)
            if last is None:
                raise NotPossible("Отменять нечего: последнее решение уже отменено.")
            if last.examples:
                await asyncio.to_thread(remove, draft, last.intent, last.examples)
            await self._readings.unsettle(last.messages, by)
            return last

    def _remember(self, by: str, decision: Decision) -> Decision:
        self._last[by] = decision
        self._last.move_to_end(by)
        while len(self._last) > DECISIONS:
            self._last.popitem(last=False)
        return decision

    async def _still_open(self, messages: Collection[int]) -> None:
        if not await self._readings.count_new(messages):
            raise NotPossible(SETTLED)

    def _prepare(self) -> None:
        """Read the vectors of the training phrases without making the page wait; until then readings alone vote."""

        def read() -> None:
            with contextlib.suppress(NotPossible):
                self._likeness.prepare(wishes(self._published))

        if not self._likeness.prepared and (self._preparing is None or self._preparing.done()):
            self._preparing = asyncio.create_task(asyncio.to_thread(read))

    async def _texts(
        self, messages: Sequence[int], project: Project, everything: Sequence[Wish]
    ) -> dict[int, Masked | None]:
        fresh = [number for number in messages if number not in self._masked]
        if fresh:
            async with self._store.read() as session:
                query = select(MessageRow.seq, MessageRow.body).where(MessageRow.seq.in_(fresh))
                sealed = [(row.seq, row.body) for row in await session.execute(query)]
            self._masked.update(await asyncio.to_thread(self._mask, sealed, project, everything))
        found = {number: self._masked.get(number) for number in messages}
        while len(self._masked) > REMEMBERED:
            self._masked.popitem(last=False)
        return found

    def _mask(
        self, sealed: Sequence[tuple[int, str]], project: Project, everything: Sequence[Wish]
    ) -> dict[int, Masked | None]:
        masker = Masker(_places(project), (phrase for one in everything for phrase in one.phrases))
        bodies = {number: self._vault.open(body) for number, body in sealed}
        return {
            number: masker.mask(str(body["text"])) if any(c.isalnum() for c in str(body.get("text") or "")) else None
            for number, body in bodies.items()
        }

    def _grouped(
        self, readings: Sequence[Reading], masked: dict[int, Masked | None], everything: Sequence[Wish]
    ) -> list[Group]:
        said: dict[str, list[tuple[Reading, Masked]]] = {}
        for one in readings:
            if words := masked[one.message]:
                said.setdefault(plain(words.example), []).append((one, words))
        if not said:
            return []
        same = list(said.values())
        vectors = self._likeness.vectors([words[0][1].example for words in same])
        nearest = self._likeness.nearest(everything, vectors)
        titles = {one.name: one.shown for one in everything if one.name not in NO_WISHES}
        ballots = [_ballot([r for r, _ in words], near) for words, near in zip(same, nearest, strict=True)]
        leanings = [next((name for name, _ in vote([b], titles.__contains__, 1)), "") for b in ballots]
        groups = []
        for rows in groups_of(vectors, leanings):
            order = [rows[at] for at in by_centre(vectors[rows])]
            ticked = {rows[at] for at in different(vectors[rows])}
            inside = [r for row in rows for r, _ in same[row]]
            counts = Counter(doubt for r in inside for doubt in r.doubts)
            groups.append(
                Group(
                    tuple(_phrase(same[row], ticked=row in ticked) for row in order),
                    tuple(
                        Suggestion(n, titles[n], s) for n, s in vote([ballots[r] for r in rows], titles.__contains__)
                    ),
                    tuple((title, counts[name]) for name, title in DOUBTS.items() if counts[name]),
                    max(r.at for r in inside),
                )
            )
        return sorted(groups, key=lambda one: (-len(one.messages), -max(one.messages)))


def _ballot(readings: Sequence[Reading], nearest: Sequence[tuple[str, float]]) -> dict[str, float]:
    """What speaks for each wish of messages in the same words."""
    total: dict[str, float] = {}
    for one in readings:
        ranking = [(one.intent, one.confidence), (one.second, one.second_confidence)]
        for name, weight in ballot(ranking, nearest, one.meant, misread="misread" in one.doubts).items():
            total[name] = total.get(name, 0.0) + weight
    return total


def _phrase(said: Sequence[tuple[Reading, Masked]], *, ticked: bool) -> Phrase:
    words = said[0][1]
    return Phrase(words.shown, words.example, words.hidden, tuple(one.message for one, _ in said), ticked)


def _places(project: Project) -> list[str]:
    """Titles of the region's streets and settlements; [] when the file is damaged: then more is masked."""
    try:
        region = parse_yaml(project.read(REGION), REGION) or {}
        listed = [*(region.get("streets") or ()), *(region.get("settlements") or ()), *(region.get("districts") or ())]
        return [str(one.get("title") if isinstance(one, dict) else one) for one in listed]
    except (ContentError, FileNotFoundError, UnicodeDecodeError, AttributeError):
        return []
