"""Runs an installer with its output in a log, its last words beside the step, and its failure told in one line."""

import os
import subprocess
from pathlib import Path
from typing import List, Mapping, Optional, Sequence

from app.bootstrap.steps import Step
from app.problems import Problem

NO_NETWORK = (
    "dns error",
    "error sending request",
    "failed to fetch",
    "connection refused",
    "connection reset",
    "temporary failure in name resolution",
    "network is unreachable",
    "network connectivity is disabled",
    "operation timed out",
    "timed out",
    "newconnectionerror",
    "could not connect",
    "no matching distribution found",  # what pip says when it reaches no index
)
NO_SPACE = ("no space left on device", "os error 28", "disk quota exceeded")
BAD_HASH = ("hash mismatch", "do not match the hashes")


def run(command: Sequence[str], log: Path, environ: Mapping[str, str], step: Optional[Step] = None) -> List[str]:
    """Run `command`, its output appended to `log`; returns the output's lines. Raises Problem with what to do."""
    log.parent.mkdir(parents=True, exist_ok=True)
    lines: List[str] = []
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(command)}\n")
        try:
            process = subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise Problem(f"Не запускается {command[0]}: {error.strerror}.") from error
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                file.write(line)
                lines.append(line.rstrip())
                if step is not None and line.strip():
                    step.note = line.strip()
    if process.returncode != 0:
        raise Problem(explain(lines, log))
    return lines


def explain(lines: Sequence[str], log: Path) -> str:
    """Why an installer failed, from its own words."""
    said = "\n".join(lines).lower()
    if any(sign in said for sign in NO_SPACE):
        return "На диске кончилось место. Освободите 5 ГБ и запустите ту же команду: готовое не потеряется."
    if any(sign in said for sign in BAD_HASH):
        return f"Пакет не совпал с закреплённой суммой, он не поставлен. Какой — в {_shown(log)}."
    if any(sign in said for sign in NO_NETWORK):
        return (
            "Нет связи с хранилищем пакетов. Проверьте интернет или прокси (HTTPS_PROXY, UV_DEFAULT_INDEX) "
            "и запустите ту же команду: скачанное не потеряется."
        )
    last = next((line for line in reversed(lines) if line.strip()), "без объяснений")
    return f"Установка не удалась: {last.strip()[:200]} (подробнее: {_shown(log)})."


def _shown(path: Path) -> str:
    try:
        return os.path.relpath(str(path))
    except ValueError:
        return str(path)
