"""Names items of an edition as an editor knows them: by the title of the service, of the wish, of the field."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

import yaml

from bot.studio.item_trees import MISSING, Difference, Place, at, is_phrases, is_texts, lines_of, read
from bot.studio.records.kinds import CONTENT, KEY, Kind
from bot.studio.records.registry import KINDS
from bot.studio.yaml_text import BadYaml
from bot.studio.yaml_values import telling

STUDIO = "/desk/studio"
KNOWLEDGE = f"{CONTENT}knowledge/"
_FILES = {
    "config.yml": "Настройки понимания",
    "domain.yml": "Желания и ответы",
    f"{CONTENT}intents.yml": "Названия желаний",
    f"{CONTENT}texts.yml": "Слова робота без модели",
    f"{CONTENT}handover.yml": "Передача специалисту",
    f"{CONTENT}callbacks.yml": "Обратные звонки",
    f"{CONTENT}groups.yml": "Группы специалистов",
    f"{CONTENT}lines.yml": "Линии",
    f"{CONTENT}aspects.yml": "О чём спрашивают",
    f"{CONTENT}demo.yml": "Демонстрационные заявления",
    f"{CONTENT}retention.yml": "Сроки хранения",
    f"{CONTENT}turn_taking.yml": "Очередь в разговоре",
    "bot/persona/lexicon.yml": "Слова о настроении",
    "stories/rules.yml": "Правила",
}
_SECTIONS = {
    "responses": "Ответ", "intents": "Желание", "slots": "Память", "forms": "Анкета", "rules": "Правило", "stories": "История",
    "entities": "Название", "actions": "Действие",
}  # fmt: skip
_TITLES = ("title", "phrase", "question", "shortcut", "name", "text")


class Namer:
    """Knows the titles in some files; those of the first ones go before the others'."""

    def __init__(self, *files: Mapping[str, str]) -> None:
        self._files = files

    def file(self, path: str) -> str:
        """A file's name for an editor."""
        if path.startswith(KNOWLEDGE):
            return f"Статья «{self._article(path)}»"
        kinds = [kind.title for kind in KINDS.values() if kind.file == path]
        if path in _FILES or not kinds:
            return _FILES.get(path) or self._folder(path)
        return kinds[0]

    def _folder(self, path: str) -> str:
        stem = path.rsplit("/", 1)[-1].removesuffix(".yml")
        if path.startswith("nlu/"):
            return f"Фразы ({stem})"
        if path.startswith("stories/tests/"):
            return f"Проверочные разговоры ({stem.removeprefix('test_')})"
        if path.startswith("bot/persona/"):
            return f"Характер ({stem})"
        if path.startswith(f"{CONTENT}forms/"):
            return f"Заявление ({stem})"
        return path

    def item(self, path: str, place: Place, known: Mapping[Place, Any]) -> str:
        """An item's name: «Услуги: «Замена паспорта РФ», поле «Срок»». `known` has values that the files may lack."""
        if not place:
            return self.file(path)
        if path.startswith("nlu/") and len(place) >= 2:
            kind, _, name = place[1].partition("=")
            return f"Фразы желания «{self.wish(name)}»" if kind == "intent" else f"{self.file(path)}: «{name}»"
        if path == f"{CONTENT}intents.yml":
            return f"Название желания «{place[0]}»"
        if len(place) >= 2 and place[0] in _SECTIONS and (path == "domain.yml" or path.startswith("stories/")):
            word = "Разговор" if path.startswith("stories/tests/") else _SECTIONS[place[0]]
            name = place[1].partition("=")[2] or place[1]
            return f"{word} «{self.wish(name) if place[0] == 'intents' else name}»"
        kind_of = self.kind(path, place)
        if kind_of is not None:
            return self._record(kind_of, path, place, known)
        return f"{self.file(path)}: «{' → '.join(self._step(step) for step in place)}»"

    def wish(self, intent: str) -> str:
        """The title of a wish, its name when it has none."""
        return str(self._titles.get(intent, intent))

    def kind(self, path: str, place: Place) -> Kind | None:
        """The kind of records that an item belongs to."""
        found = [kind for kind in KINDS.values() if kind.file == path and _leads(kind, place)]
        return max(found, key=lambda kind: len(kind.path), default=None)

    def page(self, path: str, place: Place) -> str:
        """Address in the studio where an item is edited, "" for none."""
        if path.startswith("nlu/") and len(place) >= 2 and place[1].startswith("intent="):
            return f"{STUDIO}/phrases/wish/{quote(place[1].removeprefix('intent='), safe='')}"
        if path == "domain.yml" and len(place) >= 2:
            pages = {"responses": f"{STUDIO}/answers/", "intents": f"{STUDIO}/phrases/wish/"}
            return pages[place[0]] + quote(place[1], safe="") if place[0] in pages else ""
        if path == f"{CONTENT}intents.yml" and place:
            return f"{STUDIO}/phrases/wish/{quote(place[0], safe='')}"
        if path.startswith(KNOWLEDGE):
            return f"{STUDIO}/records/articles"
        if path.startswith("bot/persona/"):
            return f"{STUDIO}/persona/{path.rsplit('/', 1)[-1].removesuffix('.yml')}"
        if path.startswith("stories/tests/"):
            return f"{STUDIO}/conversations"
        kind = self.kind(path, place)
        return f"{STUDIO}/records/{kind.name}" if kind is not None else ""

    def _record(self, kind: Kind, path: str, place: Place, known: Mapping[Place, Any]) -> str:
        if kind.shape in ("single", "words") or len(place) <= len(kind.path):
            return kind.title
        depth = len(kind.path) + 1
        record = known.get(place[:depth], MISSING) if place[:depth] in known else self._value(path, place[:depth])
        named = dict(kind.names)
        step = place[depth - 1]
        title = named.get(step) or (step if kind.named_by == KEY else _title(record, step))
        inside = [self._label(kind, name) for name in place[depth:]]
        return f"{kind.title}: «{title}»" + (f", поле «{' → '.join(inside)}»" if inside else "")

    def _label(self, kind: Kind, step: str) -> str:
        for field in kind.fields:
            if field.path and field.path[-1] == step:
                return field.label
        return self._step(step)

    def _step(self, step: str) -> str:
        return step.partition("=")[2] or step

    def _value(self, path: str, place: Place) -> Any:
        for files in self._files:
            found = at(self._parsed(files.get(path, "")), place)
            if found is not MISSING:
                return found
        return MISSING

    @cached_property
    def _titles(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for files in reversed(self._files):
            titles = self._parsed(files.get(f"{CONTENT}intents.yml", ""))
            found |= titles if isinstance(titles, dict) else {}
        return found

    @cached_property
    def _texts(self) -> dict[str, Any]:
        return {}

    def _parsed(self, text: str) -> Any:
        if text not in self._texts:
            try:
                self._texts[text] = read(text)
            except BadYaml:
                self._texts[text] = None
        return self._texts[text]

    def _article(self, path: str) -> str:
        for files in self._files:
            head = files.get(path, "").split("---\n", 2)
            if len(head) == 3 and isinstance(parsed := self._parsed(head[1]), dict) and parsed.get("title"):
                return str(parsed["title"])
        return path.removeprefix(KNOWLEDGE).removesuffix(".md")


def sentence(names: Namer, path: str, one: Difference) -> str:
    """What happened to an item: «Добавлены 3 фразы к желанию «Записаться на приём»»."""
    old, new = _phrases(one.old), _phrases(one.new)
    if path.startswith("nlu/") and one.place[2:] == ("examples",) and old is not None and new is not None:
        return _about_phrases(names.wish(one.place[1].partition("=")[2]), set(old), set(new))
    known = {one.place: one.old if one.new is MISSING else one.new}
    name = names.item(path, one.place, known)
    if one.old is MISSING:
        return f"{name}: новое"
    if one.new is MISSING:
        return f"{name}: удалено"
    if is_texts(one.old) and is_texts(one.new):
        added, gone = len(set(one.new) - set(one.old)), len(set(one.old) - set(one.new))
        if added or gone:
            parts = [f"добавлено {added}"] * bool(added) + [f"удалено {gone}"] * bool(gone)
            return f"{name}: {', '.join(parts)}"
        return f"{name}: другой порядок"
    return f"{name}: изменено"


def _about_phrases(wish: str, old: set[str], new: set[str]) -> str:
    added, gone = len(new - old), len(old - new)
    if added and not gone:
        word = "Добавлена" if added % 10 == 1 and added % 100 != 11 else "Добавлены" if _few(added) else "Добавлено"
        return f"{word} {added} {_form(added)} к желанию «{wish}»"
    if gone and not added:
        word = "Удалена" if gone % 10 == 1 and gone % 100 != 11 else "Удалены" if _few(gone) else "Удалено"
        return f"{word} {gone} {_form(gone)} у желания «{wish}»"
    if not added:
        return f"Фразы желания «{wish}»: другой порядок"
    return f"Фразы желания «{wish}»: добавлено {added}, удалено {gone}"


def _few(number: int) -> bool:
    return number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14)


