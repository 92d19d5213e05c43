"""Takes writing apart: markdown, emoji and quotes go, lines become sentences and items of lists, signs become pauses."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

_MARKER = re.compile(r"^\s*(?:[•●▪◦‣·–—*+-]|(\d{1,2})[.)](?!\d))\s+")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+|>\s+)")
_EMPHASIS = re.compile(
    r"(\*\*|__|~~|``?`?)(?=\S)(.{1,600}?)(?<=\S)\1|(?<![\w*])([*_])(?=[^\s*_])(.{1,600}?)(?<=[^\s*_])\3(?![\w*])"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,80}>")
_SPACES = re.compile(r"[^\S\n]+")
_DASHES = str.maketrans({"‐": "-", "‑": "-", "‒": "–", "―": "—", "−": "-", "…": "...", "ʼ": "'", "⁄": "/"})
_FOREIGN = str.maketrans(
    {"і": "и", "І": "И", "ї": "и", "Ї": "И", "є": "е", "Є": "Е", "ґ": "г", "Ґ": "Г", "ў": "у", "Ў": "У"}
)
_QUOTES = re.compile(r"[«»„“”\"‹›‘’'`]")
_BRACKETS = re.compile(r"\s*[\[({]\s*|\s*[\])}]")
_KEEP = re.compile(r"[^а-яА-ЯёЁ+ .,!?-]")
_END = re.compile(r"(?<=[.!?])[.!?]*\s+(?=[-–—«„\"(]*\s*[А-ЯЁA-Z\d\x02])|(?<=[!?])\s+(?=\S)|\x05\s*")


@dataclass(frozen=True)
class Line:
    """One line of a reply. `number`: of a numbered list; `item`: of any list; `last`: a paragraph or list ends here."""

    text: str
    item: bool
    number: int | None
    last: bool


def plain(text: str) -> str:
    """The text without what cannot be heard: emphasis, tags, emoji, control characters; digits of all scripts as ASCII."""
    text = unicodedata.normalize("NFC", text).translate(_DASHES)
    text = text.replace("м²", "м2").replace("м³", "м3")
    if not text.isascii():
        text = "".join(_character(c) for c in text)
    text = _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    text = "".join(c for c in text if c >= " " or c == "\n")
    text = _TAG.sub(" ", text) if "<" in text else text
    return _EMPHASIS.sub(lambda m: m[2] or m[4], text) if re.search("[*_~`]", text) else text


def _character(c: str) -> str:
    """A letter without its accent, an ASCII digit for any other, nothing for what is drawn and not said."""
    if c < "\x7f" or "а" <= c <= "я" or "А" <= c <= "Я" or c in "ёЁ№₽€°«»„“–—•×%":
        return c
    kind = unicodedata.category(c)
    if kind == "Nd":
        return str(unicodedata.digit(c))
    if kind == "Zs":
        return " "
    if c in "\u2028\u2029\x85":
        return "\n"
    if kind[0] == "M" or kind in ("Cf", "Cc", "Co", "Cs", "Cn", "Sk"):
        return ""
    if kind == "So" and c not in "●▪◦‣":
        return ""
    return c.translate(_FOREIGN)


def lines(text: str) -> list[Line]:
    """The lines of a reply that have anything in them."""
    rows: list[tuple[str, bool, int | None]] = []
    ends: set[int] = set()
    for row in text.split("\n"):
        if not row.strip():
            ends.add(len(rows) - 1)
            continue
        marked = _MARKER.match(row)
        body = row[marked.end() :] if marked else _HEADING.sub("", row)
        rows.append((body.strip(" |\t"), bool(marked), int(marked[1]) if marked and marked[1] else None))
    last = len(rows) - 1
    return [
        Line(body, item, number, at == last or at in ends or item and not rows[at + 1][1])
        for at, (body, item, number) in enumerate(rows)
    ]


def signs(line: str) -> str:
    """Signs that have a word get it; the rest of the punctuation becomes pauses. Numbers must be words already."""
    line = _QUOTES.sub("", line)
    if re.search(r"[^а-яА-ЯёЁ ,.!?a-zA-Z\d-]", line):
        line = re.sub(r"(?<=[А-Яа-яЁё])\s?/\s?(?=[А-Яа-яЁё])", " или ", line)
        line = re.sub(r"\bи или или\b", "и или", line)
        line = line.replace("₽", " рублей").replace("€", " евро").replace("%", " процентов").replace("°", " градусов")
        line = re.sub(r"\s*&\s*", " и ", line)
        line = re.sub(r"(?<=[а-яё])\s?\+(?=\s|$)", " плюс", line)
        line = re.sub(r"(?<=\s)\+(?=\s|[а-яё])", "плюс ", line)
        line = re.sub(r"(?<=[а-яё])\s?=\s?(?=[а-яё])", " равно ", line)
        line = re.sub(r"(?<![^\s,])#(?=[\s,.!?]|$)", "решётку", line)
        line = re.sub(r"(?<![^\s,])\*(?=[\s,.!?]|$)", "звёздочку", line)
        line = _BRACKETS.sub(lambda m: ", ", line)
        line = re.sub(r"\s*[:;|]+(?=\s|$)|(?<=\D):(?=\D)", ",", line)
        line = re.sub(r"\s+[—–]\s*|\s*[—–]\s+|^[—–]", " - ", line)
        line = re.sub(r"(?<=[а-яёА-ЯЁ])[—–](?=[а-яёА-ЯЁ])", " - ", line)
    return line


def tidy(line: str) -> str:
    """Only letters, spaces and `.,!?-` remain, each sign once and in its place."""
    line = re.sub(r"\s*\x08", "", line)
    line = re.sub(r"[\x00-\x1f]", lambda m: "+" if m[0] == "\x02" else "", line.replace("+", " "))
    line = _KEEP.sub(" ", line)
    line = re.sub(r"(?<![а-яёА-ЯЁ])\+|\+(?![аеёиоуыэюяАЕЁИОУЫЭЮЯ])", lambda m: "+" if _stressed(m) else " ", line)
    line = re.sub(r"\s+-(?=[^\s-])|(?<=[^\s-])-\s+|\s+-+\s+|--+", " - ", line)
    line = re.sub(r"\s+", " ", line)
    line = re.sub(r"\s+([.,!?])", r"\1", line)
    line = re.sub(
        r"([.,!?])(?: ?- ?)?(?:\s*[.,!?])+",
        lambda m: max(m[0], key=".!?".find),
        line,
    )
    line = re.sub(r"(?<=[.!?,])(?=[^\s.,!?])", " ", line)
    line = re.sub(r",? - ?,", ",", line)
    line = re.sub(r"^[\s.,!?-]+|[\s,-]+$", "", line)
    return re.sub(r"(?: -)+(?=[.,!?]|$)", "", line)


def _stressed(m: re.Match[str]) -> bool:
    return m.string[m.end() : m.end() + 1] in tuple("аеёиоуыэюяАЕЁИОУЫЭЮЯ")


_BEGINS = re.compile(r"((?<![А-Яа-яЁё.])[А-Яа-яЁё]{1,5})?([.!?])\s+(?=\+?\d)")


def mark_beginnings(line: str, short: Container[str]) -> str:
    """A mark where a sentence begins with a number: as a word it will have no capital to be known by.

    `short`: words after which a full stop ends no sentence («ул. 8 Марта»).
    """
    return _BEGINS.sub(
        lambda m: m[0] if m[1] and m[1].lower() in short and m[2] == "." else f"{m[0].rstrip()}\x05 ", line
    )


def sentences(line: str) -> list[str]:
    """The sentences of a line whose abbreviations are written out."""
    return [piece for piece in _END.split(line) if piece and piece.strip(" .,!?-")]
