"""Leaves out at the edges of an utterance what a caller says while thinking: «э-э», «мм», «ну это», «как его»."""

from __future__ import annotations

import re

_SOUND = r"(?:э+(?:\s*-\s*э+)*м*|(?:э-)?м{2,}(?:-м+)*|м-м+(?:-м+)*|а-а+(?:-а+)*|а{3,}|хм+|кхм|гм+)"
_PHRASE = r"(?:как\s+(?:его|ее|её|их|это)(?:\s+там)?|ну\s+как\s+бы|это\s+самое)"
_WORD = r"(?:ну|так|вот|значит|короче|слушайте|типа)"
_GAP = r"[\s,.…—–-]+"
_THINKING = rf"(?:(?:{_SOUND}|{_PHRASE}|{_WORD})(?:{_GAP}|(?=[?!]|$)))"
_FRONT = re.compile(rf"^[\s,…—–]*(?P<chain>{_THINKING}+)", re.I)
_BACK = re.compile(rf"(?P<chain>(?:{_GAP}(?:{_SOUND}|{_PHRASE}|{_WORD}))+)[\s.…,—–-]*$", re.I)
_CLEAR = re.compile(rf"(?<!\w)(?:{_SOUND}|{_PHRASE}(?=\s*[,.…—–-]|\s*$))(?!\w)", re.I)
_ONLY_WORDS = re.compile(rf"^(?:{_WORD}{_GAP})+$", re.I)
_HAS_WORDS = re.compile(r"\w")
_SHORT = 3
"""Words of an answer that is a name and no sentence."""
_YES_OR_NO = re.compile(r"(?:да|нет|не|ага|угу)\b", re.I)
_ALONE = re.compile(rf"^[\s,.…—–-]*(?:{_SOUND}(?:{_GAP})?)+(?:{_PHRASE}|{_WORD}|{_SOUND}|{_GAP})*$", re.I)


def without(text: str, name_awaited: bool) -> str:
    """The utterance without thinking at its edges; "" when there was nothing else.

    A chain goes only if it holds a sound («э-э») or a set phrase («как его,»). Bare «ну» and «так» stay, unless a name is
    awaited in a word or two: «ну да» and «так не пойдёт» mean something.
    """
    if _ALONE.match(text):
        return ""
    front = _FRONT.match(text)
    if front and _HAS_WORDS.search(text, front.end()) and _goes(front["chain"], text[front.end() :], name_awaited):
        text = _as_before(text[front.end() :].lstrip(" ,.…—–-"), text)
    back = _BACK.search(text)
    if back and back.start() > 0 and _CLEAR.search(back["chain"].strip(" ,.…—–")):
        text = text[: back.start()]
    return text


def _goes(chain: str, rest: str, name_awaited: bool) -> bool:
    if _CLEAR.search(chain):
        return True
    short = len(rest.split()) <= _SHORT and rest[:1].isupper() and not _YES_OR_NO.match(rest)
    return name_awaited and short and bool(_ONLY_WORDS.match(chain))


def _as_before(rest: str, whole: str) -> str:
    """A sentence keeps its capital."""
    first = next((c for c in whole if c.isalpha()), "")
    return rest[:1].upper() + rest[1:] if first.isupper() else rest
