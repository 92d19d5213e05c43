"""When an environment counts as ready, and what is said when it cannot be made."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from app.bootstrap import environments, runner
from app.bootstrap.environments import Environment
from app.bootstrap.steps import Steps
from app.paths import Layout
from app.problems import Problem

SMALL = Environment("small", "проверки", ((3, 11),), "small.txt", ("small.txt",), ("json",), 1.0)


@pytest.fixture
def made(checkout: Layout) -> Layout:
    """A checkout whose environment `small` is finished."""
    (checkout.requirements / "small.txt").write_text("x==1\n")
    python = checkout.python("small")
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    environments._write_stamp(checkout, SMALL)
    return checkout


def test_a_finished_environment_is_ready(made: Layout) -> None:
    assert environments.missing(made, SMALL) == ""


def test_changed_requirements_make_it_unready(made: Layout) -> None:
    (made.requirements / "small.txt").write_text("x==2\n")
    assert "изменился" in environments.missing(made, SMALL)


def test_an_interrupted_installation_has_no_stamp_and_is_unready(made: Layout) -> None:
    environments._stamp_file(made, SMALL).unlink()
    assert not environments.ready(made, SMALL)


def test_a_stamp_cut_in_half_is_unready(made: Layout) -> None:
    environments._stamp_file(made, SMALL).write_text('{"small.txt": "ab')
    assert not environments.ready(made, SMALL)


def test_a_python_that_is_gone_makes_it_damaged(made: Layout) -> None:
    made.python("small").unlink()
    assert environments.missing(made, SMALL) == "повреждено"


def test_a_missing_library_makes_it_damaged(made: Layout) -> None:
    lame = Environment(**{**SMALL.__dict__, "modules": ("no_such_module",)})
    assert environments.missing(made, lame) == "повреждено"


def test_the_testing_environment_covers_the_plain_one() -> None:
    assert environments.ASSISTANT.requirements in environments.TESTING.covers
    assert environments.ASSISTANT.name == environments.TESTING.name


def test_a_full_disk_is_told_before_anything_is_installed(made: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    made.python("small").unlink()
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(10, 9, 1))
    monkeypatch.setattr(environments.uv_tool, "ensure", lambda *_: Path("/nowhere/uv"))
    with pytest.raises(Problem, match="Мало места на диске: нужно 2 ГБ"):
        environments.ensure(made, SMALL, Steps())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["error: Request failed after 3 retries", "  Caused by: dns error: failed to lookup"], "Нет связи"),
        (["ERROR: No matching distribution found for uv==0.13.9"], "Нет связи"),
        (["error: write failed: No space left on device (os error 28)"], "кончилось место"),
        (["error: Hash mismatch for `rasa==3.6.21`"], "не совпал"),
        (["", "error: something new"], "something new"),
    ],
)
def test_an_installers_failure_is_told_in_one_line(said: list[str], told: str, tmp_path: Path) -> None:
    line = runner.explain(said, tmp_path / "setup.log")
    assert told in line
    assert "\n" not in line


def test_an_installers_output_is_kept_and_its_failure_raised(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "setup.log"
    with pytest.raises(Problem, match="беда"):
        runner.run([sys.executable, "-c", "print('беда'); raise SystemExit(1)"], log, {"PYTHONUTF8": "1"})
    assert "беда" in log.read_text("utf-8")


def test_pinned_requirements_name_no_host_and_hash_every_package() -> None:
    from app.paths import HERE

    for path in HERE.requirements.glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text
        assert text.count("==") <= text.count("--hash=sha256:")
    assert json.dumps(sorted(p.name for p in HERE.requirements.glob("*.txt")))
