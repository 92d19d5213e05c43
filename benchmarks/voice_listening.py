"""How well turns are taken: false and late interruptions, turns split in the middle, and how late their end is noticed.

Needs Debian's asterisk-core-sounds-ru-wav; Festival's sentences are added where festvox-ru is installed. Probabilities and the
detector's delays were set on one half of the recordings, the figures are of the other (`--tuning` shows the first). The levels
against far voices were set while looking at the noises made here and at recordings of both halves: those figures
(`babble_…`) are no held-out ones.

Usage: .otklik/venvs/assistant/bin/python -m benchmarks.voice_listening [--json] [--quick] [--tuning]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.voice_listening_sounds import (
    NOISES,
    Sound,
    Spoken,
    festival,
    halves,
    mixed,
    noise,
    pcm,
    prompts,
    scaled,
)
from voice.audio import FRAME_MS, frames
from voice.listening import (
    Interrupted,
    Listener,
    ListenEvent,
    Paused,
    SpeechDetector,
    SpeechStarted,
    Strategies,
    TurnEnded,
)

BEFORE_MS = 1000.0
"""Silence before a recording."""
LATE_MS = 500
"""An interruption decided later than this after the first sound is late."""
LEVELS = {"clean": None, "20db": 20.0, "10db": 10.0}
NOISE_DBFS = {"white": -30.0, "hum": -25.0, "street": -25.0, "music": -25.0, "keys": -15.0}
ECHO_DB = (20.0, 25.0, 30.0)
QUESTIONS = {
    "yes_no": (None, True),
    "plain": (None, False),
    "digits": ("case_number", False),
    "story": ("problem_text", False),
}


@dataclass
class Call:
    """A listener over one detector that all calls share, one after the other."""

    detector: SpeechDetector = field(default_factory=SpeechDetector)
    strategies: Strategies = field(default_factory=Strategies)
    frames: int = 0
    seconds: float = 0.0

    def hear(
        self,
        sound: Sound,
        *,
        robot: bool,
        robot_says: Sound | None = None,
        question: tuple[str | None, bool] = (None, False),
    ) -> list[ListenEvent]:
        """All that happens in a new call that holds this sound; the robot speaks all the time, or never."""
        self.detector.reset()
        listener = Listener(self.detector, self.strategies)
        listener.set_question(*question)
        heard = frames(pcm(sound))
        sent = frames(pcm(robot_says)) if robot_says is not None else []
        events: list[ListenEvent] = []
        began = time.perf_counter()
        for at, frame in enumerate(heard):
            events += listener.feed(frame, robot, sent[at] if at < len(sent) else None)
        self.seconds, self.frames = self.seconds + time.perf_counter() - began, self.frames + len(heard)
        return events


def false_interruptions(call: Call, recordings: Sequence[Spoken], minutes: float = 2.0) -> dict[str, float]:
    """Interruptions a minute while nobody means to interrupt.

    `babble_…`: five voices at once, so quiet as not to be meant for us, or 25 dB below a caller who has spoken before;
    `echo_…`: the robot's own words come back so much weaker after 60 ms.
    """
    rates = {}
    for seed, kind in enumerate(NOISES):
        if kind in NOISE_DBFS:
            rates[kind] = _rate(call.hear(noise(kind, minutes * 60, NOISE_DBFS[kind], seed), robot=True), minutes)
    rates["babble_quiet"] = _rate(call.hear(noise("babble", minutes * 60, -50.0, 7), robot=True), minutes)
    caller = scaled(recordings[0].sound, -20.0)
    first = len(frames(pcm(caller))) * FRAME_MS
    after = call.hear(np.concatenate([caller, noise("babble", minutes * 60, -45.0, 7)]), robot=True)
    rates["babble_25db_below_caller"] = _rate([e for e in after if _at(e) > first + 1000], minutes)
    says = np.concatenate([one.sound for one in recordings])[: int(minutes * 60 * 8000)]
    for loss in ECHO_DB:
        echo = np.concatenate([np.zeros(8000 * 60 // 1000), says])[: len(says)] * 10 ** (-loss / 20)
        rates[f"echo_{loss:.0f}db"] = _rate(call.hear(echo, robot=True, robot_says=says), minutes)
    return {name: round(rate, 2) for name, rate in rates.items()}


def interruptions(call: Call, recordings: Sequence[Spoken], snr_db: float | None) -> dict[str, float]:
    """How an interruption is noticed: milliseconds from the first sound to the decision, and how many never or late."""
    delays, missed = [], 0
    for seed, one in enumerate(recordings):
        events = call.hear(mixed(one, snr_db, seed), robot=True)
        decided = [e.at_ms for e in events if isinstance(e, Interrupted)]
        if decided:
            delays.append(decided[0] - BEFORE_MS - one.spans[0][0])
        else:
            missed += 1
    return {
        "spoken": len(recordings),
        "missed": missed,
        "late": sum(delay > LATE_MS for delay in delays),
        "decision_ms_p50": _percentile(delays, 50),
        "decision_ms_p95": _percentile(delays, 95),
    }


def endpoints(call: Call, recordings: Sequence[Spoken], snr_db: float | None, kind: str) -> dict[str, float]:
    """How the end of a turn is noticed.

    `split_wrong`: turns ended although she was silent for less than the endpoint; `split_at_pause`: she was silent longer;
    `delay_ms`: from her last sound to the end of the turn; `missed`: no end at all; `ended_at_off_ms_p95`: how far
    `ended_at_ms` lies from the truth; `lost_start`: turns that began later than the sound did.
    """
    wrong = at_pause = missed = lost = pauses = 0
    delays, off = [], []
    wait = Call().strategies.endpoints
    endpoint = {"yes_no": wait.yes_no_ms, "plain": wait.plain_ms, "digits": wait.digits_ms, "story": wait.story_ms}[
        kind
    ]
    for seed, one in enumerate(recordings):
        events = call.hear(mixed(one, snr_db, seed), robot=False, question=QUESTIONS[kind])
        spans = [(start + BEFORE_MS, end + BEFORE_MS) for start, end in one.spans]
        ends = [e for e in events if isinstance(e, TurnEnded)]
        pauses += sum(isinstance(e, Paused) for e in events)
        last = spans[-1][1]
        for end in ends:
            if end.at_ms < last and end.reason == "pause":
                gap = next((b[0] - a[1] for a, b in pairwise(spans) if b[0] >= end.at_ms - 20), 0)
                wrong, at_pause = wrong + (gap < endpoint), at_pause + (gap >= endpoint)
        final = [e for e in ends if e.at_ms >= last]
        if final:
            delays.append(final[0].at_ms - last)
            off.append(abs(final[0].ended_at_ms - last))
        missed += not final
        started = next((e for e in events if isinstance(e, SpeechStarted)), None)
        lost += started is None or started.at_ms - 300 - FRAME_MS > spans[0][0]
    return {
        "spoken": len(recordings),
        "split_wrong": wrong,
        "split_at_pause": at_pause,
        "missed": missed,
        "lost_start": lost,
        "delay_ms_p50": _percentile(delays, 50),
        "delay_ms_p95": _percentile(delays, 95),
        "ended_at_off_ms_p95": _percentile(off, 95),
        "speculations_a_turn": round(pauses / max(1, len(recordings) + wrong + at_pause), 2),
    }


def cost() -> dict[str, float]:
    """What a call's detector costs: milliseconds to load, megabytes, milliseconds a frame with the whole listener."""
    before, began = _resident_mb(), time.perf_counter()
    kept = [SpeechDetector() for _ in range(5)]
    load = (time.perf_counter() - began) / len(kept)
    size = (_resident_mb() - before) / len(kept)
    call = Call(kept[0])
    call.hear(noise("street", 20, -30.0, 1), robot=False)
    return {
        "load_ms": round(load * 1000),
        "detector_mb": round(size, 1),
        "frame_ms": round(call.seconds / call.frames * 1000, 3),
    }


