"""Words by which the robot notices feelings: search, add, remove, and why a sentence was read as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.handover.words import MOODS
from bot.persona.emotion import NAMES, Emotion, Emotions, Noticed
from bot.studio.answer_nodes import put_lines
from bot.studio.drafts import Draft
from bot.studio.file_values import values
from bot.studio.project import Project
from bot.studio.refusals import NotPossible
from bot.studio.yaml_text import edit

LEXICON = "bot/persona/lexicon.yml"
FEELINGS = tuple(name for name in NAMES if name != "neutral")
STRENGTHS: tuple[tuple[float, str], ...] = ((0.6, "сильно"), (0.4, "заметно"), (0.0, "слабо"))
"""From which weight on a sign is called so."""
LONGEST = 60


@dataclass(frozen=True)
class Sign:
    """A word or phrase that shows a feeling; `weight` from 0 to 1."""

    emotion: str
    weight: float
    phrase: str

    @property
    def strength(self) -> str:
        """The weight in a word."""
        return next(word for least, word in STRENGTHS if self.weight >= least)


@dataclass(frozen=True)
class Reading:
    """How the draft's lexicon reads a sentence, and by what."""

    emotion: Emotion
    noticed: tuple[Noticed, ...]


def signs(project: Project, words: str = "", emotion: str = "") -> list[Sign]:
    """Signs with these letters in them, of one feeling or ("") of all. Raises ContentError."""
    looked = words.casefold().replace("ё", "е").strip()
    return [
        sign for sign in _signs(project)
        if emotion in ("", sign.emotion) and looked in sign.phrase.casefold().replace("ё", "е")
    ]  # fmt: skip


def levels(project: Project, emotion: str) -> list[float]:
    """The weights that the lexicon knows for a feeling, the strongest first."""
    return sorted((float(level) for level in (_table(project).get(emotion) or {})), reverse=True)


def add_sign(draft: Draft, emotion: str, weight: float, phrase: str) -> None:
    """Let a phrase show a feeling. Raises NotPossible for one that is there already or cannot be read, BadYaml."""
    phrase = " ".join(phrase.split())
    if not phrase or len(phrase) > LONGEST:
        raise NotPossible(f"Напишите слово или короткую фразу, до {LONGEST} знаков.")
    if emotion not in FEELINGS or weight not in levels(draft.work, emotion):
        raise NotPossible("Выберите чувство и силу из списка.")
    if there := next((s for s in _signs(draft.work) if s.phrase.casefold() == phrase.casefold()), None):
        raise NotPossible(f"«{phrase}» уже есть: {MOODS[there.emotion]}, {there.strength}. Сначала удалите там.")
    try:
        Emotions({"emotions": {emotion: {weight: [phrase]}}})
    except ValueError as error:
        raise NotPossible(f"Так записать нельзя: {error}") from None
    _put(draft, emotion, weight, lambda there: [*there, phrase])


def remove_sign(draft: Draft, emotion: str, weight: float, phrase: str) -> None:
    """Let a phrase show this feeling no longer; one that is gone is no error. Raises NotPossible for the last one, BadYaml."""
    there = [s.phrase for s in _signs(draft.work) if (s.emotion, s.weight) == (emotion, weight)]
    if phrase not in there:
        return
    if len(there) == 1:
        raise NotPossible("Это последнее слово такой силы. Добавьте другое, а потом удалите это.")
    _put(draft, emotion, weight, lambda now: [one for one in now if one != phrase])


def read(project: Project, text: str) -> Reading:
    """What the project's lexicon notices in a sentence. Blocks for 500 ms after a change. Raises ContentError, ValueError."""
    path = project.folder / LEXICON
    state = path.stat()
    emotions = _emotions(project, state.st_mtime_ns, state.st_size)
    return Reading(emotions.detect(text, []), tuple(emotions.noticed(text)))


def _put(draft: Draft, emotion: str, weight: float, change: Any) -> None:
    def apply(tree: Any) -> None:
        table = tree["emotions"][emotion]
        nodes = next(nodes for level, nodes in table.items() if float(level) == weight)
        put_lines(nodes, change([str(node) for node in nodes]), bare=True)

    draft.write(LEXICON, edit(draft.read(LEXICON), apply))


@lru_cache(maxsize=8)
def _emotions(project: Project, mtime: int, size: int) -> Emotions:
    del mtime, size  # a key only: a file that changed is read anew
    return Emotions(dict(values(project, LEXICON) or {}))


def _table(project: Project) -> Mapping[str, Mapping[Any, Sequence[Any]]]:
    return (values(project, LEXICON) or {}).get("emotions") or {}


def _signs(project: Project) -> Iterator[Sign]:
    for emotion, table in _table(project).items():
        for weight, phrases in table.items():
            yield from (Sign(str(emotion), float(weight), str(phrase)) for phrase in phrases or ())
