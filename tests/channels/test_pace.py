"""Pacing: bursts pass, floods wait, and a dead server is asked by one caller at a time."""

from __future__ import annotations

from channels.pace import PROBE, Bucket, Circuit, backoff


class Clock:
    """Time that stands still until it is moved, in seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_the_rate_counts() -> None:
    clock = Clock()
    bucket = Bucket(rate=2, burst=3, clock=clock)
    assert [round(bucket.take(), 3) for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]
    clock.now += 1.5
    assert round(bucket.take(), 3) == 0.5
    clock.now += 60
    assert bucket.left() == 3


def test_backoff_doubles_is_spread_and_has_an_end() -> None:
    for tries, most in ((1, 0.5), (2, 1.0), (3, 2.0), (50, 60.0)):
        waits = [backoff(tries) for _ in range(50)]
        assert most / 2 <= min(waits) and max(waits) <= most
        assert len(set(waits)) > 10


def test_a_circuit_opens_after_failures_in_a_row_only() -> None:
    circuit = Circuit(Clock(), threshold=3)
    for _ in range(2):
        circuit.failed()
    circuit.worked()
    circuit.failed()
    assert not circuit.open and circuit.wait() == 0
    circuit.failed()
    circuit.failed()
    assert circuit.open and circuit.wait() > 0


def test_one_caller_finds_out_whether_the_server_is_back() -> None:
    clock = Clock()
    circuit = Circuit(clock, threshold=1)
    circuit.failed()
    clock.now += 2
    assert circuit.wait() == 0
    assert circuit.wait() > 0, "a second caller waits for the first one's answer"
    circuit.failed()
    assert circuit.wait() > 0
    clock.now += 3
    assert circuit.wait() == 0
    clock.now += PROBE
    assert circuit.wait() == 0, "a caller that never came back leaves the question to the next one"
    circuit.worked()
    assert not circuit.open and circuit.wait() == 0


def test_whoever_only_asks_takes_nothing_when_there_is_nothing() -> None:
    clock = Clock()
    bucket = Bucket(rate=2, burst=1, clock=clock)
    assert [bucket.ask(), bucket.ask(), bucket.ask()] == [0, 0.5, 0.5]
    clock.now += 0.5
    assert bucket.ask() == 0