def measure(*, quick: bool = False, tuning: bool = False) -> dict[str, Any]:
    """All figures. Raises FileNotFoundError where there are no recordings of people."""
    if not prompts():
        raise FileNotFoundError("нет записей человека: установите пакет asterisk-core-sounds-ru-wav")
    tune, report = halves(prompts())
    people = [one for one in (tune if tuning else report) if one.speech_ms >= 500]
    sentences = [one for one in people if one.seconds > 4]
    few = people[:20] if quick else people[:120]
    call = Call()
    result: dict[str, Any] = {"cost": cost(), "half": "tuning" if tuning else "report"}
    result["false_interruptions_a_minute"] = false_interruptions(call, sentences, 0.5 if quick else 2.0)
    result["interruptions"] = {name: interruptions(call, few, snr) for name, snr in LEVELS.items()}
    result["endpoints"] = {
        kind: {name: endpoints(call, sentences[: 8 if quick else None], snr, kind) for name, snr in LEVELS.items()}
        for kind in (("plain",) if quick else QUESTIONS)
    }
    result["short_turns"] = {name: endpoints(call, few, snr, "plain") for name, snr in LEVELS.items()}
    if festival():
        result["festival"] = {
            "interruptions": {name: interruptions(call, festival(), snr) for name, snr in LEVELS.items()},
            "endpoints": {name: endpoints(call, festival(), snr, "plain") for name, snr in LEVELS.items()},
        }
    return result


def _rate(events: Iterable[ListenEvent], minutes: float) -> float:
    return sum(isinstance(event, Interrupted) for event in events) / minutes


def _at(event: ListenEvent) -> float:
    return event.at_ms


def _percentile(values: Sequence[float], percent: float) -> float:
    return round(float(np.percentile(values, percent))) if values else -1.0


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * 4096 / 2**20


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="одна строка JSON")
    parser.add_argument("--quick", action="store_true", help="мало записей")
    parser.add_argument("--tuning", action="store_true", help="та половина записей, на которой настроены пороги")
    options = parser.parse_args()
    figures = measure(quick=options.quick, tuning=options.tuning)
    print(json.dumps(figures, ensure_ascii=False, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
