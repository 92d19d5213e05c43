"""Looks at how loud sound is: cuts long sound where the speaker pauses, and tells how far speech stands out of the noise."""

from __future__ import annotations

import numpy as np

from voice.recognition.media import WIDE, Samples

_STEP = WIDE // 50  # 20 ms
_PAUSE = 15  # steps over which quiet is looked for: a pause between words


def cut(sound: Samples, longest_s: float) -> list[Samples]:
    """Pieces of sound (16 kHz) of at most `longest_s` seconds, about equally long, cut in the quietest place near their end."""
    pieces: list[Samples] = []
    longest = int(longest_s * WIDE)
    while len(sound) > longest:
        left = -(-len(sound) // longest)
        # Equal parts rather than a full one and a crumb; the pause is looked for in the last 40 % of what is allowed.
        at = _quietest(sound, max(longest * 6 // 10, min(len(sound) // left, longest) * 8 // 10), longest)
        pieces.append(sound[:at])
        sound = sound[at:]
    return [*pieces, sound]


def _quietest(sound: Samples, first: int, last: int) -> int:
    count = (last - first) // _STEP
    levels = np.square(sound[first : first + count * _STEP]).reshape(count, _STEP).mean(axis=1)
    smooth = np.convolve(levels, np.ones(_PAUSE), mode="valid")
    return first + int(smooth.argmin() + _PAUSE // 2) * _STEP


def clearness(sound: Samples) -> float:
    """How many decibels the loud tenth of a sound lies above its quiet tenth; 0 for silence and for even noise."""
    count = len(sound) // _STEP
    if not count:
        return 0.0
    levels = np.sort(np.square(sound[: count * _STEP]).reshape(count, _STEP).mean(axis=1)) + 1e-10
    tenth = max(1, count // 10)
    return float(10 * np.log10(levels[-tenth:].mean() / levels[:tenth].mean()))
