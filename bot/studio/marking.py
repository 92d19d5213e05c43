"""Words marked in a phrase teach the robot a name: names live in the content, so the words become an alias of something there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ruamel.yaml.comments import CommentedMap

from bot.clean import clean
from bot.services.phrases import lemma, tokens
from bot.studio import yaml_text
from bot.studio.content_checks import content_mistakes
from bot.studio.drafts import Draft
from bot.studio.phrases import loaded
from bot.studio.project import Project
from bot.studio.refusals import NotPossible

MarkKind = Literal["service", "centre", "street", "settlement", "topic", "status"]
LONGEST = 80
"""Characters of a name."""


@dataclass(frozen=True)
class _Place:
    """Where names of one kind lie: a list of `section` in a file, whose items have names in the lists `keys`.

    `title` names an item; the last of `keys` takes new names. Without `keys` a new item is written: its title is the name, and
    what is chosen is its district.
    """

    words: str
    path: str
    section: str
    id: str
    title: str
    keys: tuple[str, ...]


PLACES: dict[MarkKind, _Place] = {
    "service": _Place("услуга", "bot/content/services.yml", "services", "id", "title", ("aliases",)),
    "centre": _Place("центр", "bot/content/centres.yml", "centres", "id", "title", ("aliases",)),
    "street": _Place("улица", "bot/content/region.yml", "streets", "title", "title", ()),
    "settlement": _Place("село, деревня, посёлок", "bot/content/region.yml", "settlements", "title", "title", ()),
    "topic": _Place("тема обращения", "bot/content/topics.yml", "topics", "id", "title", ("keywords",)),
    "status": _Place("статус заявления", "bot/content/glossary.yml", "phrases", "phrase", "phrase", ("variants",)),
}
"""What marked words may be, in the order of the choice."""


@dataclass(frozen=True)
class Target:
    """What marked words may become a name of; for a street and a settlement, the district where it lies."""

    id: str
    title: str


@dataclass(frozen=True)
class Marked:
    """A name that was written. `path` is the changed file."""

    kind: MarkKind
    words: str
    title: str
    path: str


def targets(project: Project, kind: MarkKind) -> list[Target]:
    """Everything that words of this kind can be a name of, by title. Raises NotPossible for a broken file."""
    place = PLACES[kind]
    if not place.keys:
        found = (loaded(project, place.path) or {}).get("districts") or []
        return [Target(str(one["id"]), str(one["title"])) for one in found]
    return sorted(
        (Target(str(i[place.id]), str(i[place.title])) for i in _items(project, place)), key=lambda t: t.title
    )


def mark(draft: Draft, kind: MarkKind, target: str, words: str) -> Marked:
    """Write the words as a new name into the draft. Blocks for up to 1 s.

    Raises NotPossible for words that are a name already (and whose), for an unknown target, and for what the content's own checks
    refuse; nothing is written then.
    """
    place, name = PLACES[kind], " ".join(clean(words).split()).strip(" .,!?:;«»\"'()")
    if not any(c.isalpha() for c in name) or len(name) > LONGEST:
        raise NotPossible(f"Выделите от одного слова до {LONGEST} знаков: только название, без остальной фразы.")
    chosen = next((one for one in targets(draft.work, kind) if one.id == target), None)
    if chosen is None:
        raise NotPossible("Выберите из списка, что значат эти слова.")
    _refuse_known(draft.work, kind, place, chosen, name)
    before, mistakes = draft.read(place.path), set(content_mistakes(draft.work))
    draft.write(place.path, yaml_text.edit(before, _writer(place, target, name)))
    if new := [mistake for mistake in content_mistakes(draft.work) if mistake not in mistakes]:
        draft.write(place.path, before)
        raise NotPossible(f"Так нельзя: {new[0].text}")
    return Marked(kind, _written(place, name), chosen.title, place.path)


def _refuse_known(project: Project, kind: MarkKind, place: _Place, chosen: Target, name: str) -> None:
    key = _key(name)
    for item in _items(project, place):
        if key not in {_key(known) for known in _names(item, place)}:
            continue
        title = str(item[place.title])
        if not place.keys:
            raise NotPossible(f"«{title}» в списке уже есть.")
        if str(item[place.id]) == chosen.id:
            raise NotPossible(f"«{name}» уже значит «{title}».")
        if kind == "service":
            # With two services of one name the robot would ask for ever which one is meant.
            raise NotPossible(f"«{name}» уже называют услугу «{title}». У двух услуг не бывает одного названия.")
        raise NotPossible(f"«{name}» уже значит «{title}». Сначала уберите это название там.")


def _writer(place: _Place, target: str, name: str) -> Callable[[Any], None]:
    def alter(tree: Any) -> None:
        items = tree[place.section]
        if not place.keys:
            made = CommentedMap(title=_written(place, name), district=target)
            made.fa.set_flow_style()
            items.append(made)
            return
        item = next(one for one in items if str(one[place.id]) == target)
        item[place.keys[-1]].append(_written(place, name))

    return alter


def _written(place: _Place, name: str) -> str:
    """Places are written with a capital letter, as they are in the list; keywords of topics in their dictionary form."""
    if place.section == "topics":
        return " ".join(lemma(t.text) for t in tokens(name)) if len(tokens(name)) == 1 else name.lower()
    return name[:1].upper() + name[1:] if not place.keys else name


def _items(project: Project, place: _Place) -> list[dict[str, Any]]:
    return list((loaded(project, place.path) or {}).get(place.section) or [])


def _names(item: dict[str, Any], place: _Place) -> Sequence[str]:
    return [str(item[place.title]), *(str(name) for key in place.keys for name in item.get(key) or ())]


def _key(name: str) -> tuple[str, ...]:
    """The same for every form of a name, as the content's own check reads it."""
    return tuple(lemma(t.text) for t in tokens(name))
