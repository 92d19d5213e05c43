"""Trial houses as they run in life: two robots that answer the same words, know nothing of the agency, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.bootstrap.steps import Steps
from app.paths import HERE
from app.settings import Settings
from app.studio import trial_pool
from app.studio.smoke import smoke_test
from app.studio.trial_plan import frozen, plan_trial
from app.studio.trial_reading import fired, rules_of, said_of
from app.studio.trials import Trials
from app.training.train import ensure_model
from bot.studio.conversations import EDITORS, Conversation, Step, with_saved
from bot.studio.drafts import Drafts
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from tests.projects import copy_of_project

real = pytest.mark.asyncio(loop_scope="module")
EDITOR = "editor-1"
WITHIN = 240.0
"""Seconds both houses may take to start on a busy machine."""


class Workshop:
    """Trials over a copy of the project, with a clock that can be moved."""

    def __init__(self, folder: Path) -> None:
        self._shift = timedelta()
        project = copy_of_project(folder / "project")
        settings = Settings(_env_file=None, project_dir=project, studio_dir=folder / "studio", persona="neutral")  # type: ignore[call-arg]
        self.folder, self.settings = folder, settings
        self.drafts = Drafts(folder / "studio" / "drafts", Project(project), self.clock)
        self.trials = Trials(settings, replace(HERE, elsewhere=project), self.clock, self.drafts, None)  # type: ignore[arg-type]

    def clock(self) -> datetime:
        return datetime.now(UTC) + self._shift

    def forward(self, **delta: float) -> None:
        self._shift += timedelta(**delta)

    async def until_up(self) -> dict[str, Any]:
        deadline = time.monotonic() + WITHIN
        while "starting" in ((state := await self.trials.state(EDITOR))["draft"], state["live"]):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        return state

    async def open(self, channel: str = "widget", segment: str = "") -> str:
        """A new talk of the editor, with both robots up."""
        trial = await self.trials.open(EDITOR, channel, segment)
        state = await self.until_up()
        assert (state["draft"], state["live"]) == ("up", "up"), state
        return trial

    async def until_checked(self) -> Any:
        deadline = time.monotonic() + WITHIN
        while (checked := self.trials.checked(EDITOR)).running:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        return checked


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def workshop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Workshop]:
    """A draft's house and the published one, up."""
    await asyncio.to_thread(ensure_model, HERE, Steps())
    made = Workshop(tmp_path_factory.mktemp("trials"))
    async with made.trials.running():
        await made.open()
        yield made
    assert list((made.folder / "studio" / "trials").glob("*")) == []


@real
async def test_both_robots_answer_the_same_words_alike(workshop: Workshop) -> None:
    trial = await workshop.open()
    for words in ("здравствуйте", "сколько стоит замена паспорта", "спасибо", "абракадабра бурум"):
        exchange = await workshop.trials.exchange(trial, words)
        assert exchange.said["draft"].replies == exchange.said["live"].replies, words
        assert exchange.said["draft"].intent == exchange.said["live"].intent


@real
async def test_a_turn_tells_how_it_came_about(workshop: Workshop) -> None:
    trial = await workshop.open()
    said = await workshop.trials.say(trial, "draft", "запишите меня на замену паспорта на ленина")
    assert (said.intent, said.actions, said.rules) == ("book_appointment", ["appointment_form"], ["записаться"])
    assert said.slots["service"] == "passport_replacement"
    assert said.ranking[0][0] == "book_appointment" and said.confidence > 0.5
    assert {e["entity"] for e in said.entities} >= {"service", "centre"}
    assert said.emotion == "neutral" and not said.failed and 0 < said.seconds < 30
    pressed = await workshop.trials.say(trial, "draft", said.buttons[0]["title"], said.buttons[0]["payload"])
    assert pressed.actions == ["appointment_form"] and "appointment_day" in pressed.slots
    assert workshop.trials.history(trial)[0].text.startswith("запишите")


