"""Figures of the telephone for /metrics, and the stages of one answer in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass

from prometheus_client import Counter, Gauge, Histogram

CALLS = Gauge("otklik_voice_calls", "Calls the robot is talking on now")
CALLS_ENDED = Counter("otklik_voice_calls_ended_total", "Calls by how they ended for the robot", ["end"])
STAGE_SECONDS = Histogram(
    "otklik_voice_stage_seconds", "Stages of an answer, and `total`: from the end of speech to the first sound", ["stage"],
    buckets=(0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.75, 0.9, 1.2, 1.5, 2, 3, 5, 10),
)  # fmt: skip
ASR_CONFIDENCE = Histogram(
    "otklik_voice_asr_confidence", "How sure the recogniser was of an utterance",
    buckets=(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0),
)  # fmt: skip
BARGE_INS = Counter("otklik_voice_barge_ins_total", "The caller interrupted the robot", ["followed"])
"""`followed`: `words`, `keys`, or `nothing` when the robot went on."""
NO_MATCH = Counter("otklik_voice_no_match_total", "Utterances without usable words", ["why"])
NO_INPUT = Counter("otklik_voice_no_input_total", "Silences after a question")
KEYS = Counter("otklik_voice_keys_total", "Answers given by key", ["kind"])
STOP_SECONDS = Histogram(
    "otklik_voice_stop_seconds", "From the decision to fall silent to the last frame of speech sent",
    buckets=(0.005, 0.01, 0.02, 0.04, 0.06, 0.1, 0.2),
)  # fmt: skip


@dataclass(frozen=True)
class Stages:
    """One answer, in milliseconds from the moment the caller stopped speaking."""

    endpoint_ms: float
    """Until the turn counted as ended."""
    asr_ms: float
    """How much longer the words took; 0 when they were known by then."""
    dialogue_ms: float
    """Turn, Rasa, actions."""
    speech_ms: float
    """Until the first sentence was made and its first frame sent."""

    @property
    def total_ms(self) -> float:
        """End of speech to first sound."""
        return self.endpoint_ms + self.asr_ms + self.dialogue_ms + self.speech_ms

    def observe(self) -> None:
        """Count it in the metrics."""
        for stage in ("endpoint", "asr", "dialogue", "speech", "total"):
            STAGE_SECONDS.labels(stage).observe(max(0.0, float(getattr(self, f"{stage}_ms"))) / 1000)

    def facts(self) -> dict[str, int]:
        """For an event."""
        return {name: round(getattr(self, name)) for name in
                ("endpoint_ms", "asr_ms", "dialogue_ms", "speech_ms", "total_ms")}  # fmt: skip
