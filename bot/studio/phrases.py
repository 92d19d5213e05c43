"""What people want (intents) with the phrases they say it in: read from an edition, and changed in a draft of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bot.clean import clean
from bot.services.errors import ContentError
from bot.studio import yaml_text
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.personal_marks import personal_marks
from bot.studio.project import Project
from bot.studio.refusals import NotPossible

DATA = "nlu/data/"
TITLES = "bot/content/intents.yml"
DOMAIN = "domain.yml"
LONGEST = 600
"""Characters of one phrase."""
LONGEST_TITLE = 60
"""A title stands on a button."""

Verdict = Literal["new", "here", "elsewhere", "twice", "empty", "long", "marks"]
VERDICTS: dict[Verdict, str] = {
    "new": "новая",
    "here": "уже есть здесь",
    "elsewhere": "уже есть у другого желания",
    "twice": "повторяется в этом списке",
    "empty": "нет слов",
    "long": f"длиннее {LONGEST} знаков",
    "marks": "скобки вместе, как [слово](…): робот примет их за разметку",
}
"""What becomes of a phrase that somebody brings, in words."""

_BULLET = re.compile(r"^\s*(?:[-–—•*·]\s+|\d{1,3}[.)]\s+)")
_MARKS = re.compile(r"\][({]")
_WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Wish:
    """Something that people want. `title` is "" where nobody has given one; `file` of its phrases is "" where it has none."""

    name: str
    title: str
    file: str
    phrases: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The title, else the name."""
        return self.title or self.name


@dataclass(frozen=True)
class Line:
    """One phrase that somebody brings. `other` is the wish that has it already, `personal` what of a person it seems to hold."""

    text: str
    verdict: Verdict
    other: str = ""
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Added:
    """What becomes of phrases brought to the wish `intent`; `taken` are those that are (or would be) added."""

    intent: str
    lines: tuple[Line, ...]
    taken: tuple[str, ...]


def wishes(project: Project) -> list[Wish]:
    """Everything people may want, in the order of the files of phrases; last what has no phrases yet. Blocks for some 20 ms.

    Raises NotPossible when a file is no YAML.
    """
    titles = loaded(project, TITLES) or {}
    phrases: dict[str, list[str]] = {}
    files: dict[str, str] = {}
    for path in data_files(project):
        for name, examples in _blocks(loaded(project, path)):
            files.setdefault(name, path)
            phrases.setdefault(name, []).extend(phrases_of(examples))
    names = dict.fromkeys((*files, *intents(project)))
    return [Wish(n, str(titles.get(n) or ""), files.get(n, ""), tuple(phrases.get(n, ()))) for n in names]


def find(project: Project, name: str) -> Wish:
    """One of them. Raises KeyError for an unknown name."""
    for one in wishes(project):
        if one.name == name:
            return one
    raise KeyError(name)


def intents(project: Project) -> list[str]:
    """Names of all wishes that the domain declares."""
    found = (loaded(project, DOMAIN) or {}).get("intents") or []
    return [str(one) if isinstance(one, str) else str(next(iter(one))) for one in found if one]


def data_files(project: Project) -> list[str]:
    """Files of phrases."""
    return [path for path in project.paths() if path.startswith(DATA)]


def loaded(project: Project, path: str) -> Any:
    """A file as plain values, not to be changed; None for one that is missing or empty. Raises NotPossible when it is no YAML."""
    try:
        return values(project, path)
    except (ContentError, UnicodeDecodeError):
        raise NotPossible(f"Файл {path} повреждён и не читается. Верните его на странице «Изменения».") from None


def plain(phrase: str) -> str:
    """What is left of a phrase when it is compared: words in small letters, е for ё, no punctuation."""
    text = unicodedata.normalize("NFC", phrase).lower().replace("ё", "е")
    return " ".join(_WORDS.findall(text)) or text.strip()


def tidy(text: str) -> str:
    """One line of a paste or a field as a phrase: no bullet or number before it, no invisible characters, single spaces."""
    return " ".join(_BULLET.sub("", clean(text)).split())


