"""Where words are stressed: the editors' dictionary first, then silero-stress, which tells homographs apart by their sentence."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from bot.services.content.fields import read_yaml
from bot.services.errors import ContentError
from voice.speech.no_voice import NoVoice

_WORD = re.compile(r"[а-яё+]+(?:-[а-яё+]+)*", re.IGNORECASE)
_ENTRY = re.compile(r"[а-яё+]+(?:-[а-яё+]+)*")
_BAD_MARK = re.compile(r"\+(?![аеиоуыэюя])")

Overrides = dict[str, str]
"""A word without marks, small letters, «е» for «ё» → the same word as it is to be said."""


def load_overrides(path: Path) -> Overrides:
    """Read the editors' dictionary (bot/content/stress.yml). Raises ContentError that names the file and the word."""
    top = read_yaml(path)
    words: dict[str, str] = {}
    for line in top.texts("words"):
        for word in line.lower().split():
            _check(word, path)
            plain = _plain(word)
            if words.get(plain, word) != word:
                raise ContentError(f"{path}: слово «{plain}» записано дважды по-разному: {words[plain]} и {word}")
            words[plain] = word
    top.done()
    return words


def digest(overrides: Overrides) -> str:
    """A short name of a dictionary, so that sound made with another one is not taken for its own; "" for an empty one."""
    if not overrides:
        return ""
    return hashlib.sha256("\n".join(sorted(overrides.values())).encode()).hexdigest()[:8]


def marked(text: str, overrides: Overrides) -> str:
    """The text with the dictionary's words as they are to be said. A word that has a mark already keeps it."""

    def one(match: re.Match[str]) -> str:
        word = match[0]
        return word if "+" in word else overrides.get(_plain(word.lower()), word)

    return _WORD.sub(one, text)


class Accentor:
    """Puts a mark into every word. Loads silero-stress, and with it torch, on making: seconds, so make it in a thread."""

    def __init__(self, overrides: Overrides) -> None:
        try:
            from silero_stress import load_accentor
        except ImportError as error:
            raise NoVoice(
                f"Для голоса Silero нужны пакеты torch и silero-stress ({error}): docs/voice-silero.md"
            ) from None
        self._overrides = overrides
        self._accentor: Any = load_accentor("ru")

    def mark(self, text: str) -> str:
        """The text with `+` before every stressed vowel, and «ё» where it belongs."""
        own = marked(text, self._overrides)
        # The accentor leaves a marked word alone, but would mark each part of a hyphenated one.
        compounds = [match[0] for match in _WORD.finditer(own) if "-" in match[0] and "+" in match[0]]
        if not compounds:
            return str(self._accentor(own))
        pieces = re.split("(" + "|".join(map(re.escape, compounds)) + ")", own)
        return "".join(piece if piece in compounds else self._said(piece) for piece in pieces)

    def _said(self, piece: str) -> str:
        """A piece between two compounds, its spaces at both ends kept."""
        bare = piece.strip()
        return piece.replace(bare, str(self._accentor(bare)), 1) if bare else piece


def _check(word: str, path: Path) -> None:
    if not _ENTRY.fullmatch(word):
        raise ContentError(f"{path}: «{word}»: только русские буквы, дефис и знак + перед ударной гласной")
    if _BAD_MARK.search(word):
        raise ContentError(f"{path}: «{word}»: знак + ставится перед ударной гласной")
    if "+" not in word and "ё" not in word:
        raise ContentError(f"{path}: «{word}»: нет знака + перед ударной гласной")


def _plain(word: str) -> str:
    return word.replace("+", "").replace("ё", "е")
