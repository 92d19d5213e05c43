"""Repairs what people type: invisible characters, look-alike letters, the wrong keyboard layout, letters held down.

What it returns is still the citizen's own text: case, punctuation, addresses and Latin names stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from nlu.lemmas import is_word

LONGEST = 2000
"""Characters kept of one message."""
_HEAD, _TAIL = 1400, 600

# Control, format, surrogate and private characters; newlines and tabs become spaces before.
_INVISIBLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ud800-\udfff\ue000-\uf8ff\U000e0000-\U000e0fff]"
)
_STRAY_ACCENT = re.compile("[\u0300-\u036f\u0483-\u0489]+")
_SPACES = re.compile(r"\s+")

_CYRILLIC = re.compile("[а-яА-Я]")
_LATIN = re.compile("[a-zA-Z]")
_ROMAN = re.compile(r"^[IVXLCDM]+\W*$")
_PROTECTED = re.compile(
    r"@|://|^www\.|^/|[a-z0-9-]\.(?:ru|рф|com|org|net|su|info|me|io|gov|pdf|docx?|jpe?g|png)\b", re.I
)

_LOOK_LATIN = "aceopxykmtbhACEOPXYKMTBH"
_LOOK_CYRILLIC = "асеорхукмтвнАСЕОРХУКМТВН"
_TO_CYRILLIC = str.maketrans(_LOOK_LATIN, _LOOK_CYRILLIC)
_TO_LATIN = str.maketrans(_LOOK_CYRILLIC, _LOOK_LATIN)
_SINGLE_LOOK = {"a": "а", "c": "с", "o": "о", "y": "у", "k": "к", "C": "С", "A": "А", "O": "О", "Y": "У", "K": "К"}

_KEYS_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>~"
_KEYS_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюеЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЕ"
_TYPED = str.maketrans(_KEYS_LATIN, _KEYS_CYRILLIC)
_KEY_LETTERS = "[a-zA-Z\\[\\];',.`{}:\"<>~]"
_CHUNK = re.compile(rf"^({_KEY_LETTERS}*[a-zA-Z]{_KEY_LETTERS}*)([^\w]*)$")
_TYPED_END = str.maketrans("&/", "?.")
_PUNCTUATION_KEYS = "[];',.`{}:\"<>~"

_NAMES = frozenset(
    "telegram whatsapp viber vk max qr pdf doc docx jpg png sms email mail gmail yandex google ios android iphone "
    "windows chrome safari wifi web bot ok id ip pin usb url www http https rustore gosuslugi mir visa mastercard "
    "online offline zoom skype youtube instagram facebook id1c excel word xls xlsx zip esia inn snils mfc "
    "the her here but next hey put were hello hi help yes no bye thanks operator".split()
)
_NAMES_MISTYPED = {
    name.translate(_TYPED): name
    for name in "telegram whatsapp viber max pdf gmail yandex google iphone android windows wifi sms email".split()
}
_OURS = frozenset(
    "снилс мфц есиа омс епгу егрн росреестр госуслуга мчс гибдд пфр сфр фнс мвд егиссо загранник жкх маткапитал "
    "онлайн вотсап телеграм телеграмм ватсап вайбер".split()
)
_SHORT = frozenset(
    "я в с к у о и а на не по за до от из об во со ко то же бы ли ну да мы вы он ты их ее им но ок жк уж ни".split()
)

_RUN = re.compile(r"([а-я])\1+", re.I)
_DOUBLE_VOWEL = re.compile(r"([аеиоуыэюя])\1", re.I)
_CYRILLIC_WORD = re.compile("[а-яА-Я]+")
_VOWELS = frozenset("аеиоуыэюя")


def normalise(text: str) -> str:
    """The message as it was meant, at most `LONGEST` characters, on one line.

    Args: the raw text of a citizen, of any length and content. Returns text in NFC with ё as е; may be empty.
    """
    text = unicodedata.normalize("NFC", _cut(text, 4 * LONGEST))
    text = _STRAY_ACCENT.sub("", _INVISIBLE.sub("", _SPACES.sub(" ", text)))
    text = _cut(_SPACES.sub(" ", text).strip(), LONGEST)
    text = text.replace("ё", "е").replace("Ё", "Е")
    if _LATIN.search(text):
        text = _repair_alphabet(text)
    if _RUN.search(text):
        text = _CYRILLIC_WORD.sub(_unstretch, text)
    return _mend_names(text)


_SENTENCE_END = re.compile(r"(?<=[.!?…;])\s+|\n+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(,])(?:ул|д|г|гг|кв|им|тел|стр|корп|пр|пер|пл|обл|р-н|руб|коп|тыс|ст|п|см|т|е|др|пос|с|мин|час|[а-я])\.$",
    re.I,
)
_CLAUSE = re.compile(
    r",\s+(?=(?:а|но|и|поэтому|потому|хотя|однако|зато|прошу|просьба|также|теперь|скажите|подскажите|помогите)\b)", re.I
)
_LONG_SENTENCE = 120


def sentences(text: str) -> list[str]:
    """Splits a story into sentences, and its long sentences into clauses; empty list for blank text."""
    found: list[str] = []
    for piece in _SENTENCE_END.split(text):
        piece = piece.strip()
        if not piece:
            continue
        if found and _ABBREVIATION.search(found[-1]) and not found[-1].endswith(("!", "?")):
            found[-1] += " " + piece
        else:
            found.append(piece)
    parts: list[str] = []
    for sentence in found:
        parts.extend(_CLAUSE.split(sentence) if len(sentence) > _LONG_SENTENCE else [sentence])
    return [part for part in (part.strip() for part in parts) if part]


def _cut(text: str, limit: int) -> str:
    """Head and tail of a text over `limit`: the point of a long story is often at its end."""
    if len(text) <= limit:
        return text
    tail = limit * _TAIL // LONGEST
    return f"{text[: limit - tail - 1].rstrip()} {text[-tail:].lstrip()}"


def _repair_alphabet(text: str) -> str:
    """Look-alike letters and the wrong keyboard layout, word by word; other words of the message decide doubts."""
    chunks = text.split(" ")
    has_cyrillic = bool(_CYRILLIC.search(text))
    chunks = [_mend_mixed(chunk, has_cyrillic) for chunk in chunks]
    doubtful = [i for i, chunk in enumerate(chunks) if _may_be_layout(chunk)]
    if not doubtful:
        return " ".join(chunks)
    repaired = {i: typed for i in doubtful if (typed := _retyped(chunks[i]))}
    weighty = [i for i in doubtful if len(chunks[i]) >= 3]
    whole = bool(repaired) and 2 * len(repaired) >= len(weighty)
    if not weighty and not has_cyrillic:  # «lf», «yt», «d 9»
        whole = all(_typed(chunks[i].rstrip("!?.,")).lower() in _SHORT for i in doubtful)
    surely = len(repaired) >= 2 and 3 * len(repaired) >= 2 * len(weighty)
    for i in doubtful:
        if i in repaired:
            if whole or (has_cyrillic and len(chunks[i]) >= 4):
                chunks[i] = repaired[i]
        elif whole:
            chunks[i] = _retyped_by_neighbours(chunks[i], surely)
    if whole:
        chunks = [_retype_stray(chunk) for chunk in chunks]
    return " ".join(chunks)


def _mend_mixed(chunk: str, has_cyrillic: bool) -> str:
    """«пpивет» with a Latin p → Cyrillic; «Теlegram» with Cyrillic Те → Latin; a lone Latin «c» → preposition."""
    if chunk in _SINGLE_LOOK and has_cyrillic:
        return _SINGLE_LOOK[chunk]
    if not (_LATIN.search(chunk) and _CYRILLIC.search(chunk)) or _PROTECTED.search(chunk):
        return chunk
    return re.sub(r"[a-zA-Zа-яА-Я]+", lambda found: _mend_mixed_word(found.group()), chunk)


@lru_cache(maxsize=5000)
def _mend_mixed_word(word: str) -> str:
    if not (_LATIN.search(word) and _CYRILLIC.search(word)):
        return word
    cyrillic = word.translate(_TO_CYRILLIC)
    if not _LATIN.search(cyrillic):
        return cyrillic
    latin = word.translate(_TO_LATIN)
    return word if _CYRILLIC.search(latin) else latin


def _may_be_layout(chunk: str) -> bool:
    """A chunk of Latin letters and punctuation keys that is no address and no well-known Latin name."""
    if not _CHUNK.match(chunk) or _PROTECTED.search(chunk) or _ROMAN.match(chunk):
        return False
    return re.sub(r"[^a-z0-9]", "", chunk.lower()) not in _NAMES or ";" in chunk[:-1]


@lru_cache(maxsize=5000)
def _retyped(chunk: str) -> str:
    """The chunk as typed on the Russian layout if that gives a Russian word, else an empty string.

    The keys of б, ю, ж, э, х, ъ give punctuation, so at the ends both readings are tried, letters first.
    """
    body, end = _split_chunk(chunk)
    start_most = len(body) - len(body.lstrip(_PUNCTUATION_KEYS))
    end_most = len(body) - len(body.rstrip(_PUNCTUATION_KEYS))
    for cut_end, cut_start in product(range(end_most + 1), range(start_most + 1)):
        core = body[cut_start : len(body) - cut_end]
        typed = _typed(core)
        if len(typed) >= 3 and _russian(typed):
            return body[:cut_start] + typed + body[len(body) - cut_end :] + end.translate(_TYPED_END)
    return ""


def _retyped_by_neighbours(chunk: str, surely: bool) -> str:
    """A chunk the dictionary does not know, in a message typed on the wrong layout: a short word or a name.

    `surely`: most other words were Russian, so the chunk need not look unlike a Latin name.
    """
    body, end = _split_chunk(chunk)
    core = body.rstrip(",.;:'\"")
    rest = body[len(core) :]
    typed = _typed(core)
    if typed.lower() in _SHORT or _looks_russian(core, typed, surely):
        return typed + rest + end.translate(_TYPED_END)
    return chunk


def _retype_stray(chunk: str) -> str:
    """A letter key that is punctuation on the Latin layout, alone between words: no Russian word is «б» or «ж»."""
    return chunk.translate(_TYPED_END) if chunk in ("&", "/") else chunk


def _split_chunk(chunk: str) -> tuple[str, str]:
    found = _CHUNK.match(chunk)
    return (found.group(1), found.group(2)) if found else (chunk, "")


def _typed(core: str) -> str:
    """The keys pressed, read on the Russian layout; «{» and friends count as capitals only next to capitals."""
    if core[1:] == core[1:].lower() or not core.isupper():
        return core[:1].translate(_TYPED) + core[1:].translate(_TYPED)
    return core.translate(_TYPED).upper()


@lru_cache(maxsize=5000)
def _russian(word: str) -> bool:
    word = word.lower()
    if not word.isalpha():
        return False
    return is_word(word) or word in _OURS or (bool(_RUN.search(word)) and is_word(_shortened(word)))


def _looks_russian(latin: str, typed: str, surely: bool) -> bool:
    """Whether an unknown word reads like Russian and, unless `surely`, its original does not read like a Latin name."""
    lower = typed.lower()
    if len(lower) < 3 or not lower.isalpha() or lower[0] in "ьъы":
        return False
    share = sum(letter in _VOWELS for letter in lower) / len(lower)
    latin_share = sum(letter in "aeiou" for letter in latin.lower()) / len(latin)
    return 0.2 <= share <= 0.7 and (surely or latin_share < 0.2 or any(key in latin for key in _PUNCTUATION_KEYS))


def _unstretch(found: re.Match[str]) -> str:
    word = found.group()
    if not _RUN.search(word) or is_word(word):
        return word
    stretched = any(len(run.group()) > 2 for run in _RUN.finditer(word))
    # A doubled letter of a capitalised word is more likely a surname than a typing slip, of a short one a shortening.
    if not stretched and (word[0].isupper() or len(word) < 6 and not _DOUBLE_VOWEL.search(word)):
        return word
    return _shortened(word) if stretched or is_word(_shortened(word)) else word


@lru_cache(maxsize=5000)
def _shortened(word: str) -> str:
    """The word with held-down letters let go: doubles where the dictionary has them, else singles."""
    runs = [run.group(1) for run in _RUN.finditer(word)][:3]
    for lengths in product((2, 1), repeat=len(runs)):
        candidate = _with_runs(word, iter(lengths))
        if is_word(candidate):
            return candidate
    return _RUN.sub(lambda run: run.group(1) if len(run.group()) > 2 else run.group(), word)


def _with_runs(word: str, lengths: Iterator[int]) -> str:
    return _RUN.sub(lambda run: run.group(1) * next(lengths, 1), word)


def _mend_names(text: str) -> str:
    """Latin names typed on the Russian layout («еудупкфь» → «telegram»), only from a short list."""
    if not any(mistyped in text.lower() for mistyped in _NAMES_MISTYPED):
        return text
    return _CYRILLIC_WORD.sub(lambda found: _NAMES_MISTYPED.get(found.group().lower(), found.group()), text)
