"""What the robot says: answers of domain.yml with their variants, and the lines the assistant and the phone say without Rasa."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bot.studio.answer_nodes import put_lines, put_variants
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.yaml_text import edit, quoted

AnswerKind = Literal["response", "text", "phone"]

DOMAIN, TEXTS, PHONE = "domain.yml", "bot/content/texts.yml", "bot/content/phone.yml"
FILES: Mapping[AnswerKind, str] = {"response": DOMAIN, "text": TEXTS, "phone": PHONE}
LONGEST = 1500
"""Characters of a text; more nobody reads in a chat."""
MOST_VARIANTS, MOST_BUTTONS, LONGEST_TITLE = 24, 10, 60

_BRACE = re.compile(r"\{([^\n{}]+?)\}")
_NAME = re.compile(r"utter_[a-z0-9_]{2,60}\Z")
_OWN = ("segment", "channel", "emotion")


@dataclass(frozen=True)
class Choice:
    """A button under an answer: what stands on it, and what it means (`/book_appointment`)."""

    title: str
    payload: str


@dataclass(frozen=True)
class Variant:
    """One way to say an answer. "" in `segment`, `channel` or `emotion` means: for everybody, everywhere, in every mood.

    `channel` is the name of a channel or `messenger`. `others` are conditions on slots that only a programmer writes, `more`
    what else stands beside the text (a picture, an id): both are kept as they are.
    """

    text: str
    segment: str = ""
    channel: str = ""
    emotion: str = ""
    buttons: tuple[Choice, ...] = ()
    others: tuple[tuple[str, Any], ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def for_all(self) -> bool:
        """Whether every citizen may get it."""
        return not (self.segment or self.channel or self.emotion or self.others)

    @property
    def conditions(self) -> tuple[tuple[str, Any], ...]:
        """(slot, value) in the order in which they are written."""
        own = ((name, getattr(self, name)) for name in _OWN)
        return (*((name, value) for name, value in own if value), *self.others)


@dataclass(frozen=True)
class Answer:
    """Everything that may be said under one name. Lines (`kind` text, phone) have variants for everybody only, without buttons."""

    name: str
    kind: AnswerKind
    variants: tuple[Variant, ...]

    @property
    def id(self) -> str:
        """Names it among all kinds: `utter_greet`, `text-robot_away`, `phone-hold_on`."""
        return self.name if self.kind == "response" else f"{self.kind}-{self.name}"

    @property
    def braces(self) -> frozenset[str]:
        """What is filled in, in any variant."""
        return frozenset(name for variant in self.variants for name in braces(variant.text))

    @property
    def spoken(self) -> bool:
        """Whether the phone has words of its own."""
        return self.kind == "phone" or any(v.channel == "phone" for v in self.variants)


def braces(text: str) -> tuple[str, ...]:
    """Names in curly braces, each once, in the order of the text."""
    return tuple(dict.fromkeys(_BRACE.findall(text)))


def answers(project: Project) -> dict[str, Answer]:
    """All answers and lines of a project by their ids, in the order of the files. Blocks for some 50 ms after a change.

    Raises ContentError for a file that is no YAML. A file that is missing has no answers.
    """
    return {answer.id: answer for kind in FILES for answer in _of_file(project, kind)}


def set_variants(draft: Draft, name: str, variants: Sequence[Variant]) -> None:
    """Let an answer (by its id) have these variants in this order. Blocks for about a second.

    Raises KeyError for an unknown answer, NotPossible for what would leave a citizen without an answer, BadYaml.
    """
    answer = answers(draft.work)[name]
    check(answer.kind, variants)
    if tuple(variants) == answer.variants:
        return

    def change(tree: Any) -> None:
        if answer.kind == "response":
            put_variants(tree["responses"][answer.name], [_written(variant) for variant in variants])
        else:
            lines = tree[answer.name] if answer.kind == "text" else tree["lines"][answer.name]
            put_lines(lines, [variant.text for variant in variants])

    path = FILES[answer.kind]
    draft.write(path, edit(draft.read(path), change))


def add_answer(draft: Draft, name: str, text: str) -> None:
    """Begin a new answer of domain.yml (`utter_…`) with one variant for everybody. Raises NotPossible for a name that is taken."""
    if not _NAME.match(name):
        raise NotPossible("Имя ответа начинается с utter_, дальше латинские буквы, цифры и знак «_».")
    if name in answers(draft.work):
        raise NotPossible(f"Ответ {name} уже есть. Откройте его или выберите другое имя.")
    variant = Variant(text.strip())
    check("response", [variant])

    def change(tree: Any) -> None:
        tree["responses"][name] = [{"text": quoted(variant.text)}]

    draft.write(DOMAIN, edit(draft.read(DOMAIN), change))


def check(kind: AnswerKind, variants: Sequence[Variant]) -> None:
    """Raises NotPossible with the reason when an answer cannot have these variants."""
    if not variants:
        raise NotPossible("Остался бы ответ без единого варианта: роботу нечего было бы сказать.")
    if len(variants) > MOST_VARIANTS:
        raise NotPossible(f"Больше {MOST_VARIANTS} вариантов у одного ответа не бывает. Уберите лишние.")
    for variant in variants:
        if not variant.text.strip():
            raise NotPossible("Вариант без слов робот сказать не сможет. Напишите текст или удалите вариант.")
        if len(variant.text) > LONGEST:
            raise NotPossible(f"Текст длиннее {LONGEST} знаков никто не дочитает. Сократите его.")
        if len(variant.buttons) > MOST_BUTTONS:
            raise NotPossible(f"Под ответом помещается не больше {MOST_BUTTONS} кнопок.")
        if any(not b.title.strip() or len(b.title) > LONGEST_TITLE for b in variant.buttons):
            raise NotPossible(f"На каждой кнопке нужна надпись до {LONGEST_TITLE} знаков.")
    if not any(v.for_all for v in variants):
        raise NotPossible(
            "Нужен хотя бы один вариант для всех: без него робот промолчит, когда ни одно условие не подойдёт."
        )
    seen = [replace(v, text=v.text.strip()) for v in variants]
    if len({(v.text, v.conditions) for v in seen}) < len(seen):
        raise NotPossible("Два варианта совпадают до буквы. Измените один из них или удалите.")


def _written(variant: Variant) -> dict[str, Any]:
    """A variant as it stands in domain.yml; the text comes last, so that a comment below it stays where it is."""
    conditions = [{"type": "slot", "name": name, "value": value} for name, value in variant.conditions]
    buttons = [{"title": b.title, "payload": b.payload} for b in variant.buttons]
    return {
        **({"condition": conditions} if conditions else {}), **variant.more, **({"buttons": buttons} if buttons else {}),
        "text": variant.text,
    }  # fmt: skip


def _of_file(project: Project, kind: AnswerKind) -> Iterator[Answer]:
    data = values(project, FILES[kind]) or {}
    if kind == "response":
        for name, variants in (data.get("responses") or {}).items():
            yield Answer(str(name), kind, tuple(_variant(v) for v in variants or () if isinstance(v, Mapping)))
        return
    lines = data if kind == "text" else data.get("lines") or {}
    for name, texts in lines.items():
        if isinstance(texts, list):
            yield Answer(str(name), kind, tuple(Variant(str(text)) for text in texts))


def _variant(data: Mapping[str, Any]) -> Variant:
    conditions = [(str(c.get("name")), c.get("value")) for c in data.get("condition") or ()]
    own = {name: str(value) for name, value in conditions if name in _OWN}
    return Variant(
        str(data.get("text") or ""),
        **own,
        buttons=tuple(Choice(str(b.get("title")), str(b.get("payload"))) for b in data.get("buttons") or ()),
        others=tuple((name, value) for name, value in conditions if name not in _OWN),
        more={k: v for k, v in data.items() if k not in ("text", "condition", "buttons")},
    )
