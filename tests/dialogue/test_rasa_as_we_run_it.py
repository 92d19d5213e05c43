"""Rasa as we run it: another model is loaded while the present one answers, and its record cannot be read by others."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.rasa import RasaClient, RasaUnavailable
from tests.live import LiveStack, Talk


@pytest.fixture
def model(live: LiveStack, tmp_path: Path) -> str:
    """The running model under another name, so that one sees which is loaded."""
    arguments = live.stack.programs[1].command
    running = Path(arguments[arguments.index("--model") + 1])
    return str(shutil.copy(running.resolve(), tmp_path / "another.tar.gz"))


async def status(rasa: RasaClient) -> str:
    return str((await rasa._json("GET", "/status"))["model_file"])


async def test_turns_go_on_while_a_model_is_loaded_beside(
    live: LiveStack, talk: Callable[[], Talk], model: str
) -> None:
    rasa = RasaClient(live.stack.rasa_url)
    citizen = talk()
    first = await asyncio.to_thread(citizen.say, "сколько стоит загранпаспорт")
    loading = asyncio.create_task(rasa.load_beside(model))
    answers = []
    while not loading.done():
        answers.append(await asyncio.to_thread(talk().say, "сколько стоит загранпаспорт"))
    await loading
    assert answers
    assert set(answers) == {first}
    assert not (await status(rasa)).endswith("another.tar.gz")
    await rasa.exchange(model)
    assert (await status(rasa)).endswith("another.tar.gz")
    told = len(citizen.tracker()["events"])
    assert await asyncio.to_thread(citizen.say, "а для ребёнка")
    assert len(citizen.tracker()["events"]) > told
    await rasa.close()


async def test_a_model_that_was_not_loaded_beside_is_loaded_at_the_exchange(live: LiveStack, model: str) -> None:
    rasa = RasaClient(live.stack.rasa_url)
    await rasa.exchange(model)
    assert (await status(rasa)).endswith("another.tar.gz")
    await rasa.close()


@pytest.mark.parametrize("content", [None, b"", b"no model at all"])
async def test_what_is_no_model_is_refused_and_the_present_one_answers(
    live: LiveStack, talk: Callable[[], Talk], tmp_path: Path, content: bytes | None
) -> None:
    rasa = RasaClient(live.stack.rasa_url)
    before, wrong = await status(rasa), tmp_path / "wrong.tar.gz"
    if content is not None:
        wrong.write_bytes(content)
    with pytest.raises(RasaUnavailable):
        await rasa.load_beside(str(wrong))
    with pytest.raises(RasaUnavailable):
        await rasa.exchange(str(wrong))
    assert await status(rasa) == before
    assert await asyncio.to_thread(talk().say, "здравствуйте")
    await rasa.close()


def test_rasas_record_holds_nothing_that_was_said_in_the_clear(live: LiveStack, talk: Callable[[], Talk]) -> None:
    citizen = talk()
    citizen.say("здравствуйте, мой адрес zaporozhets@example.org")
    assert "zaporozhets" in str(citizen.tracker())
    kept = [path.read_bytes() for path in live.folder.glob("rasa.db*")]
    assert kept
    assert not any(b"zaporozhets" in part for part in kept)
