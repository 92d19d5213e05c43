"""Doubtful messages come to the editor masked and in groups, and one decision teaches the draft and settles them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.services.meaning import Encoder
from bot.store import Store, Vault, journal
from bot.studio.drafts import Draft, Drafts
from bot.studio.inbox import Inbox
from bot.studio.phrase_likeness import Likeness
from bot.studio.phrases import find, wishes
from bot.studio.project import Project
from bot.studio.readings import Readings
from bot.studio.refusals import NotPossible

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
FILES = {
    "config.yml": "language: ru\n",
    "domain.yml": 'version: "3.1"\nintents:\n- ask_fee\n- check_status\n- ask_hours\n',
    "bot/content/intents.yml": (
        "ask_fee: Узнать, сколько стоит\ncheck_status: Узнать, где моё заявление\nask_hours: Узнать график\n"
    ),
    "bot/content/region.yml": "streets:\n- {title: Садовая улица, district: c}\n",
    "nlu/data/all.yml": (
        'version: "3.1"\nnlu:\n'
        "- intent: ask_fee\n  examples: |\n    - сколько стоит паспорт\n    - какая пошлина за загранпаспорт\n"
        "- intent: check_status\n  examples: |\n    - где моё заявление\n    - готовы ли мои документы\n"
        "- intent: ask_hours\n  examples: |\n    - во сколько вы открываетесь\n    - график работы\n"
    ),
}


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


class House:
    def __init__(self, folder: Path, store: Store, encoder: Encoder) -> None:
        self.store, self.vault = store, Vault.from_file(folder / "key")
        project = Project(folder / "project")
        project.folder.mkdir()
        for path, text in FILES.items():
            project.write(path, text)
        self.drafts = Drafts(folder / "drafts", project, lambda: NOW)
        self.readings = Readings(store, lambda: NOW)
        likeness = Likeness(encoder, folder / "cache")
        likeness.prepare(wishes(project))
        self.inbox = Inbox(store, self.vault, self.readings, likeness, project)

    @property
    def draft(self) -> Draft:
        return self.drafts.of("anna")

    async def doubtful(self, words: str, intent: str, sure: float = 0.25, second: str = "", user: str = "u") -> int:
        """A message that the robot was unsure of."""
        async with self.store.write() as session:
            row = await journal.conversation_of(session, self.vault, "widget", user, NOW)
            message = await journal.add_message(session, self.vault, row.id, "citizen", {"text": words}, NOW)
        ranking = [{"name": "nlu_fallback", "confidence": 0.7}, {"name": intent, "confidence": sure}]
        ranking += [{"name": second, "confidence": 0.2}] if second else []
        latest = {
            "text": words,
            "intent": ranking[0],
            "intent_ranking": ranking,
            "metadata": {"message": message.seq, "conversation": row.id},
        }
        self.readings.heard({"latest_message": latest, "events": []}, "action_not_understood")
        await self.readings.store_now()
        return message.seq


@pytest_asyncio.fixture
async def house(tmp_path: Path, encoder: Encoder) -> AsyncIterator[House]:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'i.db'}")
    await store.create_all()
    yield House(tmp_path, store, encoder)
    await store.close()


async def test_like_messages_are_one_group_and_nothing_personal_is_in_it(house: House) -> None:
    for number, words in enumerate(
        (
            "почём нынче загранпаспорт, Кузнецова Мария",
            "Почем нынче загранпаспорт, Иванова Ольга",
            "сколько денег берут за загранпаспорт",
            "чего там с бумагами по делу 2/2/134660",
        )
    ):
        await house.doubtful(words, "ask_fee" if number < 3 else "check_status", second="ask_hours", user=f"u{number}")
    groups = await house.inbox.groups(house.draft.work)
    assert [len(group.messages) for group in groups] == [3, 1]
    first = groups[0]
    assert first.suggestions[0].intent == "ask_fee" and first.suggestions[0].title == "Узнать, сколько стоит"
    assert first.doubts == (("робот сомневался", 3),)
    assert groups[1].phrases[0].shown == "чего там с бумагами по делу [номер]"
    assert groups[1].phrases[0].example == "чего там с бумагами по делу 123456"
    everything = repr(groups)
    assert not [secret for secret in ("Кузнецов", "Мария", "Иванова", "Ольга", "134660") if secret in everything]


async def test_the_same_words_are_one_phrase_of_many_messages(house: House) -> None:
    numbers = [
        await house.doubtful(words, "ask_fee", user=f"u{i}")
        for i, words in enumerate(("Почём права?", "почем права", "ПОЧЁМ ПРАВА"))
    ]
    (group,) = await house.inbox.groups(house.draft.work)
    (phrase,) = group.phrases
    assert sorted(phrase.messages) == numbers and phrase.ticked


async def test_what_a_person_meant_is_suggested_first(house: House) -> None:
    said = await house.doubtful("а это когда уже", "ask_fee", 0.9)
    conversation = (await house.readings.open())[0].conversation_id
    await house.readings.doubt(conversation, "misread", said, "check_status")
    (group,) = await house.inbox.groups(house.draft.work, "misread")
    assert group.suggestions[0].intent == "check_status" and "ask_fee" not in [s.intent for s in group.suggestions]
    assert dict(group.doubts) == {"робот сомневался": 1, "понял не так": 1}


async def test_one_decision_settles_the_group_and_teaches_the_ticked_phrases(house: House) -> None:
    numbers = [
        await house.doubtful(words, "ask_fee", user=words)
        for words in ("почём загранпаспорт", "почём загран", "скока стоит загран")
    ]
    decision = await house.inbox.assign(
        house.draft, "anna", numbers, "ask_fee", ["почём загранпаспорт", "сколько стоит паспорт"]
    )
    assert (sorted(decision.messages), decision.title, decision.examples, decision.skipped) == (
        numbers, "Узнать, сколько стоит", ("почём загранпаспорт",), 1
    )  # fmt: skip
    assert "почём загранпаспорт" in find(house.draft.work, "ask_fee").phrases
    assert "почём загранпаспорт" not in find(house.drafts.published, "ask_fee").phrases
    assert await house.inbox.groups(house.draft.work) == [] and await house.readings.waiting() == 0


async def test_an_invented_name_may_stand_in_an_example(house: House) -> None:
    said = await house.doubtful("запись на Кузнецову Ольгу сколько стоит", "ask_fee")
    (group,) = await house.inbox.groups(house.draft.work)
    decision = await house.inbox.assign(house.draft, "anna", [said], "ask_fee", [group.phrases[0].example])
    assert decision.examples == ("запись на Петрову Анну сколько стоит",)


async def test_the_last_decision_is_taken_back_with_its_examples(house: House) -> None:
    said = await house.doubtful("почём загран", "ask_fee")
    await house.inbox.assign(house.draft, "anna", [said], "ask_fee", ["почём загран"])
    back = await house.inbox.undo(house.draft, "anna")
    assert back.messages == (said,)
    assert house.draft.read("nlu/data/all.yml") == FILES["nlu/data/all.yml"]
    assert [group.messages for group in await house.inbox.groups(house.draft.work)] == [(said,)]
    with pytest.raises(NotPossible):
        await house.inbox.undo(house.draft, "anna")


async def test_nobody_settles_what_a_colleague_has_settled(house: House) -> None:
    said = await house.doubtful("почём загран", "ask_fee")
    await house.inbox.ignore("boris", [said])
    with pytest.raises(NotPossible):
        await house.inbox.assign(house.draft, "anna", [said], "ask_fee", ["почём загран"])
    assert "почём загран" not in find(house.draft.work, "ask_fee").phrases


async def test_an_unknown_wish_settles_nothing(house: House) -> None:
    said = await house.doubtful("почём загран", "ask_fee")
    with pytest.raises(NotPossible):
        await house.inbox.assign(house.draft, "anna", [said], "no_such_wish", ["почём загран"])
    assert await house.readings.waiting() == 1


async def test_messages_without_words_and_damaged_places_are_no_trouble(house: House) -> None:
    await house.doubtful("🤷", "ask_fee")
    await house.doubtful("почём загран на садовой 5", "ask_fee", user="b")
    house.draft.write("bot/content/region.yml", "streets: {")
    (group,) = await house.inbox.groups(house.draft.work)
    assert "5" not in group.phrases[0].shown