def sift(project: Project, intent: str, phrases: Sequence[str], personal: bool = False) -> Added:
    """What would become of these phrases; nothing is written. With `personal` those with personal data are taken as well.

    `intent` is "" for a wish that is not there yet. Raises NotPossible for an unknown one.
    """
    everything = wishes(project)
    if intent:
        _known(everything, intent)
    owners = {plain(phrase): one.name for one in everything for phrase in one.phrases}
    seen: set[str] = set()
    lines = []
    for phrase in map(tidy, phrases):
        key = plain(phrase)
        owner = owners.get(key, "")
        lines.append(Line(phrase, _verdict(phrase, key, owner, intent, seen), owner, personal_marks(phrase)))
        seen.add(key)
    taken = tuple(one.text for one in lines if one.verdict == "new" and (personal or not one.personal))
    return Added(intent, tuple(lines), taken)


def add_phrases(draft: Draft, intent: str, phrases: Sequence[str], personal: bool = False) -> Added:
    """Add phrases to a wish and tell what became of each. Blocks for some 50 ms; the audit log is the caller's.

    Left out: what a wish has already (`move` brings it over), what is empty or too long, and, unless `personal`, what seems to
    hold personal data. Raises NotPossible for an unknown wish.
    """
    added = sift(draft.work, intent, phrases, personal)
    if added.taken:
        place = _known(wishes(draft.work), intent).file or DATA + "editors.yml"
        put(draft, place, intent, added.taken)
    return added


def change(draft: Draft, intent: str, old: str, new: str) -> str:
    """Replace one phrase where it stands; the new one as it was written. Raises NotPossible with the reason."""
    text = tidy(new)
    others = [
        w for w in wishes(draft.work) if plain(text) in {plain(p) for p in w.phrases if (w.name, p) != (intent, old)}
    ]
    if others:
        raise NotPossible(f"Такая фраза уже есть: «{others[0].shown}».")
    verdict = _verdict(text, plain(text), "", intent, set())
    if verdict != "new":
        raise NotPossible(f"Фраза не подходит: {VERDICTS[verdict]}.")
    if not _rewrite(draft, intent, lambda phrase: text if phrase == old else phrase):
        raise NotPossible("Этой фразы уже нет. Обновите страницу.")
    return text


def move(draft: Draft, source: str, target: str, phrases: Collection[str]) -> int:
    """Bring phrases of one wish to another; how many.

    Raises NotPossible for an unknown wish, and when the first would be left without phrases.
    """
    if source == target:
        raise NotPossible("Выберите другое желание: фразы уже здесь.")
    everything = wishes(draft.work)
    there = _known(everything, target)
    known = {plain(phrase) for phrase in there.phrases}
    going = [phrase for phrase in _known(everything, source).phrases if phrase in phrases]
    count = remove(draft, source, going)
    fresh = [phrase for phrase in going if plain(phrase) not in known]
    if fresh:
        put(draft, there.file or DATA + "editors.yml", target, fresh)
    return count


def remove(draft: Draft, intent: str, phrases: Collection[str]) -> int:
    """Delete phrases of a wish; how many. Raises NotPossible for an unknown wish, and when none would be left."""
    one = _known(wishes(draft.work), intent)
    gone = set(phrases)
    left = [phrase for phrase in one.phrases if phrase not in gone]
    if not left and one.phrases:
        raise NotPossible(
            f"У желания «{one.shown}» не останется ни одной фразы. Оставьте хотя бы одну или объедините желания целиком."
        )
    if len(left) != len(one.phrases):
        _rewrite(draft, intent, lambda phrase: None if phrase in gone else phrase)
    return len(one.phrases) - len(left)


def rename_title(draft: Draft, intent: str, title: str) -> None:
    """Call a wish otherwise, on the robot's buttons too. Raises NotPossible for an unknown wish and a title that will not do."""
    everything = wishes(draft.work)
    _known(everything, intent)
    words = check_title(everything, title, intent)
    draft.write(TITLES, yaml_text.edit(draft.read(TITLES), lambda tree: tree.__setitem__(intent, words)))


