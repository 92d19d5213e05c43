"""The Asterisk Manager Interface: asks the PBX to ring somebody up, to hang up, to pass a caller on, and how long its queues are.

Our own, because panoramisk's last release (1.4, 2021) uses what Python 3.11 has removed and forgets answers it awaits when the
connection breaks.
"""

from voice.ami.client import AmiClient, AmiSettings
from voice.ami.interface import AmiAway, AmiError, AmiRefused, ChannelNow, OriginateOutcome, QueueCaller, QueueStatus

__all__ = [
    "AmiAway", "AmiClient", "AmiError", "AmiRefused", "AmiSettings", "ChannelNow", "OriginateOutcome", "QueueCaller", "QueueStatus",
]  # fmt: skip
