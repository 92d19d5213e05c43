"""Published models on their shelf: kept, pointed to, and never the live one thrown away."""

from __future__ import annotations

import os
from pathlib import Path

from app.studio.shelf import KEEP, Shelf


def _model(folder: Path, name: str) -> Path:
    path = folder / f"{name}.tar.gz"
    path.write_bytes(name.encode())
    return path


def test_a_model_outlives_the_folder_of_trainings(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    made = _model(tmp_path, "first")
    kept = shelf.put(made)
    made.unlink()
    assert kept.read_bytes() == b"first"
    assert shelf.find("first") == kept
    assert shelf.find("other") is None
    assert shelf.find("") is None


def test_the_link_always_names_a_whole_model(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    assert shelf.current == ""
    for name in ("first", "second", "first"):
        link = shelf.point(shelf.put(_model(tmp_path, name)))
        assert link.read_bytes() == name.encode()
        assert shelf.current == name


def test_the_oldest_go_but_never_the_live_one(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    live = shelf.put(_model(tmp_path, "live"))
    shelf.point(live)
    os.utime(live, (1, 1))
    for number in range(KEEP + 3):
        kept = shelf.put(_model(tmp_path, f"model{number}"))
        os.utime(kept, (100 + number, 100 + number))
    shelf.put(_model(tmp_path, "newest"))
    assert shelf.find("live") == live
    assert shelf.find("model0") is None
    assert shelf.find(f"model{KEEP + 2}") is not None
    assert shelf.find("newest") is not None


def test_the_same_model_is_kept_once(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "shelf")
    assert shelf.put(_model(tmp_path, "same")) == shelf.put(_model(tmp_path, "same"))
    assert [path.name for path in (tmp_path / "shelf").iterdir()] == ["same.tar.gz"]