def check_title(everything: Sequence[Wish], title: str, own: str = "") -> str:
    """The title as it will be written. Raises NotPossible when it is empty, too long, or another wish has it."""
    words = " ".join(clean(title).split())
    if not any(c.isalpha() for c in words):
        raise NotPossible("Напишите, что хочет человек: «Узнать про парковку».")
    if len(words) > LONGEST_TITLE:
        raise NotPossible(f"Название встанет на кнопку: не больше {LONGEST_TITLE} знаков, сейчас {len(words)}.")
    if other := next((w for w in everything if w.name != own and plain(w.title) == plain(words)), None):
        raise NotPossible(f"Желание «{other.title}» уже есть.")
    return words


def put(draft: Draft, path: str, intent: str, phrases: Sequence[str]) -> None:
    """Write phrases at the end of a wish's list in a file, which is made when missing, as is the list."""

    def alter(tree: Any) -> None:
        items = tree.setdefault("nlu", [])
        item = next((i for i in items if i.get("intent") == intent), None)
        if item is None:
            items.append(item := {"intent": intent})
        item["examples"] = yaml_text.block(_joined([*_lines(item.get("examples")), *(f"- {p}" for p in phrases)]))

    try:
        text = draft.read(path)
    except FileNotFoundError:
        text = '# Phrases of the wishes that editors added.\nversion: "3.1"\nnlu:\n'
    draft.write(path, _with_list(text, "nlu", alter))


def phrases_of(examples: Any) -> list[str]:
    """The phrases of a block of `- phrase` lines."""
    return [line.lstrip()[1:].strip() for line in _lines(examples) if line.lstrip().startswith("-")]


def _with_list(text: str, key: str, alter: Callable[[Any], None]) -> str:
    """Edit a file whose list may be empty yet (`nlu:`), which YAML reads as nothing."""

    def change_tree(tree: Any) -> None:
        if tree.get(key) is None:
            tree[key] = []
        alter(tree)

    return yaml_text.edit(text, change_tree)


def _rewrite(draft: Draft, intent: str, change_one: Callable[[str], str | None]) -> int:
    """Pass every phrase of a wish through a function, None deletes it; the number of phrases that differ."""
    touched = 0
    for path in data_files(draft.work):
        found = [examples for name, examples in _blocks(loaded(draft.work, path)) if name == intent]
        lines = {old: change_one(old) for examples in found for old in phrases_of(examples)}
        if not (differing := {old: new for old, new in lines.items() if new != old}):
            continue
        touched += len(differing)

        def alter(tree: Any, differing: dict[str, str | None] = differing) -> None:
            for item in tree["nlu"]:
                if item.get("intent") == intent:
                    kept = [_changed(line, differing) for line in _lines(item.get("examples"))]
                    item["examples"] = yaml_text.block(_joined([line for line in kept if line is not None]))

        draft.write(path, yaml_text.edit(draft.read(path), alter))
    return touched


def _changed(line: str, differing: dict[str, str | None]) -> str | None:
    phrase = phrases_of(line)[:1]
    if not phrase or phrase[0] not in differing:
        return line
    new = differing[phrase[0]]
    return None if new is None else f"- {new}"


def _verdict(phrase: str, key: str, owner: str, intent: str, seen: set[str]) -> Verdict:
    if not any(c.isalnum() for c in phrase):
        return "empty"
    if len(phrase) > LONGEST:
        return "long"
    if _MARKS.search(phrase):
        return "marks"
    if owner:
        return "here" if owner == intent else "elsewhere"
    return "twice" if key in seen else "new"


def _known(everything: Sequence[Wish], name: str) -> Wish:
    if one := next((w for w in everything if w.name == name), None):
        return one
    raise NotPossible("Такого желания в черновике нет. Обновите страницу.")


def _blocks(data: Any) -> list[tuple[str, Any]]:
    items = data.get("nlu") if isinstance(data, dict) else None
    return [(str(i["intent"]), i.get("examples")) for i in items or () if isinstance(i, dict) and i.get("intent")]


def _lines(examples: Any) -> list[str]:
    return str(examples or "").splitlines()


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
