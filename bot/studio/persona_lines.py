"""Lines of the robot's characters: what they say about feelings and situations, how often, and in what voice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml.comments import CommentedSeq

from bot.handover.words import MOODS
from bot.persona.emotion import NAMES
from bot.persona.persona import SITUATIONS
from bot.studio.answer_nodes import put_lines
from bot.studio.answer_words import Note
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.yaml_text import edit

PERSONAS: Mapping[str, str] = {"dokumenty": "«Мои документы»", "line122": "Линия 122"}
LEAST = 8
"""Lines of one place, so that nobody hears the same twice."""
MOST, LONGEST = 40, 300

SITUATION_WORDS: Mapping[str, str] = {
    "greeting": "начало разговора", "first_request": "первая просьба", "waiting": "ждём ответа ведомства",
    "bad_news": "отказ и плохие вести", "success": "дело сделано", "misunderstanding": "робот не понял",
    "in_form": "заполняем анкету", "death": "утрата",
}  # fmt: skip
WHOLE: Mapping[str, str] = {
    "to_work": "Переход к делу, когда положение неизвестно",
    "death": "При утрате, один раз за разговор",
    "offer_human": "Предложить человека, когда рассердился в третий раз",
}
PARTS: Mapping[str, str] = {
    "feelings": "О чувстве человека", "turns": "Переход к делу", "pairs": "Целая строка для чувства и положения",
    "whole": "Особые строки",
}  # fmt: skip
HARD = frozenset(("worry", "sadness", "confusion", "irritation", "anger", "despair"))
"""Feelings that are met without exclamation marks."""
GRAVE = frozenset(("bad_news", "misunderstanding", "death"))

_SURE = "(?:одобр|решат|помогут|ответят|получится)"
_PROMISES = re.compile(
    rf"\b(?:обещаю|гарантир\w+|(?:обязательно|точно) {_SURE}\w*|(?:вс[её]|вас|вам) одобрят|ответят завтра|вс[её] будет хорошо"
    r"|будьте уверены|даю слово)",
    re.I,
)
_SMILE = re.compile(r"[\U0001F300-\U0001FAFF\u2600-\u27BF]|[:;]-?\)|\){2,}")
_COLD = re.compile(r"уважаем\w+ (?:гражданин|заявитель|абонент)", re.I)
_SENTENCE = re.compile(r"[.!?…]+(?:\s|$)")


@dataclass(frozen=True)
class Line:
    """One variant. `channels`: where it may be said; () everywhere."""

    text: str
    channels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """Lines of one place. `key` names it: `feelings.joy`, `turns.greeting`, `pairs.anger.bad_news`, `death`."""

    key: str
    lines: tuple[Line, ...]

    @property
    def path(self) -> tuple[str, ...]:
        """Keys in the file: («pairs», «anger/bad_news»)."""
        part, _, rest = self.key.partition(".")
        return (part, rest.replace(".", "/")) if rest else (part,)

    @property
    def part(self) -> str:
        """A key of PARTS."""
        return self.path[0] if self.path[0] in PARTS else "whole"

    @property
    def emotion(self) -> str:
        """The feeling it answers; "" for any."""
        return self.path[1].partition("/")[0] if self.part in ("feelings", "pairs") else ""

    @property
    def situation(self) -> str:
        """Where in the talk it stands; "" for anywhere."""
        if self.part == "turns":
            return self.path[1]
        return self.path[1].partition("/")[2] if self.part == "pairs" else ("death" if self.key == "death" else "")

    @property
    def title(self) -> str:
        """What it is for, in Russian."""
        if self.part == "whole":
            return WHOLE.get(self.key, self.key)
        said = [MOODS.get(self.emotion, self.emotion), SITUATION_WORDS.get(self.situation, self.situation)]
        return ", ".join(word for word in said if word)

    @property
    def quiet(self) -> bool:
        """Whether its lines may hold neither exclamation marks nor smiles."""
        return self.emotion in HARD or self.situation in GRAVE or self.key in ("death", "offer_human")


def blocks(project: Project, persona: str) -> dict[str, Block]:
    """All places of a character by their keys, in the order of the file. Raises KeyError for an unknown character, ContentError."""
    data = _data(project, persona)
    return {block.key: block for block in _blocks(data)}


def block_of(project: Project, persona: str, key: str) -> Block:
    """A place of a character; a pair of feeling and situation without lines yet is an empty one. Raises KeyError, ContentError."""
    there = blocks(project, persona)
    _, emotion, situation = (*key.split("."), "", "")[:3]
    if key not in there and key == f"pairs.{emotion}.{situation}" and emotion in NAMES and situation in SITUATIONS:
        return Block(key, ())
    return there[key]


def set_lines(draft: Draft, persona: str, key: str, lines: Sequence[Line]) -> None:
    """Let a place have these lines; a pair without lines is no longer there. Blocks for half a second.

    Raises KeyError for an unknown character or place, NotPossible for lines that break a rule, BadYaml.
    """
    block = block_of(draft.work, persona, key)
    check(block, lines)
    if tuple(lines) == block.lines:
        return

    def change(tree: Any) -> None:
        *above, last = block.path
        table = tree
        for name in above:
            table = table[name]
        if lines:
            put_lines(table.setdefault(last, CommentedSeq()), [_written(line) for line in lines])
        else:
            del table[last]

    path = path_of(persona)
    draft.write(path, edit(draft.read(path), change))


def check(block: Block, lines: Sequence[Line]) -> None:
    """Raises NotPossible with the rule that lines break."""
    if any(not line.text.strip() for line in lines):
        raise NotPossible("Пустую строку робот не скажет. Напишите её или удалите.")
    if len(lines) > MOST:
        raise NotPossible(f"Больше {MOST} строк в одном месте не нужно. Уберите похожие.")
    texts = [line.text.strip().casefold() for line in lines]
    if len(set(texts)) < len(texts):
        raise NotPossible("Две строки совпадают до буквы. Измените одну из них или удалите.")
    if not lines and block.part == "pairs" and block.lines:
        return
    # A place that has fewer already may be mended line by line.
    if len(lines) < min(LEAST, len(block.lines) or LEAST):
        raise NotPossible(
            f"Нужно не меньше {LEAST} строк, чтобы робот не повторялся. Допишите ещё {LEAST - len(lines)}."
        )
    for number, line in enumerate(lines, 1):
        if wrong := next((note.text for note in line_notes(block, line) if note.stops), ""):
            raise NotPossible(f"Строка {number}: {wrong}")


def line_notes(block: Block, line: Line) -> list[Note]:
    """Which rules of docs/ru/redaktoru.md a line breaks, and what to do about it."""
    text, said = line.text.strip(), []
    if not text:
        return []
    if len(text) > LONGEST:
        said.append(Note(f"Длиннее {LONGEST} знаков. Скажите короче.", stops=True))
    if block.quiet and "!" in text:
        said.append(
            Note("С грустными и сердитыми людьми говорим без восклицательных знаков. Поставьте точку.", stops=True)
        )
    if block.quiet and _SMILE.search(text):
        said.append(Note("Здесь не место улыбке: уберите смайлик.", stops=True))
    if found := _PROMISES.search(text):
        said.append(Note(f"«{found[0]}» звучит как обещание, а робот этого не знает. Уберите.", stops=True))
    if "{" in text or "}" in text:
        said.append(Note("В этих строках скобок не бывает: робот прочтёт их как есть.", stops=True))
    if len(_SENTENCE.findall(text if text[-1] in ".!?…" else text + ".")) > 2:
        said.append(Note("Больше двух предложений. Хватит одного или двух."))
    if _COLD.search(text):
        said.append(Note("Так пишут в казённых письмах. Обратитесь просто: «вы»."))
    return said


def path_of(persona: str) -> str:
    """The file of a character."""
    return f"bot/persona/{persona}.yml"


def _data(project: Project, persona: str) -> Mapping[str, Any]:
    if persona not in PERSONAS:
        raise KeyError(persona)
    return values(project, path_of(persona)) or {}


def _blocks(data: Mapping[str, Any]) -> Iterator[Block]:
    known = {"feelings": NAMES, "turns": SITUATIONS}
    for part in ("feelings", "turns", "pairs"):
        for name, lines in (data.get(part) or {}).items():
            if name in known.get(part, (name,)):
                yield Block(f"{part}.{str(name).replace('/', '.')}", _lines(lines))
    for key in WHOLE:
        if key in data:
            yield Block(key, _lines(data[key]))


def _lines(data: Sequence[Any] | None) -> tuple[Line, ...]:
    return tuple(
        Line(str(one.get("text") or ""), tuple(map(str, one.get("channels") or ())))
        if isinstance(one, Mapping)
        else Line(str(one))
        for one in data or ()
    )


def _written(line: Line) -> Any:
    return {"text": line.text.strip(), "channels": list(line.channels)} if line.channels else line.text.strip()
