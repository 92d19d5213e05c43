"""One world's studio for tests of publications: real files, git and HTTP, models that are only files."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from app.paths import HERE
from app.studio.edition import edition_of
from app.training.fingerprint import fingerprint
from bot.store.events import EventRow
from bot.studio.publications import Person, Publication
from bot.studio.tables import PublicationRow, RunRow
from tests.desk.world import World

ANNA, BORIS = Person("anna", "Анна Ветрова", "anna"), Person("boris", "Борис Зимин", "boris")
TEXTS = "bot/content/texts.yml"
OLD, NEW = "robot_back: [Прежние слова]\n", "robot_back: [Новые слова]\n"


class PublishingStudio:
    """One world's studio, from outside its loop."""

    def __init__(self, world: World) -> None:
        self.world, self.house = world, world.assistant.studio
        self.studio, self.publisher = self.house.studio, self.house.publisher
        self.published = self.studio.published

    def texts(self, words: str) -> None:
        """Let the published project say this; as a programmer would change it."""
        kept = [line for line in self.published.read(TEXTS).splitlines(keepends=True) if "robot_back:" not in line]
        self.published.write(TEXTS, "".join(line for line in kept if "Возвращаю" not in line) + words)

    def do(self, work: Any) -> Any:
        return self.world.do(work)

    def commit(self, by: Person = ANNA, message: str = "Версия") -> str:
        """The published files as a commit."""
        files = self.published.files()
        return self.studio.history.commit(files, by.name, f"{by.login}@desk", message, self.world.clock())

    def kept_model(self) -> str:
        """A model file on the shelf under the name that belongs to the published files."""
        name = fingerprint(replace(HERE, elsewhere=self.published.folder))
        made = self.world.folder / f"{name}.tar.gz"
        made.write_bytes(b"model")
        self.publisher._shelf.put(made)
        return name

    def was_live(self, version: str, model: str) -> None:
        """Note that citizens had the published files with this model."""
        row = PublicationRow(
            id=f"was-{version[:8]}", kind="publication", state="live", why="Раньше", author="anna", version=version,
            model=model, edition=edition_of(self.published), created_at=self.world.clock(), live_at=self.world.clock(),
        )  # fmt: skip
        self.add(row)

    def trained(self, edition: str, draft: str = "anna") -> None:
        """Note a finished training of these files."""
        now = self.world.clock()
        self.add(RunRow(id=str(uuid.uuid4()), kind="train", draft=draft, edition=edition, model="m", state="done",
                        created_at=now, finished_at=now))  # fmt: skip

    def add(self, row: Any) -> None:
        async def write() -> None:
            async with self.world.assistant.store.write() as session:
                session.add(row)

        self.do(write())

    def events(self) -> list[str]:
        async def read() -> list[str]:
            async with self.world.assistant.store.read() as session:
                return list(await session.scalars(select(EventRow.name).order_by(EventRow.id)))

        return [name for name in self.do(read()) if name.startswith("edition_")]

    def latest(self) -> Publication:
        found: Publication = self.do(self.studio.publications.latest(1))[0]
        return found

    def go_back(self, version: str) -> Publication:
        self.do(self.publisher.go_back(version, ANNA, "Слова были понятнее"))
        self.do(self.publisher.settled())
        return self.latest()

    def words(self) -> str:
        """What the running assistant says."""
        found: str = self.world.assistant.robot._texts.line("robot_back")
        return found
