"""The gate between turns and a change of the robot: a change never meets a turn, and holds nobody for long."""

from __future__ import annotations

import asyncio

from bot.gate import Gate


async def test_a_change_waits_for_the_turns_inside() -> None:
    gate, order = Gate(), []
    let_go = asyncio.Event()

    async def turn() -> None:
        async with gate.turn():
            order.append("turn begins")
            await let_go.wait()
            order.append("turn ends")

    async def change() -> None:
        async with gate.change(30) as late:
            order.append(f"change with {late} inside")

    running = asyncio.create_task(turn())
    await asyncio.sleep(0)
    changing = asyncio.create_task(change())
    await asyncio.sleep(0)
    let_go.set()
    await asyncio.gather(running, changing)
    assert order == ["turn begins", "turn ends", "change with 0 inside"]


async def test_turns_that_come_during_a_change_wait_for_its_end() -> None:
    gate, order = Gate(), []
    let_go = asyncio.Event()

    async def change() -> None:
        async with gate.change(30):
            order.append("change begins")
            await let_go.wait()
            order.append("change ends")

    async def turn() -> None:
        async with gate.turn():
            order.append("turn")

    changing = asyncio.create_task(change())
    await asyncio.sleep(0)
    turns = [asyncio.create_task(turn()) for _ in range(3)]
    await asyncio.sleep(0)
    let_go.set()
    await asyncio.gather(changing, *turns)
    assert order == ["change begins", "change ends", "turn", "turn", "turn"]


async def test_a_turn_that_does_not_end_does_not_hold_up_the_change_for_ever() -> None:
    gate = Gate()
    stuck = asyncio.Event()

    async def turn() -> None:
        async with gate.turn():
            await stuck.wait()

    running = asyncio.create_task(turn())
    await asyncio.sleep(0)
    async with gate.change(0.01) as late:
        assert late == 1
    stuck.set()
    await running


async def test_a_turn_or_a_change_that_fails_leaves_the_gate_open() -> None:
    gate = Gate()
    for _ in range(2):
        try:
            async with gate.turn():
                raise RuntimeError
        except RuntimeError:
            pass
        try:
            async with gate.change(1):
                raise RuntimeError
        except RuntimeError:
            pass
    async with asyncio.timeout(5), gate.turn():
        pass
    async with asyncio.timeout(5), gate.change(5) as late:
        assert late == 0


async def test_two_changes_come_one_after_the_other() -> None:
    gate, inside = Gate(), 0

    async def change() -> None:
        nonlocal inside
        async with gate.change(1):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(change() for _ in range(5)))
