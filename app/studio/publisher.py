"""Brings an edition to the citizens without an interruption, and takes it back: tried on a house apart, committed, exchanged."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path

import structlog

from app.paths import Layout
from app.settings import Settings
from app.studio.content_loaders import mistakes_of
from app.studio.edition import edition_of
from app.studio.shelf import Shelf
from app.studio.smoke import smoke_test
from app.studio.switch import Prepared, Switch
from app.studio.training_apart import train_apart
from app.studio.trials import Trials
from app.training.fingerprint import fingerprint
from bot.rasa import RasaUnavailable
from bot.services.errors import ContentError
from bot.studio.checks import mistakes
from bot.studio.difference import differences
from bot.studio.drafts import Drafts
from bot.studio.history import History, NoHistory
from bot.studio.project import Project
from bot.studio.publications import Person, Publication, Publications
from bot.studio.refusals import NotPossible
from bot.studio.runs import Runs

log = structlog.get_logger(__name__)

MOST_CHANGES = 400
"""Sentences of a difference that are kept with a publication."""
_ABOUT = "proposal.json"
"""Who proposed the frozen files, and which edition they were made of."""
STOPPED = "Помощника остановили во время публикации. Граждане видят прежнюю версию. Опубликуйте ещё раз."


class Publisher:
    """See `bot.studio.studio.Publisher`. One publication at a time; its work goes on after the page is left."""

    def __init__(
        self,
        settings: Settings,
        layout: Layout,
        clock: Callable[[], datetime],
        drafts: Drafts,
        history: History,
        runs: Runs,
        publications: Publications,
        trials: Trials,
        switch: Switch,
        shelf: Shelf,
    ) -> None:
        self._settings, self._layout, self._clock, self._drafts = settings, layout, clock, drafts
        self._history, self._runs, self._publications, self._trials = history, runs, publications, trials
        self._switch, self._shelf = switch, shelf
        self._folder = settings.studio_dir / "publications"
        self._at_work: set[asyncio.Task[None]] = set()
        self._stages: dict[str, str] = {}

    @property
    def needs_two(self) -> bool:
        """Whether a second person has to approve."""
        return self._settings.publish_approval

    def stage(self, publication_id: str) -> str:
        """What is being done with a running publication, in Russian; "" for others."""
        return self._stages.get(publication_id, "")

    async def publish(self, draft: str, by: Person, why: str) -> Publication:
        """See `bot.studio.studio.Publisher`."""
        mine = self._drafts.of(draft)
        await self._check_place()
        files = await asyncio.to_thread(mine.work.files)
        published = await asyncio.to_thread(self._drafts.published.files)
        if files == published:
            raise NotPossible("В черновике нет изменений: публиковать нечего.")
        if await asyncio.to_thread(mine.base.files) != published:
            raise NotPossible(
                "Пока вы работали, опубликовали другую версию. Откройте «Изменения», возьмите её к себе и обучите черновик ещё раз."
            )
        if await asyncio.to_thread(self._drafts.clashes, draft):
            raise NotPossible("Вы и коллега правили одно и то же. Откройте «Изменения» и выберите, что оставить.")
        serious = [one for one in await asyncio.to_thread(mistakes, mine.work, mistakes_of) if one.serious]
        if serious:
            raise NotPossible(f"В черновике ошибок: {len(serious)}. Первая: {serious[0]}")
        edition = await asyncio.to_thread(edition_of, mine.work)
        run = await self._runs.good_for(edition)
        if run is None:
            raise NotPossible("Этот черновик ещё не обучен. Откройте «Обучение» и обучите его таким, какой он сейчас.")
        changes = [change.words for change in await asyncio.to_thread(differences, published, files)][:MOST_CHANGES]
        values = {"kind": "publication", "why": why, "author": by.id, "run": run.id, "edition": edition, "model": run.model,
                  "parent": await asyncio.to_thread(self._history.head), "changes": changes}  # fmt: skip
        publication = await self._publications.begin("proposed" if self.needs_two else "publishing", **values)
        await asyncio.to_thread(self._freeze, publication.id, files, by)
        if not self.needs_two:
            self._bring_soon(publication, by, draft)
        return publication

    async def approve(self, publication_id: str, by: Person) -> Publication:
        """See `bot.studio.studio.Publisher`."""
        waiting = await self._publications.get(publication_id)
        if waiting is not None and waiting.author == by.id:
            raise NotPossible("Свою публикацию одобряет другой человек.")
        await self._check_place()
        if waiting is not None and await asyncio.to_thread(self._overtaken, publication_id):
            raise NotPossible(
                "После этого предложения опубликовали другое. Отклоните его: автор соберёт черновик заново."
            )
        publication = await self._publications.decide(publication_id, "publishing", approver=by.id)
        self._bring_soon(publication, self._author_of(publication.id), publication.author, approved_by=by)
        return publication

    async def refuse(self, publication_id: str, by: Person, why: str) -> None:
        """See `bot.studio.studio.Publisher`."""
        waiting = await self._publications.get(publication_id)
        own = waiting is not None and waiting.author == by.id
        await self._publications.decide(
            publication_id, "taken_back" if own else "refused", approver="" if own else by.id, refusal=why
        )
        await asyncio.to_thread(shutil.rmtree, self._folder / publication_id, ignore_errors=True)

    async def go_back(self, version: str, by: Person, why: str) -> Publication:
        """See `bot.studio.studio.Publisher`."""
        await self._check_place()
        files = await asyncio.to_thread(self._history.files, version)
        published = await asyncio.to_thread(self._drafts.published.files)
        if files == published:
            raise NotPossible("Граждане уже видят эту версию.")
        changes = [change.words for change in await asyncio.to_thread(differences, published, files)][:MOST_CHANGES]
        publication = await self._publications.begin(
            "publishing", kind="return", why=why, author=by.id, changes=changes,
            parent=await asyncio.to_thread(self._history.head),
        )  # fmt: skip
        project = await asyncio.to_thread(self._freeze, publication.id, files, by)
        serious = [one for one in await asyncio.to_thread(mistakes, project, mistakes_of) if one.serious]
        if serious:
            why_not = f"В этой версии есть ошибка, с ней помощник не запустится: {serious[0]}"
            await self._publications.failed(publication.id, why_not)
            raise NotPossible(why_not)
        self._bring_soon(publication, by, draft="")
        return publication

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Finish a publication that was killed in the middle; at the end let a running one end."""
        await self._take_up()
        try:
            yield
        finally:
            for task in self._at_work:
                task.cancel()
            await asyncio.gather(*self._at_work, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until no publication runs."""
        while self._at_work:
            await asyncio.gather(*self._at_work, return_exceptions=True)

    async def _take_up(self) -> None:
        try:
            await asyncio.to_thread(self._history.restore)
        except NoHistory as error:
            log.warning("history.away", reason=error.text)
        left = await self._publications.running()
        if left is None:
            return
        published = await asyncio.to_thread(edition_of, self._drafts.published)
        frozen = await asyncio.to_thread(edition_of, Project(self._folder / left.id))
        if frozen == published:
            # The commit was made, and this start has read its files: citizens have it.
            await self._switch.align(left.model)
            await self._publications.went_live(left.id, await asyncio.to_thread(self._history.head), left.model)
        else:
            await self._publications.failed(left.id, STOPPED)

    def _bring_soon(self, publication: Publication, by: Person, draft: str, approved_by: Person | None = None) -> None:
        task = asyncio.create_task(self._bring_and_note(publication, by, draft, approved_by), name="publication")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)

    async def _bring_and_note(
        self, publication: Publication, by: Person, draft: str, approved_by: Person | None
    ) -> None:
        try:
            await self._bring(publication, by, approved_by)
        except NotPossible as error:
            await self._publications.failed(publication.id, error.text)
        except asyncio.CancelledError:
            await asyncio.shield(self._publications.failed(publication.id, STOPPED))
            raise
        except Exception as error:
            log.error("publication.failed", error=type(error).__name__)
            words = f"Сбой ({type(error).__name__}). Граждане видят прежнюю версию. Сообщите администратору."
            await self._publications.failed(publication.id, words)
        else:
            if draft:
                await asyncio.to_thread(self._let_draft_follow, draft)
        finally:
            self._stages.pop(publication.id, None)
            await asyncio.to_thread(shutil.rmtree, self._folder / publication.id, ignore_errors=True)

    async def _bring(self, publication: Publication, by: Person, approved_by: Person | None) -> None:
        """All the steps. Raises NotPossible; whatever is raised, citizens keep what they had."""
        project = Project(self._folder / publication.id)
        name = await asyncio.to_thread(fingerprint, replace(self._layout, elsewhere=project.folder))
        model = await self._model(publication, project, name)
        edition = publication.edition or await asyncio.to_thread(edition_of, project)
        if publication.kind == "publication" or not await self._publications.has_been_live(name, edition):
            await self._try(publication, project, model)
        self._stage(publication, "Читаю справочники и ответы")
        prepared = await self._prepared(project)
        self._stage(publication, "Записываю в историю")
        kept = await asyncio.to_thread(self._shelf.put, model)
        await self._publications.named(publication.id, name)
        before = await asyncio.to_thread(self._drafts.published.files)
        version = await self._commit(project.files(), by, self._message(publication, approved_by))
        self._stage(publication, "Переключаю")
        try:
            await self._switch.exchange(prepared, kept.name.removesuffix(".tar.gz"))
        except RasaUnavailable:
            await self._commit(before, by, "Возврат: модель диалога не переключилась\n")
            raise NotPossible(
                "Модель диалога не приняла новую версию. Граждане видят прежнюю. Попробуйте через минуту."
            ) from None
        await self._publications.went_live(publication.id, version, name)

    async def _model(self, publication: Publication, project: Project, name: str) -> Path:
        """The model of these very files: kept from before, fresh from its training, or made now."""
        for found in (self._shelf.find(name), self._layout.models / f"{name}.tar.gz"):
            if found is not None and found.is_file():
                return found
        if publication.kind == "publication":
            raise NotPossible("Модели этого черновика больше нет. Обучите его ещё раз.")
        self._stage(publication, "Обучаю эту версию заново, около минуты")
        return await train_apart(replace(self._layout, elsewhere=project.folder), name)

    async def _try(self, publication: Publication, project: Project, model: Path) -> None:
        self._stage(publication, "Проверяю на роботе в стороне")
        async with self._trials.smoke(project, model) as house:
            wrong = await smoke_test(house)
        if wrong:
            raise NotPossible("Проба перед публикацией не прошла. " + " ".join(wrong[:5]))

    async def _prepared(self, project: Project) -> Prepared:
        try:
            return await self._switch.prepare(project)
        except ContentError as error:
            raise NotPossible(f"С этими файлами помощник не запустится: {error}") from None
        except (KeyError, ValueError, TypeError, OSError) as error:
            raise NotPossible(f"С этими файлами помощник не запустится ({type(error).__name__}: {error}).") from None

    async def _commit(self, files: dict[str, str], by: Person, message: str) -> str:
        try:
            return await asyncio.to_thread(
                self._history.commit, files, by.name, f"{by.login}@desk", message, self._clock()
            )
        except NoHistory as error:
            raise NotPossible(error.text) from None

    async def _check_place(self) -> None:
        if self._settings.content_dir.resolve() != self._drafts.published.content.resolve():
            raise NotPossible(
                "Содержание лежит отдельно от проекта (OTKLIK_CONTENT_DIR): из студии его не опубликовать. Скажите администратору."
            )

    def _freeze(self, publication_id: str, files: dict[str, str], by: Person) -> Project:
        project = Project(self._folder / publication_id)
        project.become(files)
        about = {"author": asdict(by), "on": edition_of(self._drafts.published)}
        (project.folder / _ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        return project

    def _author_of(self, publication_id: str) -> Person:
        return Person(**json.loads((self._folder / publication_id / _ABOUT).read_text("utf-8"))["author"])

    def _overtaken(self, publication_id: str) -> bool:
        """Whether citizens have another edition now than when this one was proposed."""
        about = json.loads((self._folder / publication_id / _ABOUT).read_text("utf-8"))
        return bool(about["on"] != edition_of(self._drafts.published))

    def _let_draft_follow(self, draft: str) -> None:
        """The author's draft stands on what is published now; what she has changed meanwhile stays in it."""
        mine = self._drafts.of(draft)
        published = self._drafts.published.files()
        self._drafts.rebase(mine, published, mine.work.files())

    def _message(self, publication: Publication, approved_by: Person | None) -> str:
        first, _, rest = publication.why.strip().partition("\n")
        body = [rest.strip(), "\n".join(publication.changes)]
        if approved_by is not None:
            body.append(f"Одобрил: {approved_by.name}")
        prefix = "Возврат: " if publication.kind == "return" else ""
        return "\n\n".join(part for part in (f"{prefix}{first}", *body) if part) + "\n"

    def _stage(self, publication: Publication, words: str) -> None:
        self._stages[publication.id] = words