@real
async def test_the_pretended_channel_holds(workshop: Workshop) -> None:
    """In Telegram no personal data are taken."""
    trial = await workshop.open("telegram", "pensioner")
    assert workshop.trials.manner(trial) == ("telegram", "pensioner")
    said = await workshop.trials.say(trial, "draft", "хочу заказать обратный звонок")
    assert said.rules == ["перезвоните", "звонок собран"] and "иностранный" in said.text


@real
async def test_an_edited_answer_is_tried_without_a_training(workshop: Workshop) -> None:
    draft = workshop.drafts.of(EDITOR)
    path = "bot/content/texts.yml"
    was = draft.read(path)
    draft.write(path, was.replace("stale_choice:", "stale_choice_old:\n- Так\nstale_choice:", 1))
    assert (await workshop.trials.state(EDITOR))["changed"]
    house = workshop.trials.houses.place(EDITOR).house  # type: ignore[union-attr]
    assert house is not None
    rasa = house.pids[1]
    trial = await workshop.trials.open(EDITOR)
    state = await workshop.until_up()
    assert (state["draft"], state["changed"]) == ("up", False)
    assert house.pids[1] == rasa, "only the assistant was started anew"
    assert (await workshop.trials.say(trial, "draft", "привет")).intent == "greet"
    draft.write(path, was)
    await workshop.open()


@real
async def test_the_published_edition_passes_the_smoke_test(workshop: Workshop) -> None:
    house = workshop.trials.houses.place("live").house  # type: ignore[union-attr]
    assert house is not None
    assert await smoke_test(house) == []
    assert (await house.parse("где моё заявление")).intent == "check_status"
    assert (await house.say("здравствуйте")).text


@real
async def test_conversations_are_played_and_a_failure_is_told(workshop: Workshop) -> None:
    draft = workshop.drafts.of(EDITOR)
    right = Conversation(
        "верная", EDITORS, (Step("Здравствуйте", "greet", (), ("робот-помощник",)), Step("спасибо", "thank"))
    )
    wrong = Conversation("неверная", EDITORS, (Step("Здравствуйте", "greet"), Step("спасибо", "goodbye")))
    button = Conversation("кнопка", EDITORS, (Step("Здравствуйте"), Step("> Такой кнопки нет")))
    text = ""
    for one in (right, wrong, button):
        text = with_saved(text, one)
    draft.write(EDITORS, text)
    names = [
        "верная",
        "неверная",
        "кнопка",
        "телеграм, вопрос посередине записи",
        "запись по шагам, от приветствия до номера",
    ]
    await workshop.trials.check(EDITOR, names)
    with pytest.raises(NotPossible):
        await workshop.trials.check(EDITOR)
    checked = await workshop.until_checked()
    assert (checked.done, checked.total, checked.why) == (5, 5, "")
    results = {name: result for name, (result, _) in checked.results.items()}
    assert {name for name, result in results.items() if result.passed} == {names[0], names[3], names[4]}
    assert results["неверная"].step == 2
    assert results["неверная"].expected == "желание «Попрощаться»"
    assert results["неверная"].got == "понял как «Сказать спасибо»"
    assert results["кнопка"].expected == "кнопка «Такой кнопки нет»"
    assert results["верная"].seen[0].intent == "greet"
    draft.work.remove(EDITORS)


