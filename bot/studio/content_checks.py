"""Runs the loaders the assistant itself starts with over a project's content, and says what they refuse and where."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.handover.callback_rules import CallbackRules
from bot.handover.canned import common_answers
from bot.handover.rules import Rules
from bot.persona.persona import Persona
from bot.privacy.rules import RetentionRules
from bot.services import demo
from bot.services.applications.glossary import Glossary
from bot.services.applications.wording import Wording
from bot.services.appointments.reminders import Reminders
from bot.services.appointments.schedule import Schedule
from bot.services.calls.lines import PERSONAS, load_lines
from bot.services.consents.texts import Texts as ConsentTexts
from bot.services.content import load
from bot.services.content.fields import parse_yaml
from bot.services.crisis import Crisis
from bot.services.errors import ContentError
from bot.services.forms import load_forms
from bot.services.people.groups import Groups
from bot.services.phrases import PhraseBook
from bot.services.production_calendar import ProductionCalendar, parse_calendar
from bot.services.tickets.topics import parse_topics
from bot.services.tickets.wording import TicketWords
from bot.studio.project import Project

CONTENT = "bot/content/"
_KEPT = 400
"""Results that are remembered: some twenty checks for as many editors."""
_FILE = re.compile(r"^\s*(?:[^\s:,]*/)?([\w-]+(?:\.yml|\.md)?)(?::\s*|,\s*)")
_ITEM = re.compile(r"\b([a-z_]+)\[(\d+)\]")


@dataclass(frozen=True)
class ContentMistake:
    """What the assistant would not start with. `path` is the file, `where` the record or section in it ("" for the whole file)."""

    path: str
    where: str
    text: str
    """In Russian, for the editor."""


@dataclass(frozen=True)
class ContentCheck:
    """One loader. `files` are the paths it reads (patterns are allowed): its result is kept until one of them changes.

    `run` raises ContentError, or whatever a loader raises for a value it does not expect.
    """

    files: tuple[str, ...]
    run: Callable[[Project], object]


def content_mistakes(project: Project, more: Sequence[ContentCheck] = ()) -> list[ContentMistake]:
    """Everything the assistant would not start with, the first mistake of each loader; [] for good content.

    `more` are loaders of rooms that bot may not import. Blocks for some 300 ms the first time, later only for what has changed.
    """
    found: dict[ContentMistake, None] = {}
    for check in (*CHECKS, *more):
        mistake = _memory.ask(project, check)
        if mistake is not None:
            found[mistake] = None
    return list(found)


class _Memory:
    """Remembers what a check said of the same bytes."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[int, tuple[tuple[str, bytes], ...]], ContentMistake | None] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, project: Project, check: ContentCheck) -> ContentMistake | None:
        key = (id(check), tuple(_stamps(project, check.files)))
        with self._lock:
            if key in self._said:
                self._said.move_to_end(key)
                return self._said[key]
        said = _mistake_of(project, check)
        with self._lock:
            self._said[key] = said
            while len(self._said) > _KEPT:
                self._said.popitem(last=False)
        return said


_memory = _Memory()


