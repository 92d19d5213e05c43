"""One draft is really trained and compared from beginning to end, by Rasa in a process of low priority."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.paths import HERE
from app.settings import Settings
from app.studio.trainer import Trainer
from bot.store import Store, Vault, journal
from bot.studio.drafts import Drafts
from bot.studio.project import Project
from bot.studio.runs import Run, Runs
from tests.projects import copy_of_project

EDITOR = "editor-0001"


@pytest.mark.slow
async def test_a_draft_is_trained_and_compared_with_what_is_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "venvs").symlink_to(HERE.venv("dialogue").parent)
    monkeypatch.setenv("OTKLIK_STATE", str(state))
    published = Project(copy_of_project(tmp_path / "project"))
    _keep_few_phrases(published)
    settings = Settings(_env_file=None, project_dir=published.folder, studio_dir=tmp_path / "studio")  # type: ignore[call-arg]
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'otklik.db'}")
    await store.create_all()
    vault = Vault.from_file(tmp_path / "secret.key")

    def clock() -> datetime:
        return datetime.now(UTC)

    drafts, runs = Drafts(tmp_path / "studio" / "drafts", published, clock), Runs(store, clock)
    trainer = Trainer(settings, settings.layout, store, vault, clock, drafts, runs)
    async with store.write() as session:
        row = await journal.conversation_of(session, vault, "widget", "u", clock())
        await journal.add_message(session, vault, row.id, "citizen", {"text": "запишите меня на завтра"}, clock())
    draft = drafts.of(EDITOR)
    try:
        async with trainer.running(), asyncio.timeout(900):
            first = await _trained(trainer, runs)
            draft.write(
                "nlu/data/talk.yml",
                draft.read("nlu/data/talk.yml").replace("- intent: greet\n  examples: |\n", NEW_PHRASES, 1),
            )
            second = await _trained(trainer, runs)
    finally:
        await store.close()
    assert first.state == "done", first.error
    assert (state / "models" / f"{first.model}.tar.gz").exists()
    assert not list((state / "models").glob(".training-*")) and not list((tmp_path / "studio" / "runs").iterdir())
    assert first.report["draft"]["accuracy"] > 0.5 and first.report["draft"] == first.report["live"]
    assert second.state == "done", second.error
    assert second.model != first.model
    assert second.report["draft"]["phrases"] == first.report["draft"]["phrases"] + 2
    assert second.report["live"] == first.report["draft"]
    assert second.report["messages"]["read"] == 1, second.report["messages"]
    assert {"train", "reading", "folds_draft"} <= second.report["seconds"].keys()


NEW_PHRASES = "- intent: greet\n  examples: |\n    - приветик вам большой\n    - здравия желаю товарищи\n"


async def _trained(trainer: Trainer, runs: Runs) -> Run:
    run = await trainer.start(EDITOR, "train")
    while (found := await runs.get(run.id)) and found.open:
        await asyncio.sleep(0.2)
    assert found is not None
    return found


def _keep_few_phrases(project: Project) -> None:
    """Twelve phrases of each intent: the same paths of the code in a tenth of the time."""
    for path in project.paths():
        if path.startswith("nlu/data/"):
            kept, count = [], 0
            for line in project.read(path).splitlines():
                phrase = line.startswith("    - ")
                count = count + 1 if phrase else 0
                if not phrase or count <= 12:
                    kept.append(line)
            project.write(path, "\n".join(kept) + "\n")
