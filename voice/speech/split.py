"""Cuts a long sentence into breath groups, so that its first words sound while the rest is still being made."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace

from voice.speech.base import PLAIN, Prosody, Voice

LONGEST = 160
"""Letters of one piece at most."""
FIRST = 24
"""A first piece shorter than this is joined with the next: «Да,» alone sounds torn off."""
_AFTER_MARK = re.compile(r"(?<=[.!?…;:])\s+|(?<=,)\s+|\s+(?=[—–-]\s)")


def pieces(sentence: str, longest: int = LONGEST) -> list[str]:
    """The sentence in pieces of at most `longest` letters, cut at punctuation where there is any, else between words.

    A sentence that is short enough stays whole, whatever its punctuation. No piece is empty.
    """
    text = " ".join(sentence.split())
    if len(text) <= longest:
        return [text] if text else []
    grown: list[str] = []
    for part in _AFTER_MARK.split(text):
        for bit in _between_words(part, longest):
            if grown and len(grown[-1]) + 1 + len(bit) <= longest:
                grown[-1] += f" {bit}"
            else:
                grown.append(bit)
    return grown


def breaths(sentence: str) -> list[str]:
    """The sentence cut at its commas for streaming: a short first piece that sounds soon, the others as long as may be."""
    text = " ".join(sentence.split())
    for mark in _AFTER_MARK.finditer(text):
        if mark.start() >= FIRST and len(text) - mark.end() >= FIRST:
            return [text[: mark.start()], *pieces(text[mark.end() :])]
    return pieces(text)


async def stream(voice: Voice, sentence: str, prosody: Prosody = PLAIN) -> AsyncIterator[bytes]:
    """The sentence's sound breath by breath; while one is played the next is already made.

    The prosody's pause comes after the last. Raises SpeechFailed, with what was given before already said.
    """
    texts = breaths(sentence)
    inner = replace(prosody, pause_ms=0)
    waiting: asyncio.Task[bytes] | None = None
    try:
        for number, text in enumerate(texts):
            current = waiting or asyncio.create_task(voice.say(text, prosody if number == len(texts) - 1 else inner))
            waiting = None
            if number + 1 < len(texts):
                following = prosody if number + 2 == len(texts) else inner
                waiting = asyncio.create_task(voice.say(texts[number + 1], following))
            try:
                sound = await current
            except BaseException:
                current.cancel()
                raise
            yield sound
    finally:
        if waiting is not None:
            waiting.cancel()
            with contextlib.suppress(BaseException):
                await waiting


def _between_words(part: str, longest: int) -> list[str]:
    """A part without punctuation cut between words; a word longer than `longest` is cut inside."""
    bits: list[str] = []
    for word in part.split():
        for chunk in (word[at : at + longest] for at in range(0, len(word), longest)):
            if bits and len(bits[-1]) + 1 + len(chunk) <= longest:
                bits[-1] += f" {chunk}"
            else:
                bits.append(chunk)
    return bits