def _stamps(project: Project, files: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for pattern in files:
        for path in sorted(project.folder.glob(pattern)):
            yield path.relative_to(project.folder).as_posix(), hashlib.sha256(path.read_bytes()).digest()
        # A missing file has to count, too.
        yield pattern, b""


def _mistake_of(project: Project, check: ContentCheck) -> ContentMistake | None:
    try:
        check.run(project)
    except ContentError as error:
        return _placed(project, check, str(error))
    except FileNotFoundError as error:
        name = Path(str(error.filename or check.files[0])).name
        return ContentMistake(_path(check, name), "", f"Нет файла {name}. Верните его: без него робот не запустится.")
    except UnicodeDecodeError:
        return ContentMistake(check.files[0], "", "Файл сохранён не в кодировке UTF-8. Сохраните его в UTF-8.")
    except ValueError as error:
        # Phrase books and persona files name the phrase or the place themselves.
        return _placed(project, check, str(error))
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        what = f": нет поля {error.args[0]}" if isinstance(error, KeyError) and error.args else ""
        text = f"Файл устроен не так, как ждёт робот{what}. Сравните его с опубликованным."
        return ContentMistake(check.files[0], "", text)
    return None


def _placed(project: Project, check: ContentCheck, text: str) -> ContentMistake:
    """A loader's words without the folder, with the number of an item turned into its name."""
    text = text.replace(f"{project.folder}/", "").replace(str(project.folder), "")
    path, match = check.files[0], _FILE.match(text)
    if match:
        path, text = _path(check, match[1]), text[match.end() :]
    where = ""
    item = _ITEM.search(text)
    if item is not None and text.startswith(item[0]):
        where = _name_of(project, path, item[1], int(item[2]))
        text = text[item.end() :].lstrip(": ")
    elif ": " in text and len(text.split(": ", 1)[0]) <= 60:
        where, text = text.split(": ", 1)
    return ContentMistake(path, where, text if text[:1].isascii() else text[:1].upper() + text[1:])


def _path(check: ContentCheck, name: str) -> str:
    for pattern in check.files:
        if pattern.rsplit("/", 1)[-1].removesuffix(".yml") == name.removesuffix(".yml") and "*" not in pattern:
            return pattern
    for pattern in check.files:
        if name.endswith(pattern.rsplit("*", 1)[-1]) and "*" in pattern:
            return f"{pattern.rsplit('/', 1)[0]}/{name}"
    return check.files[0]


def _name_of(project: Project, path: str, section: str, number: int) -> str:
    try:
        item = parse_yaml(project.read(path), path)[section][number]
        return str(item.get("id") or item.get("title") or item.get("code") or f"{section}, запись {number + 1}")
    except Exception:  # The name only helps: the place is known without it.
        return f"{section}, запись {number + 1}"


def _data(project: Project, name: str) -> Any:
    path = f"{CONTENT}{name}.yml"
    try:
        return parse_yaml(project.read(path), f"{name}.yml") or {}
    except FileNotFoundError:
        raise ContentError(f"{name}.yml: нет такого файла") from None
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        if isinstance(error, ContentError):
            raise
        # YAML makes dates by itself, and some are none: 2027-02-40.
        raise ContentError(f"{name}.yml: в файле есть дата, которой не бывает") from None


def _glossary(project: Project) -> Glossary:
    return Glossary(_data(project, "glossary"))


def _receipt(project: Project) -> None:
    for item in _data(project, "glossary").get("receipt") or []:
        if not item.get("question") or not item.get("answer"):
            raise ContentError("glossary.yml, receipt: у каждого вопроса о расписке нужны question и answer")


def _schedule(project: Project) -> Schedule:
    return Schedule.from_content(*(_data(project, name) for name in ("centres", "services", "region", "calendar")))


def _calendar(project: Project) -> None:
    parsed = parse_calendar(_data(project, "calendar"))
    try:
        for words in parsed.reasons.values():
            words.format(title="")
    except (KeyError, ValueError, IndexError):
        raise ContentError("calendar.yml, reasons: в фигурных скобках бывает только {title}") from None


def _wording(project: Project) -> None:
    Wording(_data(project, "applications"), _glossary(project))
    for state, item in _data(project, "applications")["states"].items():
        try:
            str(item["news"]).format(number="", title="")
        except (KeyError, ValueError, IndexError):
            raise ContentError(f"applications.yml, {state}: news — бывают только {{number}} и {{title}}") from None


def _incidents(project: Project) -> None:
    content = _data(project, "incidents")
    PhraseBook((str(w), str(k)) for k, item in (content.get("kinds") or {}).items() for w in item.get("words") or [])
    try:
        str(content.get("over") or "").format(title="", id="")
    except (KeyError, ValueError, IndexError):
        raise ContentError("incidents.yml, over: бывают только {title} и {id}") from None


def _aspects(project: Project) -> None:
    for section in _data(project, "aspects").values():
        PhraseBook((phrase, name) for name, phrases in section.items() for phrase in phrases)


def _deletion(project: Project) -> None:
    texts = ConsentTexts(_data(project, "consents"))
    try:
        texts.deletion("", datetime(2026, 1, 1, tzinfo=UTC).date(), datetime(2026, 1, 1, tzinfo=UTC).date())
    except (KeyError, ValueError, IndexError):
        raise ContentError("consents.yml, deletion: explanation — бывают только {number} и {due}") from None


def _groups(project: Project) -> Groups:
    calendar = ProductionCalendar(parse_calendar(_data(project, "calendar")))
    return Groups(_data(project, "groups"), ZoneInfo(_data(project, "region")["region"]["timezone"]), calendar)


def _spoken_lines(project: Project) -> None:
    load_lines(project.content / "lines.yml", _groups(project).ids)


def _texts(project: Project) -> None:
    for name, lines in _data(project, "texts").items():
        if not isinstance(lines, list) or not lines or not all(isinstance(line, str) and line for line in lines):
            raise ContentError(f"texts.yml, {name}: нужен список хотя бы из одного варианта")


def _persona(name: str) -> ContentCheck:
    files = (f"bot/persona/{name}.yml", "bot/persona/lexicon.yml")
    return ContentCheck(files, lambda project: Persona.load(project.persona / f"{name}.yml"))


def _names(*names: str) -> tuple[str, ...]:
    return tuple(f"{CONTENT}{name}.yml" for name in names)


CHECKS: tuple[ContentCheck, ...] = (
    ContentCheck(
        (*_names("services", "centres", "region", "life_situations", "incidents", "payments", "aspects"),
         f"{CONTENT}knowledge/*.md"),
        lambda project: load(project.content),
    ),
    ContentCheck(_names("centres", "services", "region", "calendar"), _schedule),
    ContentCheck(_names("calendar"), _calendar),
    ContentCheck(_names("glossary"), _glossary),
    ContentCheck(_names("glossary"), _receipt),
    ContentCheck(_names("topics"), lambda project: parse_topics(_data(project, "topics"))),
    ContentCheck(_names("crisis"), lambda project: Crisis(_data(project, "crisis"))),
    ContentCheck(_names("incidents"), _incidents),
    ContentCheck(_names("aspects"), _aspects),
    ContentCheck(_names("applications", "glossary"), _wording),
    ContentCheck(
        _names("appointments", "centres", "services", "region", "calendar"),
        lambda project: Reminders(_data(project, "appointments"), _schedule(project)),
    ),
    ContentCheck(_names("tickets"), lambda project: TicketWords(_data(project, "tickets"))),
    ContentCheck(_names("consents"), _deletion),
    ContentCheck(_names("groups", "calendar", "region"), _groups),
    ContentCheck(_names("lines", "groups", "calendar", "region"), _spoken_lines),
    ContentCheck(_names("canned"), lambda project: common_answers(project.content / "canned.yml")),
    ContentCheck(_names("handover"), lambda project: Rules.load(project.content / "handover.yml")),
    ContentCheck(_names("callbacks"), lambda project: CallbackRules.load(project.content / "callbacks.yml")),
    ContentCheck(_names("retention"), lambda project: RetentionRules.load(project.content / "retention.yml", 365)),
    ContentCheck(_names("texts"), _texts),
    ContentCheck(_names("demo"), lambda project: demo.examples(_data(project, "demo"))),
    ContentCheck(
        (f"{CONTENT}forms/*.yml",), lambda project: load_forms(project.content / "forms", lambda: datetime.now(UTC))
    ),
    *(_persona(name) for name in PERSONAS),
)  # fmt: skip
"""What bot itself can load. The room of the voice adds its own (`app.studio.content_loaders`)."""
