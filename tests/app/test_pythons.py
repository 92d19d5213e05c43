"""Finding Pythons: shims that do not run, wrong versions, pyenv's versions behind a broken shim."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.bootstrap import pythons


def fake(path: Path, body: str) -> Path:
    """An executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def _only_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pythons, "_USUAL", ())


def test_a_broken_shim_is_passed_over_for_the_next_folder_of_the_path(tmp_path: Path) -> None:
    fake(tmp_path / "shims" / "python3.10", "echo 'pyenv: python3.10: command not found' >&2; exit 127")
    fake(tmp_path / "bin" / "python3.10", "echo 3.10.9")
    found = pythons.find([(3, 10)], {"PATH": f"{tmp_path / 'shims'}:{tmp_path / 'bin'}"})
    assert found == pythons.Python(str(tmp_path / "bin" / "python3.10"), (3, 10, 9))


def test_pyenvs_newest_version_is_found_behind_a_broken_shim(tmp_path: Path) -> None:
    fake(tmp_path / "shims" / "python3.10", "exit 127")
    for version in ("3.10.9", "3.10.13"):
        fake(tmp_path / "versions" / version / "bin" / "python", f"echo {version}")
    found = pythons.find([(3, 10)], {"PATH": str(tmp_path / "shims"), "PYENV_ROOT": str(tmp_path)})
    assert found is not None
    assert found.shown == "3.10.13"


def test_pyenv_is_looked_for_in_the_home_folder(tmp_path: Path) -> None:
    fake(tmp_path / ".pyenv" / "versions" / "3.10.4" / "bin" / "python", "echo 3.10.4")
    assert pythons.find([(3, 10)], {"HOME": str(tmp_path)}) is not None


def test_a_python_that_lies_about_its_version_is_not_taken(tmp_path: Path) -> None:
    fake(tmp_path / "python3.10", "echo 3.12.1")
    assert pythons.find([(3, 10)], {"PATH": str(tmp_path)}) is None


def test_an_interpreter_that_lacks_a_library_is_not_taken(tmp_path: Path) -> None:
    fake(tmp_path / "python3.10", "echo 'ImportError: libssl.so.1.1' >&2; exit 1")
    assert pythons.find([(3, 10)], {"PATH": str(tmp_path)}) is None


def test_a_file_that_is_no_program_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "python3.10").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "python3.10").chmod(0o755)
    assert pythons.find([(3, 10)], {"PATH": str(tmp_path)}) is None


def test_this_interpreter_is_the_first_candidate_of_its_own_version() -> None:
    assert next(pythons.candidates(sys.version_info[:2], {})) == sys.executable
