"""Keeps a pinned uv in a private place, and tells it where this machine's pip finds packages."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, Mapping

from app.bootstrap import pythons, runner
from app.bootstrap.steps import Steps
from app.paths import Layout
from app.problems import Problem

_LEAKS = ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "UV_PYTHON", "UV_SYSTEM_PYTHON")


def pinned_version(layout: Layout) -> str:
    """The version in requirements/uv.txt."""
    found = re.search(r"^uv==([0-9.]+)", (layout.requirements / "uv.txt").read_text("utf-8"), re.M)
    if not found:
        raise Problem("В requirements/uv.txt нет версии uv: верните файл из git.")
    return found.group(1)


def ensure(layout: Layout, steps: Steps) -> Path:
    """Path of the pinned uv; installed first when it is missing, of another version, or broken."""
    folder, version = layout.state / "uv", pinned_version(layout)
    binary = folder / "bin" / "uv"
    if _version(binary) == version:
        return binary
    with steps.step(f"Ставлю установщик пакетов uv {version}") as step:
        log = layout.logs / "setup.log"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            runner.run([sys.executable, "-m", "venv", str(folder)], log, _clean(os.environ), step)
        except Problem as problem:
            shutil.rmtree(folder, ignore_errors=True)
            raise Problem(
                f"Python {sys.executable} не создаёт окружения. В Debian и Ubuntu поможет apt-get install python3-venv."
            ) from problem
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
        requirements = str(layout.requirements / "uv.txt")
        runner.run([*pip, "--no-deps", "--require-hashes", "-r", requirements], log, _clean(os.environ), step)
    return binary


def environment(layout: Layout, environ: Mapping[str, str]) -> Dict[str, str]:
    """Variables for uv, which reads neither pip.conf nor PIP_*: this machine's index and certificates, if it has own ones."""
    result = _clean(environ)
    result["UV_PYTHON_INSTALL_DIR"] = str(layout.state / "python")
    result["UV_NO_PROGRESS"] = "1"
    result["UV_NO_CONFIG"] = "1" if "UV_CONFIG_FILE" not in environ else "0"
    said = _pip_config(layout)
    index = said.get("index-url")
    if index and not any(name in environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX")):
        result["UV_DEFAULT_INDEX"] = index
    if said.get("cert") and "SSL_CERT_FILE" not in environ:
        result["SSL_CERT_FILE"] = said["cert"]
    if said.get("proxy") and not any(name in environ for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")):
        result["HTTPS_PROXY"] = said["proxy"]
    return result


def python_by_uv(layout: Layout, uv: Path, minor: pythons.Minor, steps: Steps) -> pythons.Python:
    """Python of this version downloaded by uv into the private place. Raises Problem."""
    name = f"{minor[0]}.{minor[1]}"
    kept = _downloaded(layout, minor)
    if kept:
        return kept
    with steps.step(f"Скачиваю Python {name}: на этой машине его нет") as step:
        try:
            environ = environment(layout, os.environ)
            runner.run([str(uv), "python", "install", "--no-bin", name], layout.logs / "setup.log", environ, step)
        except Problem as problem:
            raise Problem(
                f"Не нашёлся Python {name}, и скачать его не удалось. Поставьте его (apt-get install python{name}, "
                f"pyenv install {name}) и запустите ту же команду."
            ) from problem
        python = _downloaded(layout, minor)
    if python is None:
        raise Problem(f"Python {name} скачан, но не запускается. Поставьте python{name} средствами системы.")
    return python


def _downloaded(layout: Layout, minor: pythons.Minor) -> "pythons.Python | None":
    found = (layout.state / "python").glob(f"cpython-{minor[0]}.{minor[1]}*/bin/python{minor[0]}.{minor[1]}")
    for path in sorted(found):
        python = pythons.probe(str(path))
        if python:
            return python
    return None


def _version(binary: Path) -> str:
    try:
        asked = subprocess.run([str(binary), "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = asked.stdout.split()
    return words[1] if asked.returncode == 0 and len(words) > 1 else ""


def _pip_config(layout: Layout) -> Dict[str, str]:
    python = str(layout.state / "uv" / "bin" / "python")
    try:
        asked = subprocess.run(
            [python, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    found = {}
    for line in asked.stdout.splitlines():
        name, _, value = line.partition("=")
        found[name.rpartition(".")[2]] = value.strip().strip("'\"")
    return found


def _clean(environ: Mapping[str, str]) -> Dict[str, str]:
    return {name: value for name, value in environ.items() if name not in _LEAKS}
