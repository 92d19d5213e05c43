"""The editors' dictionary of how things are said (`bot/content/pronunciation.yml`), read once and looked up by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

import bot
from bot.services.errors import ContentError
from bot.services.plain_yaml import plain_yaml
from voice.ear.letters import latin, speakable, spelled
from voice.ear.morphology import is_word, part_of_speech

DEFAULT = Path(bot.__file__).parent / "content" / "pronunciation.yml"
STRESS = "\x02"
"""Stands for `+` until the end, so that a plus in a text is never taken for a stress."""
_SAYABLE = re.compile(r"[а-яёА-ЯЁ+ ,.!?-]+")
_STOPS = "ст п пп ч гл абз г гг т ок сек дн мес нед чел экз шт млн млрд кв куб м км кг см мм га л раб кал р с"


@dataclass(frozen=True)
class Said:
    """How a word is said, and whether somebody knows it or it was guessed from its letters."""

    text: str
    known: bool


@dataclass(frozen=True)
class Pronunciation:
    """The dictionary. `words`: by written form; keys in capitals also take a Russian ending («ЗАГСе»).

    `places` and `short`: abbreviations with a full stop and what they stand for; places are declined. `sites`: names of
    web sites in the genitive.
    """

    words: dict[str, str]
    folded: dict[str, str]
    places: dict[str, str]
    short: dict[str, str]
    sites: dict[str, str]
    stops: frozenset[str]
    """Words after which a full stop may end no sentence."""

    def known(self, word: str) -> str | None:
        """The dictionary's answer for a word as written, None when it has none."""
        if said := self.words.get(word):
            return said
        said = self.folded.get(word.lower())
        capital = re.match("[А-ЯЁ]", word) and not word.isupper()
        return (said[:1].upper() + said[1:] if capital else said) if said else None

    def say(self, word: str) -> Said:
        """How an abbreviation or a Latin word is said. Ordinary Russian words come back unchanged."""
        if said := self.known(word):
            return Said(said, True)
        stem, ending = _capitals(word)
        if ending and stem and (said := self.words.get(stem)):
            return Said(said + (ending if said[-1] not in "аеёиоуыэюяй" else ""), True)
        if "-" in word:
            pieces = [self.say(piece) for piece in word.split("-") if piece]
            return Said("-".join(p.text for p in pieces), all(p.known for p in pieces))
        if re.search("[A-Za-z]", word):
            return Said(latin(word), False)
        if not stem or len(stem) < 2 or word.istitle():
            return Said(word, True)
        if is_word(stem) and not ending and (len(stem) > 3 or part_of_speech(stem.lower()) in ("PREP", "CONJ", "PRCL")):
            return Said(stem.lower(), True)
        return Said((stem.lower() if speakable(stem) else spelled(stem)) + (ending if speakable(stem) else ""), False)


def _capitals(word: str) -> tuple[str, str]:
    """(«ЗАГС», «е») of «ЗАГСе»; ("", "") of a word that is no abbreviation."""
    found = re.fullmatch(r"([А-ЯЁ]{2,})([а-яё]{0,3})", word)
    return (found[1], found[2]) if found else ("", "")


def load(path: Path) -> Pronunciation:
    """Read the dictionary. Raises ContentError that names what cannot be said."""
    try:
        data: Any = plain_yaml(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ContentError(f"{path}: {error}") from error
    parts: dict[str, dict[str, str]] = {}
    for name in ("words", "places", "short", "sites"):
        entries = (data or {}).get(name) or {}
        if not isinstance(entries, dict):
            raise ContentError(f"{path}: {name}: нужны строки «как пишется: как говорится»")
        parts[name] = {}
        for key, value in entries.items():
            if not isinstance(key, str) or not isinstance(value, str) or not _SAYABLE.fullmatch(value):
                raise ContentError(
                    f"{path}: {name}: {key}: «{value}» — только русские буквы, дефис и + перед ударной гласной"
                )
            parts[name][key] = value.replace("+", STRESS)
    capital = {k: v for k, v in parts["words"].items() if k.isupper()}
    folded = {k.lower(): v for k, v in parts["words"].items() if not k.isupper() or re.search("[A-Z]", k)}
    shortened = re.findall("[а-яё]+", " ".join([*parts["places"], *parts["short"], _STOPS]))
    stops = frozenset(shortened)
    return Pronunciation(capital, folded, parts["places"], parts["short"], parts["sites"], stops)


@lru_cache(maxsize=4)
def book(path: Path = DEFAULT) -> Pronunciation:
    """The dictionary of a file, read once: it never changes while the assistant runs."""
    return load(path)
