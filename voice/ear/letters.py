"""Letters by their Russian names, Roman numerals, and unknown Latin words read the Russian way."""

from __future__ import annotations

import re

RUSSIAN = {
    "А": "а", "Б": "бэ", "В": "вэ", "Г": "гэ", "Д": "дэ", "Е": "е", "Ё": "ё", "Ж": "жэ", "З": "зэ", "И": "и",
    "Й": "и краткое", "К": "ка", "Л": "эль", "М": "эм", "Н": "эн", "О": "о", "П": "пэ", "Р": "эр", "С": "эс", "Т": "тэ",
    "У": "у", "Ф": "эф", "Х": "ха", "Ц": "цэ", "Ч": "че", "Ш": "ша", "Щ": "ща", "Ъ": "твёрдый знак", "Ы": "ы",
    "Ь": "мягкий знак", "Э": "э", "Ю": "ю", "Я": "я",
}  # fmt: skip
LATIN = {
    "A": "а", "B": "бэ", "C": "цэ", "D": "дэ", "E": "е", "F": "эф", "G": "гэ", "H": "аш", "I": "ай", "J": "йот", "K": "ка",
    "L": "эль", "M": "эм", "N": "эн", "O": "о", "P": "пэ", "Q": "кью", "R": "эр", "S": "эс", "T": "тэ", "U": "ю",
    "V": "вэ", "W": "дубль-вэ", "X": "икс", "Y": "игрек", "Z": "зэт",
}  # fmt: skip
_SOUNDS = (
    ("sch", "ш"), ("sh", "ш"), ("ch", "ч"), ("ck", "к"), ("ph", "ф"), ("th", "т"), ("wh", "в"), ("kh", "х"), ("zh", "ж"),
    ("ts", "ц"),
    ("qu", "кв"), ("oo", "у"), ("ee", "и"), ("ea", "и"), ("ya", "я"), ("yu", "ю"), ("yo", "ё"), ("ja", "джа"),
    ("ce", "се"), ("ci", "си"), ("cy", "си"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"),
    ("h", "х"), ("i", "и"), ("j", "дж"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"), ("q", "к"),
    ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"), ("y", "и"), ("z", "з"),
)  # fmt: skip
_SOUND = re.compile("|".join(latin for latin, _ in _SOUNDS))
_SOUND_OF = dict(_SOUNDS)
_VOWELS = "АЕЁИОУЫЭЮЯ"
_SPEAKABLE = re.compile(rf"[^{_VOWELS}]{{0,2}}[{_VOWELS}](?:[^{_VOWELS}][{_VOWELS}])*[^{_VOWELS}]?")
_ROMAN = re.compile(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10}


def spelled(word: str, joint: str = "-") -> str:
    """Letter by letter: «МФЦ» → «эм-эф-цэ», «USB» → «ю-эс-бэ»; what is no letter is left out."""
    names = (RUSSIAN.get(c) or LATIN.get(c) for c in word.upper())
    return joint.join(name for name in names if name)


def speakable(word: str) -> bool:
    """Whether an abbreviation can be read as a word: «КАС», «ОСАГО», but not «ОМС» or «ЕГРН»."""
    upper = word.upper()
    starts = upper[:1] not in _VOWELS or len(upper) >= 5
    return len(upper) >= 3 and starts and bool(_SPEAKABLE.fullmatch(upper)) and upper[-1:] not in "ЪЬ"


def transliterated(word: str) -> str:
    """A Latin word as a Russian reads it without knowing the language."""
    return _SOUND.sub(lambda m: _SOUND_OF[m[0]], word.lower())


def latin(word: str) -> str:
    """An unknown Latin word: capitals and words without a vowel by letters, else transliterated."""
    lower = word.lower()
    if (word.isupper() and len(word) <= 4) or not set(lower) & set("aeiouy") or len(word) == 1:
        return spelled(word)
    said = transliterated(word)
    return said.capitalize() if word[0].isupper() else said


def roman(text: str) -> int | None:
    """The value of a Roman numeral up to 39; None when it is none."""
    if not text or not _ROMAN.fullmatch(text):
        return None
    total = 0
    for here, after in zip(text, text[1:] + " ", strict=True):
        value = _VALUES[here]
        total += -value if value < _VALUES.get(after, 0) else value
    return total
