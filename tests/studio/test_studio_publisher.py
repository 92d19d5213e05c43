"""Publishing and going back over real files, git and HTTP: what is refused, what a failure leaves behind, who has to approve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.paths import HERE
from app.studio.edition import edition_of
from app.studio.publisher import STOPPED, Publisher
from bot.studio.project import Project
from bot.studio.publications import Publication
from bot.studio.refusals import NotPossible
from bot.studio.tables import PublicationRow
from tests.desk.world import World
from tests.studio.publishing import ANNA, BORIS, NEW, OLD, TEXTS, PublishingStudio


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[PublishingStudio]:
    world = World(tmp_path)
    world.start()
    yield PublishingStudio(world)
    world.stop()


def _two_versions(studio: PublishingStudio) -> tuple[str, str, str]:
    """The first version was live with a kept model; the second one is published now. Hashes of both, name of the model."""
    studio.texts(OLD)
    first, model = studio.commit(message="Первая"), studio.kept_model()
    studio.was_live(first, model)
    studio.texts(NEW)
    return first, studio.commit(message="Вторая"), model


def test_going_back_brings_files_model_and_words_back(studio: PublishingStudio) -> None:
    first, second, model = _two_versions(studio)
    done = studio.go_back(first)
    assert (done.state, done.kind, done.model, done.author) == ("live", "return", model, "anna")
    assert "Прежние слова" in studio.published.read(TEXTS)
    assert studio.words() == "Прежние слова"
    assert Path(studio.world.rasa.models[-1]).name == f"{model}.tar.gz"
    assert studio.publisher._shelf.current == model
    newest = studio.studio.history.versions(3)
    assert [v.id for v in newest[1:]] == [second, first]
    assert newest[0].id == done.version
    assert newest[0].author == "Анна Ветрова"
    assert newest[0].title == "Возврат: Слова были понятнее"
    assert any("robot_back" in words or "Новые слова" in words or words for words in done.changes)
    assert studio.events() == ["edition_published"]


def test_when_rasa_refuses_the_model_everything_stays_as_it_was(studio: PublishingStudio) -> None:
    first, _, _ = _two_versions(studio)
    before, words = studio.published.files(), studio.words()
    studio.world.rasa.mood = "broken"
    failed = studio.go_back(first)
    assert failed.state == "failed"
    assert "не приняла" in failed.refusal
    assert studio.published.files() == before
    assert studio.words() == words
    assert studio.studio.history.by_hand() == []
    assert studio.events() == ["edition_failed"]
    studio.world.rasa.mood = "well"
    assert studio.go_back(first).state == "live"


def test_a_version_that_would_not_start_is_refused_in_words(studio: PublishingStudio) -> None:
    studio.texts(OLD)
    studio.published.write("bot/content/services.yml", "services: [\n")
    broken = studio.commit(message="Сломанная")
    studio.published.write("bot/content/services.yml", Project(HERE.root).read("bot/content/services.yml"))
    studio.commit(message="Починенная")
    with pytest.raises(NotPossible, match=r"services\.yml"):
        studio.go_back(broken)
    assert studio.latest().state == "failed"
    assert studio.publisher.stage(studio.latest().id) == ""


def test_the_version_that_citizens_have_is_not_returned_to(studio: PublishingStudio) -> None:
    _, second, _ = _two_versions(studio)
    with pytest.raises(NotPossible, match="уже видят"):
        studio.go_back(second)


def test_an_unchanged_an_untrained_and_a_late_draft_are_not_published(studio: PublishingStudio) -> None:
    studio.commit()
    draft = studio.studio.drafts.of("anna")

    def refused() -> str:
        with pytest.raises(NotPossible) as why:
            studio.do(studio.publisher.publish("anna", ANNA, "Новые слова"))
        return why.value.text

    assert "нет изменений" in refused()
    draft.write(TEXTS, draft.read(TEXTS) + "another_line: [Ещё]\n")
    assert "не обучен" in refused()
    studio.published.write(TEXTS, studio.published.read(TEXTS) + "of_somebody_else: [Да]\n")
    assert "опубликовали другую версию" in refused()


def test_a_broken_draft_is_not_published_even_when_it_was_trained(studio: PublishingStudio) -> None:
    studio.commit()
    draft = studio.studio.drafts.of("anna")
    draft.write("domain.yml", draft.read("domain.yml") + "\n  - лишнее: [\n")
    studio.trained(edition_of(draft.work))
    with pytest.raises(NotPossible, match=r"domain\.yml"):
        studio.do(studio.publisher.publish("anna", ANNA, "Новые слова"))


def test_a_publication_that_was_killed_before_its_commit_has_failed(studio: PublishingStudio) -> None:
    studio.commit()
    studio.add(PublicationRow(id="killed", state="publishing", why="Новые слова", author="anna", edition="e",
                              model="m", created_at=studio.world.clock()))  # fmt: skip
    Project(studio.publisher._folder / "killed").become({TEXTS: NEW})
    studio.do(studio.publisher._take_up())
    assert (studio.latest().state, studio.latest().refusal) == ("failed", STOPPED)


def test_a_publication_that_was_killed_after_its_commit_is_finished(studio: PublishingStudio) -> None:
    studio.texts(NEW)
    version, model = studio.commit(), studio.kept_model()
    studio.add(PublicationRow(id="killed", state="publishing", why="Новые слова", author="anna",
                              edition=edition_of(studio.published), model=model, created_at=studio.world.clock()))  # fmt: skip
    Project(studio.publisher._folder / "killed").become(studio.published.files())
    studio.do(studio.publisher._take_up())
    done = studio.latest()
    assert (done.state, done.version) == ("live", version)
    assert Path(studio.world.rasa.models[-1]).name == f"{model}.tar.gz"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[PublishingStudio]:
    world = World(tmp_path, publish_approval=True)
    world.start()
    yield PublishingStudio(world)
    world.stop()


def _propose(studio: PublishingStudio, publisher: Publisher) -> Publication:
    studio.commit()
    draft = studio.studio.drafts.of("anna")
    draft.write(TEXTS, draft.read(TEXTS) + "another_line: [Ещё]\n")
    studio.trained(edition_of(draft.work))
    found: Publication = studio.do(publisher.publish("anna", ANNA, "Новые слова"))
    return found


def test_where_two_are_required_a_publication_waits_for_somebody_else(strict: PublishingStudio) -> None:
    proposal = _propose(strict, strict.publisher)
    assert proposal.state == "proposed"
    assert "another_line" not in strict.published.read(TEXTS)
    with pytest.raises(NotPossible, match="другой человек"):
        strict.do(strict.publisher.approve(proposal.id, ANNA))
    strict.do(strict.publisher.refuse(proposal.id, BORIS, "Строку никто не говорит"))
    refused = strict.latest()
    assert (refused.state, refused.approver, refused.refusal) == ("refused", "boris", "Строку никто не говорит")
    again = strict.do(strict.publisher.publish("anna", ANNA, "Новые слова"))
    strict.do(strict.publisher.refuse(again.id, ANNA, ""))
    assert strict.latest().state == "taken_back"


def test_a_proposal_that_was_overtaken_is_not_published(strict: PublishingStudio) -> None:
    proposal = _propose(strict, strict.publisher)
    strict.published.write(TEXTS, strict.published.read(TEXTS) + "of_somebody_else: [Да]\n")
    with pytest.raises(NotPossible, match="опубликовали другое"):
        strict.do(strict.publisher.approve(proposal.id, BORIS))
    assert strict.latest().state == "proposed"