@real
async def test_a_third_draft_waits_until_a_house_rests(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for one draft only, so that no further house has to be started."""
    await workshop.open()
    monkeypatch.setattr(trial_pool, "DRAFTS", 1)
    await workshop.trials.open("editor-2")
    state = await workshop.trials.state("editor-2")
    assert state["draft"] == "failed" and "двое коллег" in state["why"]
    assert (await workshop.trials.state(EDITOR))["draft"] == "up"


@real
async def test_an_untrained_draft_is_not_started(workshop: Workshop) -> None:
    draft = workshop.drafts.of("editor-3")
    draft.write("config.yml", draft.read("config.yml") + "\n# of nobody's model\n")
    trial = await workshop.trials.open("editor-3")
    state = await workshop.trials.state("editor-3")
    assert (state["draft"], state["live"]) == ("untrained", "up")
    exchange = await workshop.trials.exchange(trial, "привет")
    assert "live" in exchange.said and "Обучите" in exchange.refused["draft"]


@real
async def test_a_fallen_robot_is_told_and_started_again(workshop: Workshop) -> None:
    trial = await workshop.open()
    house = workshop.trials.houses.place(EDITOR).house  # type: ignore[union-attr]
    assert house is not None
    os.kill(house.pids[0], signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (await workshop.trials.state(EDITOR))["draft"] == "up":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    with pytest.raises(NotPossible, match="остановился"):
        await workshop.trials.say(trial, "draft", "привет")


@real
async def test_a_house_that_nobody_uses_is_stopped(workshop: Workshop) -> None:
    """The last test: no house is left after it."""
    await workshop.trials.open("editor-3")
    workshop.forward(minutes=14)
    await workshop.trials.houses.sweep()
    assert (await workshop.trials.state("editor-3"))["live"] == "up"
    workshop.forward(minutes=2)
    await workshop.trials.houses.sweep()
    assert (await workshop.trials.state("editor-3"))["live"] == "off"


SECRETS = {
    "TELEGRAM_TOKEN": "s3cret", "OTKLIK_TELEGRAM_TOKEN": "s3cret", "VK_TOKEN": "s3cret", "MAX_TOKEN": "s3cret",
    "EMAIL_PASSWORD": "s3cret", "OTKLIK_AMI_HOST": "s3cret", "OTKLIK_AMI_SECRET": "s3cret", "OTKLIK_AGENCY_TOKEN": "s3cret",
    "OTKLIK_APPOINTMENTS_URL": "http://s3cret", "OTKLIK_APPLICATIONS_URL": "http://s3cret", "OTKLIK_TICKETS_URL": "http://s3cret",
    "OTKLIK_CONSENTS_URL": "http://s3cret", "OTKLIK_PAYMENTS_URL": "http://s3cret", "OTKLIK_OIDC_ISSUER": "http://s3cret",
    "OTKLIK_SECRET_KEY": "s3cret", "OTKLIK_DATABASE_URL": "sqlite+aiosqlite:///s3cret", "OTKLIK_API_KEYS": "s3cret",
    "OTKLIK_RASA_URL": "http://s3cret", "OTKLIK_PUBLIC_URL": "https://s3cret", "HTTPS_PROXY": "http://s3cret",
    "OTKLIK_VOICE": "1", "OTKLIK_HOST": "0.0.0.0", "OTKLIK_RETENTION_DAYS": "9",
}  # fmt: skip


def test_a_trial_knows_no_channel_and_no_agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    around = Settings(_env_file=None, studio_dir=tmp_path)  # type: ignore[call-arg]
    edition = frozen(Project(HERE.root), tmp_path / "edition")
    stack = plan_trial(HERE, around, edition, tmp_path / "model.tar.gz", tmp_path / "house")
    assert len(stack.programs) == 2
    for program in stack.programs:
        assert not [name for name, value in program.environ.items() if "s3cret" in value]
        assert program.environ["OMP_NUM_THREADS"] == "1"
        assert program.command[3].endswith("train_limits.py")
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in stack.programs[0].environ.items():
        monkeypatch.setenv(name, value)
    inside = Settings(_env_file=None)  # type: ignore[call-arg]
    assert {inside.appointments_url, inside.applications_url, inside.consents_url, inside.tickets_url, inside.payments_url,
            inside.agency_token, inside.ami_host, inside.oidc_issuer, inside.public_url} == {""}  # fmt: skip
    assert (inside.demo, inside.voice, inside.host, inside.retention_days) == (True, False, "127.0.0.1", 0)
    assert inside.keys == {stack.key}
    places = (inside.project_dir, inside.studio_dir, inside.secret_key_file, inside.files_dir, inside.recordings_dir)
    assert all(path.is_relative_to(tmp_path) for path in (*places, inside.sqlite_file, Path(inside.rasa_db)) if path)
    assert stack.local.startswith("http://127.0.0.1:") and stack.rasa_url.startswith("http://127.0.0.1:")


ORPHANS = """
import asyncio, sys
from pathlib import Path
from app.paths import HERE
from app.settings import Settings
from app.studio.trial_house import TrialHouse
from bot.studio.project import Project

async def main():
    folder = Path(sys.argv[1])
    house = TrialHouse(HERE, Settings(_env_file=None, studio_dir=folder), folder / "house")
    starting = asyncio.create_task(house.start(Project(HERE.root), folder / "no-model.tar.gz"))
    while len(house.pids) < 2:
        await asyncio.sleep(0.02)
    print(*house.pids, flush=True)
    await starting

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel does not tell of a parent's death")
def test_a_killed_assistant_leaves_no_orphan(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-P", "-c", ORPHANS, str(tmp_path)], stdout=subprocess.PIPE, cwd=HERE.root,
        env=os.environ | {"PYTHONPATH": str(HERE.root)},
    )  # fmt: skip
    assert parent.stdout is not None
    with parent.stdout:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
    # The leash is put on within the first milliseconds of each process.
    deadline = time.monotonic() + 30
    while not all(_command(pid).startswith(("nice", "/")) and b"leash" not in _raw(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait(10)
    while any(_alive(pid) for pid in pids):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(pids) == 2


def _raw(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _command(pid: int) -> str:
    return _raw(pid).split(b"\0")[0].decode()


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


RULES = {
    "rules": [
        {"rule": "привет", "steps": [{"intent": "greet"}, {"action": "action_greet"}]},
        {"rule": "начало", "steps": [{"or": [{"intent": "book"}, {"intent": "visit"}]}, {"action": "form"}]},
        {
            "rule": "конец", "condition": [{"active_loop": "form"}],
            "steps": [{"action": "form"}, {"active_loop": None}, {"action": "action_done"}],
        },
        {"rule": "в форме", "condition": [{"active_loop": "form"}], "steps": [{"intent": "stop"}, {"action": "action_stop"}]},
        {"rule": "пустое"},
    ]
}  # fmt: skip


@pytest.mark.parametrize(
    ("intent", "actions", "loop", "expected"),
    [
        ("greet", ["action_greet"], "", ["привет"]),
        ("visit", ["form"], "", ["начало"]),
        ("inform", ["form", "action_done"], "form", ["конец"]),
        ("stop", ["action_stop"], "form", ["в форме"]),
        ("stop", ["action_stop"], "", []),
        ("greet", ["action_greet", "form"], "form", ["привет"]),
        ("inform", [], "", []),
    ],
)
def test_rules_follow_from_wish_actions_and_form(
    intent: str, actions: list[str], loop: str, expected: list[str]
) -> None:
    assert fired(rules_of(RULES), intent, actions, loop) == expected


def test_a_turn_that_needed_no_rasa_has_no_wish() -> None:
    events = [{"event": "user", "metadata": {"message": 1}, "parse_data": {"intent": {"name": "greet"}}}]
    said = said_of(events, 2, {"replies": [{"text": "Ок"}], "mode": "queued"}, 0.1, [])
    assert (said.intent, said.actions, said.mode, said.text) == ("", [], "queued", "Ок")


def test_an_apology_blames_the_last_action() -> None:
    events = [
        {"event": "user", "metadata": {"message": 1, "emotion": "anger"}, "parse_data": {"intent": {"name": "greet"}}},
        {"event": "action", "name": "action_greet"},
        {"event": "slot", "name": "offer", "value": "more"},
        {"event": "slot", "name": "requested_slot", "value": None},
        {"event": "user", "metadata": {"message": 2}},
        {"event": "action", "name": "action_later"},
    ]
    said = said_of(events, 1, {"replies": [], "sorry": True}, 0.1, [])
    assert (said.failed, said.slots, said.emotion) == (["action_greet"], {"offer": "more"}, "anger")