def _form(number: int) -> str:
    if number % 10 == 1 and number % 100 != 11:
        return "фраза"
    return "фразы" if _few(number) else "фраз"


def shown(value: Any) -> str:
    """A value as an editor reads it: texts as they are, lists line by line, other things as in the file; "" for MISSING."""
    if value is MISSING:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if value is None:
        return "пусто"
    phrases = _phrases(value)
    if phrases is not None and value:
        return "\n".join(phrases)
    if isinstance(value, (str, int, float)):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    stream = io.StringIO()
    yaml.dump(value, stream, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=10_000, default_flow_style=False)
    return stream.getvalue().strip()


class _Plain(yaml.SafeDumper):
    """Repeats what is there twice, instead of pointing at it."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


def before_and_after(one: Difference) -> tuple[str, str]:
    """The texts of both sides; of phrases and lists of texts only those that the other side lacks."""
    lists = [_phrases(one.old), _phrases(one.new)]
    if None in lists and is_texts(one.old) and is_texts(one.new):
        lists = [one.old, one.new]
    old, new = lists
    if old is not None and new is not None and set(old) != set(new):
        return "\n".join(line for line in old if line not in set(new)), "\n".join(
            line for line in new if line not in set(old)
        )
    return shown(one.old), shown(one.new)


def _phrases(value: Any) -> list[str] | None:
    return lines_of(value) if isinstance(value, str) and (not value or is_phrases(value)) else None


def _leads(kind: Kind, place: Place) -> bool:
    return len(place) >= len(kind.path) and all(step == "*" or step == place[n] for n, step in enumerate(kind.path))


def _title(record: Any, step: str) -> str:
    if isinstance(record, Mapping):
        for field in _TITLES:
            if isinstance(record.get(field), str):
                return str(record[field])
    return (telling(record) if record is not MISSING else step).partition("=")[2] or step.partition("=")[2] or step
