"""All texts of an edition, their scores and shares; operators' replies as numbers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.paths import HERE
from bot.plain.replies import replies_share
from bot.plain.shares import GROUPS, Text, judged, share_plain, texts_of
from bot.store import Store, Vault, journal
from bot.store.tables import import_all
from bot.studio.project import Project
from tests.projects import copy_of_project

NOW = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return texts_of(Project(HERE.root))


def test_texts_of_every_group_are_found(texts: list[Text]) -> None:
    assert {text.group for text in texts} == set(GROUPS)
    assert len(texts) > 1_000 and all(text.title and text.key and text.path for text in texts)
    assert len({(text.path, text.key, text.text) for text in texts}) == len(texts)
    for path in (
        *(f"bot/content/{name}.yml" for name in ("texts", "phone", "lines", "services", "glossary", "crisis")),
        "domain.yml", "bot/persona/dokumenty.yml", "bot/persona/line122.yml",
    ):  # fmt: skip
        assert any(text.path == path for text in texts), path
    assert any(text.path.endswith(".md") for text in texts)


def test_our_own_texts_are_plain(texts: list[Text]) -> None:
    for group in GROUPS:
        assert share_plain([text for text in texts if text.group == group]) >= 0.95
    assert min(one.score for one in judged(texts)) >= 60


def test_a_changed_text_is_judged_anew(tmp_path: Path) -> None:
    project = Project(copy_of_project(tmp_path))
    before = {(one.text.path, one.text.key): one for one in judged(texts_of(project))}
    project.write(
        "bot/content/texts.yml",
        project.read("bot/content/texts.yml").replace(
            "Файл сохранила.", "Данный файл сохранён в установленном порядке."
        ),
    )
    changed = [one for one in judged(texts_of(project)) if before[one.text.path, one.text.key].text != one.text]
    assert changed
    assert all(one.score < before[one.text.path, one.text.key].score and one.findings == 2 for one in changed)


def test_a_damaged_file_leaves_the_others_to_be_judged(tmp_path: Path) -> None:
    project = Project(copy_of_project(tmp_path))
    project.write("bot/content/services.yml", "services: [\n")
    found = texts_of(project)
    assert found and not any(text.path == "bot/content/services.yml" for text in found)


def test_no_texts_are_all_plain() -> None:
    assert share_plain([]) == 1.0


def test_replies_of_operators_are_counted_and_old_or_foreign_ones_are_not(tmp_path: Path) -> None:
    async def work() -> None:
        import_all()
        store = Store(f"sqlite+aiosqlite:///{tmp_path / 'replies.db'}")
        await store.create_all()
        vault = Vault(Fernet.generate_key())
        async with store.write() as session:
            row = await journal.conversation_of(session, vault, "widget", "u", NOW)
            said = [
                ("operator", "Приходите завтра, возьмите паспорт.", NOW),
                (
                    "operator",
                    "Доводим до вашего сведения, что в соответствии с регламентом осуществляется проверка.",
                    NOW,
                ),
                ("operator", "Осуществляется проверка.", NOW - timedelta(days=31)),
                ("citizen", "Осуществляется ли проверка?", NOW),
                ("robot", "Надлежит ждать.", NOW),
                ("operator", "", NOW),
            ]
            session.add_all(
                [journal.message_row(vault, row.id, author, {"text": text}, at) for author, text, at in said]
            )
        found = await replies_share(store, vault, NOW)
        assert (found.count, found.plain, found.share) == (2, 1, 0.5)
        await store.close()

    asyncio.run(work())
