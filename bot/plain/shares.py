"""All texts of an edition that citizens read or hear, and the share of them that is plain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import quote

from bot.plain.score import PLAIN, assess
from bot.services.errors import ContentError
from bot.studio.file_values import values
from bot.studio.project import Project
from bot.studio.records.registry import KINDS
from bot.studio.records.store import name_of, records
from bot.studio.records.values import dig

Group = Literal["answers", "knowledge", "services", "voice"]
GROUPS: Mapping[Group, str] = {
    "answers": "Ответы робота",
    "knowledge": "Знания и статусы",
    "services": "Услуги и справочники",
    "voice": "Характер и телефон",
}
"""What texts belong to, in the order of the page."""
STUDIO = "/desk/studio"
_SHORTEST = 3
"""Words; labels and words of one or two say nothing about plainness."""
_BRACE = re.compile(r"\{[^{}\n]*\}")
_FIELDS_OF_FORM_FIELD = ("question", "hint", "error")


@dataclass(frozen=True)
class Text:
    """One text. `path` and `key` say where it stands, `title` names it in Russian, `page` is where it is edited, if in a page."""

    path: str
    key: str
    title: str
    text: str
    page: str
    group: Group = "answers"


@dataclass(frozen=True)
class Judged:
    """A text with its score and the number of places to change."""

    text: Text
    score: int
    findings: int


def texts_of(project: Project) -> list[Text]:
    """Every text of three words and more. Blocks for some 100 ms after a change. A file that is no YAML is left out."""
    found: list[Text] = []
    for part in (_responses, _lines, _phone, _greetings, _persona, _records, _forms):
        try:
            found.extend(part(project))
        except ContentError:
            continue  # bot.studio.checks tells the editor about it
    return [text for text in found if len(text.text.split()) >= _SHORTEST]


def judged(texts: Sequence[Text]) -> list[Judged]:
    """Scores of texts. Blocks: half a second for two thousand that were never seen before, then milliseconds."""
    return [Judged(text, *_score(_BRACE.sub("…", text.text))) for text in texts]


def share_plain(texts: Sequence[Text], threshold: int = PLAIN) -> float:
    """Share of texts with that score or a better one, 0 to 1; 1 when there are none. Blocks, see `judged`."""
    found = judged(texts)
    return sum(one.score >= threshold for one in found) / len(found) if found else 1.0


@lru_cache(maxsize=8_000)
def _score(text: str) -> tuple[int, int]:
    found = assess(text)
    return found.score, len(found.findings)


def _responses(project: Project) -> Iterator[Text]:
    told = _mapping(_mapping(values(project, "domain.yml")).get("responses"))
    for name, variants in told.items():
        for number, variant in enumerate(_list(variants), 1):
            text = _mapping(variant).get("text")
            if isinstance(text, str):
                yield Text(
                    "domain.yml",
                    f"{name}/{number}",
                    f"Ответ {name}, вариант {number}",
                    text,
                    f"{STUDIO}/answers/{name}",
                )


def _lines(project: Project) -> Iterator[Text]:
    path = "bot/content/texts.yml"
    for name, variants in _mapping(values(project, path)).items():
        for number, text in _numbered(variants):
            yield Text(path, f"{name}/{number}", f"Строка {name}", text, f"{STUDIO}/answers/text-{name}")


def _phone(project: Project) -> Iterator[Text]:
    path = "bot/content/phone.yml"
    for name, variants in _mapping(_mapping(values(project, path)).get("lines")).items():
        for number, text in _numbered(variants):
            yield Text(
                path, f"{name}/{number}", f"По телефону: {name}", text, f"{STUDIO}/answers/phone-{name}", "voice"
            )


def _greetings(project: Project) -> Iterator[Text]:
    path = "bot/content/lines.yml"
    for line in _rows(values(project, path), "lines"):
        yield from _fields(path, line, ("greeting",), f"{line.get('title', '')}", "", "voice")


def _persona(project: Project) -> Iterator[Text]:
    for path in project.paths():
        if not path.startswith("bot/persona/") or path.endswith("lexicon.yml"):
            continue
        name = path.rpartition("/")[2].removesuffix(".yml")
        for place, text in _persona_lines(_mapping(values(project, path))):
            yield Text(path, place, f"Характер {name}: {place}", text, f"{STUDIO}/persona/{name}", "voice")


def _persona_lines(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for part, inside in told.items():
        lists = inside.items() if isinstance(inside, Mapping) else [("", inside)]
        for mood, lines in lists:
            for number, line in enumerate(_list(lines), 1):
                text = line if isinstance(line, str) else _mapping(line).get("text")
                if isinstance(text, str):
                    yield "/".join(str(p) for p in (part, mood, number) if p != ""), text


def _records(project: Project) -> Iterator[Text]:
    """Fields of records whose forms in the studio show a score."""
    for kind in KINDS.values():
        plain = [field for field in kind.fields if field.plain]
        try:
            found = records(project, kind) if plain else []
        except (ContentError, FileNotFoundError):
            continue  # bot.studio.checks tells the editor about it
        for one in found:
            page = f"{STUDIO}/records/{kind.name}/one?key={quote(one.key, safe='')}"
            title = f"{kind.one[:1].upper()}{kind.one[1:]} «{name_of(kind, one)}»"
            for field in plain:
                text = dig(one.values, field)
                if isinstance(text, str):
                    path = f"{kind.file}/{one.key}.md" if kind.shape == "articles" else kind.file
                    yield Text(
                        path,
                        f"{kind.name}/{one.key}/{field.name}",
                        title,
                        text.strip(),
                        page,
                        _group(kind.name, kind.family),
                    )


def _group(kind: str, family: str) -> Group:
    return "knowledge" if kind in ("articles", "situations") or family == "Статусы и новости" else "services"


def _forms(project: Project) -> Iterator[Text]:
    for path in project.paths():
        if not path.startswith("bot/content/forms/"):
            continue
        form = _mapping(values(project, path))
        title, page = f"Форма «{form.get('title', '')}»", ""
        yield from _fields(path, form, ("intro", "done"), title, page, "services")
        for row in _rows(form, "fields"):
            yield from _fields(path, row, _FIELDS_OF_FORM_FIELD, title, page, "services")


def _fields(
    path: str, row: Mapping[str, Any], names: Sequence[str], title: str, page: str, group: Group
) -> Iterator[Text]:
    for name in names:
        text = row.get(name)
        if isinstance(text, str):
            yield Text(path, f"{row.get('id', '')}/{name}", title, text, page, group)


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _rows(value: Any, name: str) -> list[dict[str, Any]]:
    return [_mapping(row) for row in _list(_mapping(value).get(name))]


def _numbered(value: Any) -> Iterator[tuple[int, str]]:
    return ((number, text) for number, text in enumerate(_list(value), 1) if isinstance(text, str))
