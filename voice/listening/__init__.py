"""When the caller speaks, when she is done, and when she means to interrupt."""

from voice.listening.echo import EchoLimits
from voice.listening.events import (
    Interrupted,
    ListenEvent,
    NoInput,
    Paused,
    Resumed,
    SpeechStarted,
    TurnDropped,
    TurnEnded,
)
from voice.listening.gate import Sensitivity
from voice.listening.listener import Listener
from voice.listening.strategies import Endpoints, Interruption, Question, Strategies, Timeouts, endpoint_ms
from voice.listening.vad import Detector, Detectors, SpeechDetector

__all__ = [
    "Detector",
    "Detectors",
    "EchoLimits",
    "Endpoints",
    "Interrupted",
    "Interruption",
    "ListenEvent",
    "Listener",
    "NoInput",
    "Paused",
    "Question",
    "Resumed",
    "Sensitivity",
    "SpeechDetector",
    "SpeechStarted",
    "Strategies",
    "Timeouts",
    "TurnDropped",
    "TurnEnded",
    "endpoint_ms",
]
