"""Letters said one by one: by names («Анна, Ольга»), by their own names («бэ, твёрдый знак»), or as Whisper writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from bot.services.phrases import analyser
from voice.dictation.digits import digits_said

_LETTERS = {
    "а": "а", "бэ": "б", "бе": "б", "вэ": "в", "ве": "в", "гэ": "г", "ге": "г", "дэ": "д", "де": "д", "е": "е",
    "йе": "е", "ё": "ё", "йо": "ё", "жэ": "ж", "же": "ж", "зэ": "з", "зе": "з", "и": "и", "ка": "к", "кэ": "к",
    "эль": "л", "эл": "л", "ел": "л", "ель": "л", "эм": "м", "ем": "м", "эн": "н", "ен": "н", "о": "о", "пэ": "п",
    "пе": "п", "эр": "р", "ер": "р", "эс": "с", "ес": "с", "тэ": "т", "те": "т", "у": "у", "эф": "ф", "еф": "ф",
    "ха": "х", "хэ": "х", "це": "ц", "цэ": "ц", "че": "ч", "чэ": "ч", "ша": "ш", "ща": "щ", "ы": "ы", "еры": "ы",
    "мэ": "м", "лэ": "л", "нэ": "н", "рэ": "р", "сэ": "с", "фэ": "ф", "шэ": "ш", "э": "э", "ю": "ю", "я": "я", "йот": "й",
}  # fmt: skip
_SPELLING_WORDS = {
    "цапля": "ц", "центр": "ц", "человек": "ч", "чайка": "ч", "шура": "ш", "щука": "щ", "эхо": "э", "харитон": "х",
    "игрек": "ы", "хлеб": "х", "шапка": "ш", "эмма": "э", "юла": "ю", "жук": "ж", "елка": "е", "цезарь": "ц",
}  # fmt: skip
_FIRST_NAMES = frozenset(
    "роман лев вера надежда любовь роза майя марк клара тарас павел захар женя саша яна ян".split()
)
"""Names that the dictionary takes for another word first."""
_SIGNS = re.compile(
    r"(?P<hard>тв[её]рд\w*[\s-]*(?:знак\w*)?)|(?P<soft>мягк\w*[\s-]*(?:знак\w*)?)|"
    r"(?P<short>(?:и|иван|й)[\s-]+кратк\w*)",
    re.I,
)
_SIGN_LETTERS = {"hard": "ъ", "soft": "ь", "short": "й"}
_TOKEN = re.compile(r"[А-Яа-яЁёA-Za-z]+")
_AS_IN = re.compile(r"\b([а-яё])(?:\s*[-,—–]?\s*(?:как|это)\s+(?:в\s+слове\s+)?|\s*[-,—–]\s*|\s+)([а-яё]{3,})", re.I)
"""«К как Константин», «К — Константин»: one letter said twice."""
_DOUBLED = re.compile(r"\b(?:дв[еа]|двойн\w+|дважды)\s+([а-яё]+)", re.I)
_TALK = frozenset("по буквам пишется буква буквы фамилия моя меня зовут диктую это так далее дальше потом имя".split())
_ALSO_WORDS = frozenset("а и о у я в с к э ю же де те ка по".split())
"""Letters that are words as well: «а я» spells nothing."""
_NAME_LETTERS = 3
"""A row of so many letters or first names is a spelling: nobody has three names, and «ха-ха» is a laugh."""


@dataclass(frozen=True)
class Spelled:
    """What was spelt: `letters` in lower case, and the `word` that was said whole before them, if any."""

    letters: str
    word: str = ""

    @property
    def name(self) -> str:
        """The letters as a surname is written. Letters weigh more than the word: that one was only heard."""
        return self.letters.capitalize()


def spelled(text: str) -> Spelled | None:
    """The letters dictated in `text`; None when the caller is not spelling."""
    plain = _AS_IN.sub(lambda m: m[1] if m[2].lower().startswith(m[1].lower()) else m[0], text.strip())
    plain = _SIGNS.sub(lambda m: f" {_SIGN_LETTERS[str(m.lastgroup)]} ", plain)
    plain = _DOUBLED.sub(lambda m: f"{m[1]} {m[1]}" if _letter(m[1]) else m[0], plain)
    words = [w for w in _TOKEN.findall(plain) if w.lower() not in _TALK]
    if sum(1 for w in words if len(w) > 3 and _by_name(w)) * 2 >= len(words):
        # «Анна и Ольга» are two people; «и» as a letter stands among letters.
        words = [w for w in words if w != "и"]
    if len(words) > 1 and text.isupper() and sum(len(w) > 1 for w in words) > 1:
        # A sentence shouted in capitals; letters run together come as one word.
        return None
    whole, rest = _whole_word(words)
    found = [_letters(w) for w in rest]
    letters = "".join(found)
    known = sum(1 for f in found if f)
    # One word in five may be misheard and then gives its first letter; a spelling is hardly ever perfect.
    surely = whole and _fits(letters, whole, strict=True)
    if known < (_NAME_LETTERS - 1 if surely else _NAME_LETTERS) or known < 0.8 * len(rest):
        return None
    if all(w in _ALSO_WORDS for w in rest) and "-" not in text and known < 2 * _NAME_LETTERS:
        return None
    letters = "".join(f or w[0].lower() for f, w in zip(found, rest, strict=True))
    if whole and not _fits(letters, whole):
        return Spelled(letters) if known == len(rest) >= _NAME_LETTERS else None
    return Spelled(letters, whole)


def _whole_word(words: list[str]) -> tuple[str, list[str]]:
    """The word said before its letters: «Козлов: Константин, Ольга, …»."""
    if len(words) < 3:
        return "", words
    first = words[0]
    if _letters(first) and not (len(first) > 3 and _fits("".join(_letters(w) for w in words[1:]), first, strict=True)):
        return "", words
    return (first, words[1:]) if len(first) > 2 else ("", words)


def _fits(letters: str, word: str, strict: bool = False) -> bool:
    """Whether the letters may spell the word: begun alike; `strict`, for a word that is a first name as well: the same."""
    plain, spelt = word.lower().replace("ё", "е"), letters.replace("ё", "е")
    return spelt == plain if strict else bool(spelt) and spelt[0] == plain[0]


def series(text: str) -> str | None:
    """The series of a civil registry certificate, «римская два, а, бэ» → «II-АБ»; None when there is none."""
    roman = re.match(r"\W*([IVXLC]{1,6})\W+", text)
    letters = re.sub(r"\b(?:римск\w+|серия|цифр\w+|тире|дефис)\b", " ", text, flags=re.I)
    digits = digits_said(letters)
    number = roman[1] if roman else _roman(int(digits)) if digits and 0 < int(digits) < 40 else ""
    rest = letters[roman.end() :] if roman else letters
    said = [_letters(w) for w in _TOKEN.findall(rest)]
    two = "".join(said).upper()
    return f"{number}-{two}" if number and len(two) == 2 else None


def _roman(number: int) -> str:
    found = ""
    for value, sign in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        while number >= value:
            found, number = found + sign, number - value
    return found


def _letters(word: str) -> str:
    """The letters a word stands for: its own («бэ»), a name's first («Ольга»), a run of capitals («БВМ»); "" for none."""
    return _letter(word) or _by_name(word) or (word.lower() if word.isupper() and 2 <= len(word) <= 5 else "")


def _letter(word: str) -> str:
    low = word.lower()
    if len(low) == 1:
        return low if low in "абвгдеёжзийклмнопрстуфхцчшщъыьэюя" else _latin(low)
    return _LETTERS.get(low, "")


def _latin(letter: str) -> str:
    """What Whisper meant by a lone Latin letter is its sound, not its looks: «B» is «бэ»."""
    return _LATIN_SOUNDS.get(letter, "")


_LATIN_SOUNDS = dict(zip("abvgdezijklmnoprstufhcyx", "абвгдезийклмнопрстуфхсух", strict=True))


@lru_cache(maxsize=2_000)
def _by_name(word: str) -> str:
    low = word.lower().replace("ё", "е")
    if low in _SPELLING_WORDS:
        return _SPELLING_WORDS[low]
    if len(low) < 3:
        return ""
    # Names are heard in any case: «с Ольгой», «Сергея»; but «Сидоров» is a surname before it is of many Sidors.
    best = max(analyser().parse(low), key=lambda p: p.score)
    return low[0] if "Name" in best.tag or (low in _FIRST_NAMES and "Surn" not in best.tag) else ""
