"""Holds the arrows of docs/architecture.md: a room imports only what lies below it, and nothing is shared in secret."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("app", "actions", "channels", "voice", "desk", "bot", "nlu", "benchmarks", "tests")

MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "bot.store": ("bot.store",),
    "bot.services": ("bot.services", "bot.store"),
    "bot": ("bot",),
    # The profile is a citizen's own store of facts, not a service of the state: the one exception to `bot.services`.
    "actions": ("actions", "bot.services", "bot.store.profiles"),
    "channels": ("channels", "bot"),
    "voice": ("voice", "bot"),
    "desk": ("desk", "bot"),
    "nlu": ("nlu",),
    "benchmarks": ("benchmarks", "app", "actions", "channels", "voice", "desk", "bot", "nlu"),
    "app": ("app", "actions", "channels", "voice", "desk", "bot", "benchmarks"),
}
"""Of our own packages, what each room may import; a module belongs to the longest name that fits."""

SHARED = frozenset(("Store", "Vault", "Encoder", "RasaClient", "Turns", "Persona", "create_async_engine"))
"""What is made once in app/compose.py and passed on."""

BEFORE_ANY_ENVIRONMENT = ("app.bootstrap", "app.paths", "app.problems")


def modules(room: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of every module of a package."""
    for path in sorted((ROOT / room.replace(".", "/")).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, ast.parse(path.read_text("utf-8"), str(path))


def imports(name: str, tree: ast.Module) -> Iterator[str]:
    """Everything a module imports, also inside functions, as full dotted names."""
    is_package = (ROOT / name.replace(".", "/")).is_dir()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = name.split(".")[: len(name.split(".")) - node.level + is_package]
                base = ".".join([*above, *([base] if base else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, rooms: tuple[str, ...]) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


def room_of(name: str) -> str:
    return max((room for room in MAY_IMPORT if within(name, (room,))), key=len)


@pytest.mark.parametrize("package", ["bot", "actions", "channels", "voice", "desk", "nlu", "benchmarks", "app"])
def test_a_room_imports_only_what_lies_below_it(package: str) -> None:
    wrong = [
        f"{name} → {imported}"
        for name, tree in modules(package)
        for imported in imports(name, tree)
        if within(imported, OURS) and not within(imported, MAY_IMPORT[room_of(name)])
    ]
    assert not wrong, "\n".join(wrong)


def test_the_two_processes_never_import_each_other() -> None:
    """Rasa and its components live in an environment of their own; the assistant speaks to them over HTTP only."""
    wrong = [
        f"{name} → {imported}"
        for package in ("bot", "actions", "channels", "voice", "app")
        for name, tree in modules(package)
        for imported in imports(name, tree)
        if within(imported, ("rasa", "nlu"))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_core_knows_neither_rasa_nor_a_web_framework() -> None:
    foreign = ("rasa_sdk", "fastapi", "starlette", "uvicorn", "typer", "rich")
    wrong = [f"{name} → {i}" for name, tree in modules("bot") for i in imports(name, tree) if within(i, foreign)]
    assert not wrong, "\n".join(wrong)


def test_channels_do_not_import_each_other() -> None:
    folders = [path.name for path in (ROOT / "channels").iterdir() if (path / "__init__.py").exists()]
    assert folders
    wrong = [
        f"{name} → {imported}"
        for name, tree in modules("channels")
        for imported in imports(name, tree)
        for other in folders
        if within(imported, (f"channels.{other}",)) and not within(name, (f"channels.{other}",))
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_shared_is_made_when_a_module_is_imported() -> None:
    """No module-level singletons: a Store, a Vault or an Encoder is made by the composition root and passed on."""
    wrong = [
        f"{name}:{call.lineno} makes {called}"
        for package in ("bot", "actions", "channels", "voice", "app")
        for name, tree in modules(package)
        for call in calls_at_import(tree.body)
        if (called := _called(call)) in SHARED
    ]
    assert not wrong, "\n".join(wrong)


def calls_at_import(body: list[ast.stmt]) -> Iterator[ast.Call]:
    """Calls that run when the module is imported: those in functions do not, those in class bodies do."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(statement, ast.ClassDef):
            yield from calls_at_import(statement.body)
            continue
        yield from (node for node in ast.walk(statement) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    function = call.func
    if isinstance(function, ast.Attribute):
        # Vault.from_file(…) makes a Vault as well.
        return function.value.id if isinstance(function.value, ast.Name) else function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_no_global_statement_hides_state() -> None:
    wrong = [
        f"{name}:{node.lineno}"
        for package in ("bot", "actions", "channels", "voice", "app")
        for name, tree in modules(package)
        for node in ast.walk(tree)
        if isinstance(node, ast.Global)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_bootstrap_needs_the_standard_library_only() -> None:
    """It runs before any environment exists, under whatever python3 the machine has."""
    wrong = [
        f"{name} → {imported}"
        for name, tree in modules("app")
        if within(name, BEFORE_ANY_ENVIRONMENT)
        for imported in imports(name, tree)
        if imported.split(".")[0] not in sys.stdlib_module_names and not within(imported, BEFORE_ANY_ENVIRONMENT)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("bot.turns", "from bot.store import due, journal", ["bot.store.due", "bot.store.journal"]),
        ("bot.turns", "import app.settings", ["app.settings"]),
        ("bot.turns", "def f():\n    from app import web", ["app.web"]),
        ("bot.turns", "from . import rasa", ["bot.rasa"]),
        ("bot.store", "from .vault import Vault", ["bot.store.vault.Vault"]),
    ],
)
def test_imports_are_read_in_every_spelling(name: str, source: str, expected: list[str]) -> None:
    assert list(imports(name, ast.parse(source))) == expected


def test_a_singleton_would_be_noticed() -> None:
    tree = ast.parse("store = Store(url)\nclass A:\n    vault = Vault.from_file(path)\ndef f():\n    return Encoder()")
    assert [_called(call) for call in calls_at_import(tree.body)] == ["Store", "Vault"]
