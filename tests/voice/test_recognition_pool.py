"""Who hears first when there are more utterances than cores, with real threads held by events."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from voice.recognition.base import Busy
from voice.recognition.pool import Pool, Urgency


class Bench:
    """A pool of one worker, which is held until `let_go`; notes what was done in which order."""

    def __init__(self, waiting: int = 2) -> None:
        self.pool = Pool(1, waiting)
        self.done: list[str] = []
        self._gate = threading.Event()
        self.begun = threading.Event()

    def _hold(self) -> None:
        self.begun.set()
        self._gate.wait(10)

    async def hold(self) -> asyncio.Task[object]:
        """Fill the worker."""
        task: asyncio.Task[object] = asyncio.create_task(self.pool.run(self._hold))
        await asyncio.to_thread(self.begun.wait, 10)
        return task

    def let_go(self) -> None:
        self._gate.set()

    async def ask(self, name: str, urgency: Urgency = Urgency.CALL) -> asyncio.Task[object]:
        """Something that waits behind the held worker."""
        task: asyncio.Task[object] = asyncio.create_task(self.pool.run(lambda: self.done.append(name), urgency))
        await asyncio.sleep(0)
        return task


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    bench = Bench()
    yield bench
    bench.let_go()
    await bench.pool.close()


async def test_result_and_waiting_time_come_back() -> None:
    times = iter([1.0, 1.25])
    pool = Pool(1, clock=lambda: next(times))
    done = await pool.run(lambda: 7)
    assert (done.result, done.waited_ms) == (7, 250.0)
    await pool.close()


async def test_what_the_work_raises_is_raised_and_the_worker_is_free_again() -> None:
    pool = Pool(1, 0)
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 // 0)
    assert (await pool.run(lambda: 1)).result == 1
    await pool.close()


async def test_calls_go_before_guesses_and_guesses_before_messages(bench: Bench) -> None:
    await bench.hold()
    tasks = [
        await bench.ask("message", Urgency.MESSAGE),
        await bench.ask("guess", Urgency.GUESS),
        await bench.ask("call"),
    ]
    bench.let_go()
    await asyncio.gather(*tasks)
    assert bench.done == ["call", "guess", "message"]


async def test_above_the_room_it_is_busy_but_a_message_may_wait(bench: Bench) -> None:
    await bench.hold()
    tasks = [await bench.ask("one"), await bench.ask("two")]
    with pytest.raises(Busy):
        await bench.pool.run(lambda: None)
    with pytest.raises(Busy):
        await bench.pool.run(lambda: None, Urgency.GUESS)
    tasks.append(await bench.ask("message", Urgency.MESSAGE))
    bench.let_go()
    await asyncio.gather(*tasks)
    assert bench.done == ["one", "two", "message"]


async def test_a_guess_gives_up_its_place_to_a_call(bench: Bench) -> None:
    await bench.hold()
    early, late = await bench.ask("early", Urgency.GUESS), await bench.ask("late", Urgency.GUESS)
    call = await bench.ask("call")
    with pytest.raises(Busy):
        await late
    bench.let_go()
    await asyncio.gather(early, call)
    assert bench.done == ["call", "early"]


async def test_cancelled_while_it_waits_it_is_never_begun(bench: Bench) -> None:
    held = await bench.hold()
    guess, call = await bench.ask("guess", Urgency.GUESS), await bench.ask("call")
    guess.cancel()
    with pytest.raises(asyncio.CancelledError):
        await guess
    bench.let_go()
    await asyncio.gather(held, call)
    assert bench.done == ["call"]
    assert (await bench.pool.run(lambda: 1)).waited_ms >= 0


async def test_cancelled_while_it_runs_its_worker_stays_taken_until_it_is_done(bench: Bench) -> None:
    held = await bench.hold()
    held.cancel()
    with pytest.raises(asyncio.CancelledError):
        await held
    call = await bench.ask("call")
    assert not bench.done
    bench.let_go()
    await call
    assert bench.done == ["call"]


async def test_many_cancelled_at_any_moment_lose_no_worker() -> None:
    pool = Pool(2, 1000)
    tasks = [asyncio.create_task(pool.run(lambda: None)) for _ in range(200)]
    for at, task in enumerate(tasks):
        if at % 3 == 0:
            task.cancel()
        if at % 7 == 0:
            await asyncio.sleep(0)
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) or not isinstance(one, BaseException) for one in ended)
    gate = threading.Barrier(2)
    await asyncio.wait_for(asyncio.gather(*(pool.run(lambda: gate.wait(5)) for _ in range(2))), 30)
    await pool.close()


async def test_closing_refuses_what_waits_and_what_comes(bench: Bench) -> None:
    held = await bench.hold()
    waits = await bench.ask("waits")
    closing = asyncio.create_task(bench.pool.close())
    with pytest.raises(Busy):
        await waits
    bench.let_go()
    await asyncio.gather(held, closing)
    with pytest.raises(Busy):
        await bench.pool.run(lambda: None)
