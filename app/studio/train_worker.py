"""The process of one training: `python -m app.studio.train_worker` takes a request (JSON) on stdin and tells by lines of JSON.

Lines: {"stage", "part"} while it works, then {"result"} or {"failed": why in Russian}. It runs on a frozen copy of the draft.
Citizens' messages come with the request and go on by stdin: they are never written anywhere.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from app.bootstrap.steps import Steps
from app.paths import HERE, Layout
from app.problems import Problem
from app.studio.train_limits import give_way
from app.training.train import ensure_model, rasa_environment

DISK_FULL = "На диске кончилось место. Попросите техника освободить его и обучите ещё раз."
BROKEN = "Проверка фраз сломалась ({what}). Обучите ещё раз; если повторится, позовите техника."


def main() -> int:
    """Serve one request; the exit code."""
    give_way()
    # The leash sends this when the assistant is gone: nothing that was started here may outlive it.
    signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(json.loads(sys.stdin.buffer.read()), out)
    try:
        worker.tell(result=worker.run())
    except Problem as problem:
        worker.tell(failed=str(problem))
        return 1
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        worker.tell(failed=DISK_FULL)
        return 1
    return 0


class Worker:
    """One training.

    `request`: `draft` and `live` (folders), `live_model` (path or ""), `measured` (folds), `shelf` (folder of earlier evaluations),
    `texts`.
    """

    def __init__(self, request: dict[str, Any], out: IO[str], layout: Layout = HERE) -> None:
        self._asked, self._out = request, out
        self._draft, self._live = (Layout(layout.root, Path(request[name])) for name in ("draft", "live"))
        self._seconds: dict[str, float] = {}

    def tell(self, **fields: Any) -> None:
        """One line to the assistant."""
        print(json.dumps(fields, ensure_ascii=False), file=self._out, flush=True)

    def run(self) -> dict[str, Any]:
        """The whole training. Raises Problem with the reason, OSError."""
        with self._stage("train"), Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            model = ensure_model(self._draft, Steps(nowhere))
            # Whatever is used now is not old: others are dropped before it.
            os.utime(model.path)
        known, missing = self._known()
        answer = self._evaluate(model.path, missing)
        for name, figures in answer["evaluations"].items():
            self._keep(self._key(name), figures)
        return {
            "model": str(model.path),
            "name": model.fingerprint,
            "seconds": self._seconds,
            "evaluations": known | answer["evaluations"],
            "misread": answer["misread"],
            "messages": answer["messages"],
        }

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self.tell(stage=name, part=0.0)
        started = time.monotonic()
        yield
        self._seconds[name] = round(time.monotonic() - started, 1)

    def _known(self) -> tuple[dict[str, Any], dict[str, str]]:
        """Evaluations that an earlier training made of just these phrases, and folders of the editions to evaluate."""
        known, missing = {}, {}
        for name, layout in (("draft", self._draft), ("live", self._live)):
            try:
                known[name] = json.loads(self._shelf(self._key(name)).read_text("utf-8"))
            except (OSError, ValueError):
                missing[name] = str(layout.project)
        if len(missing) == 2 and self._key("draft") == self._key("live"):
            del missing["live"]
        return known, missing

    def _key(self, name: str) -> str:
        """Names the phrases of an edition and the code that reads them."""
        layout = self._draft if name == "draft" else self._live
        total = hashlib.sha256(str(self._asked["measured"]).encode())
        for folder, pattern in ((layout.project / "nlu" / "data", "*.yml"), (layout.root / "nlu", "*.py")):
            for path in sorted(folder.rglob(pattern)):
                data = path.read_bytes()
                total.update(f"{path.relative_to(folder)}\0{len(data)}\0".encode())
                total.update(data)
        return total.hexdigest()[:32]

    def _shelf(self, key: str) -> Path:
        return Path(self._asked["shelf"]) / f"{key}.json"

    def _keep(self, key: str, figures: dict[str, Any]) -> None:
        path = self._shelf(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(figures, ensure_ascii=False), "utf-8")
        fresh.replace(path)

    def _evaluate(self, model: Path, missing: dict[str, str]) -> dict[str, Any]:
        models = {"draft": [str(self._draft.project), str(model)]}
        if self._asked["live_model"]:
            models["live"] = [str(self._live.project), self._asked["live_model"]]
        request = {
            "store": str(self._draft.cache / "studio-phrases.npz"),
            "measured": self._asked["measured"],
            "evaluate": missing,
            "models": models,
            "misread": "draft",
            "texts": self._asked["texts"] if "live" in models else [],
        }
        command = [str(self._draft.python("dialogue")), "-m", "nlu.evaluation"]
        with subprocess.Popen(
            command, cwd=self._draft.root, env=rasa_environment(self._draft), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", errors="replace",
        ) as process:  # fmt: skip
            assert process.stdin is not None and process.stdout is not None and process.stderr is not None
            # What it complains of may cite a message: only the kind of the fault is taken from there.
            process.stdin.write(json.dumps(request))
            process.stdin.close()
            answer = self._listen(process.stdout)
            complaint = process.stderr.read().strip().splitlines()
        if answer is None:
            raise Problem(BROKEN.format(what=complaint[-1].partition(":")[0] if complaint else "без объяснений"))
        return answer

    def _listen(self, lines: IO[str]) -> dict[str, Any] | None:
        stage, started = "", time.monotonic()
        for line in lines:
            said = json.loads(line)
            if "result" in said:
                answer: dict[str, Any] = said["result"]
                self._seconds |= {stage: round(time.monotonic() - started, 1)} if stage else {}
                return answer
            if said["stage"] != stage:
                self._seconds |= {stage: round(time.monotonic() - started, 1)} if stage else {}
                stage, started = said["stage"], time.monotonic()
            self.tell(stage=stage, part=said["done"] / said["of"] if said["of"] else 0.0)
        return None


if __name__ == "__main__":
    sys.exit(main())
