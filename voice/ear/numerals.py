"""Numbers as words in a case and gender, on top of num2words; case names are pymorphy's (`nomn`, `gent`, …)."""

from __future__ import annotations

from functools import lru_cache

from num2words import num2words

CASE_LETTERS = {"nomn": "n", "gent": "g", "datv": "d", "accs": "a", "ablt": "i", "loct": "p"}
_ZERO = {"nomn": "ноль", "accs": "ноль", "gent": "нуля", "datv": "нулю", "ablt": "нулём", "loct": "нуле"}
LARGEST = 10**15
"""From here on a number is nobody's amount; it is said digit by digit."""


@lru_cache(maxsize=20_000)
def cardinal(number: int, case: str = "nomn", gender: str = "m", animate: bool = False) -> str:
    """«двадцать один», «двадцати одной». A leading «одна тысяча» loses its «одна», as people say it."""
    if number == 0:
        # num2words says «от ноля»; people say «от нуля».
        return _ZERO[case]
    said = str(num2words(number, lang="ru", case=CASE_LETTERS[case], gender=gender or "m", animate=animate))
    first, _, rest = said.partition(" ")
    return rest if 1000 <= number < 2000 and first.startswith("одн") else said


@lru_cache(maxsize=20_000)
def ordinal(number: int, case: str = "nomn", gender: str = "m", plural: bool = False, animate: bool = False) -> str:
    """«третье», «двадцать пятого», «две тысячи двадцать шестой»."""
    return str(
        num2words(
            number,
            to="ordinal",
            lang="ru",
            case=CASE_LETTERS[case],
            gender=gender or "m",
            plural=plural,
            animate=animate,
        )
    )


@lru_cache(maxsize=1_000)
def collective(number: int, case: str) -> str:
    """«двое», «трое», «четверо» for words without a singular: сутки, ножницы. 2 to 4 only."""
    return str(num2words(number, lang="ru", case=CASE_LETTERS[case], plural=True, animate=False))


@lru_cache(maxsize=5_000)
def fraction(whole: int, digits: str, case: str = "nomn") -> str:
    """«одна целая две десятых» of («1», «2»). num2words knows fractions in the nominative only."""
    parts = int(digits)
    size = 10 ** len(digits)
    return " ".join(
        (
            cardinal(whole, case, "f"),
            _share("целая", whole, case),
            cardinal(parts, case, "f"),
            _share(size, parts, case),
        )
    )


_WHOLE = {"nomn": "целая", "accs": "целую", "gent": "целой", "datv": "целой", "ablt": "целой", "loct": "целой"}
_WHOLES = {"nomn": "целых", "accs": "целых", "gent": "целых", "datv": "целым", "ablt": "целыми", "loct": "целых"}


def _share(of: str | int, count: int, case: str) -> str:
    one = count % 10 == 1 and count % 100 != 11
    if isinstance(of, str):
        return _WHOLE[case] if one else _WHOLES[case]
    if one:
        return ordinal(of, case, "f")
    return ordinal(of, case if case not in ("nomn", "accs") else "gent", plural=True)


_GLUED = {40: "сорока", 90: "девяносто", 100: "сто", 1000: "тысяче"}


@lru_cache(maxsize=2_000)
def glued(number: int) -> str:
    """The number as the first part of a word: «тридцати» of тридцатидневный, «двух» of двухместный, «одно»."""
    if number in _GLUED:
        return _GLUED[number]
    if number == 1:
        return "одно"
    if number % 100 and number > 100:
        head = "сто" if number // 100 == 1 else cardinal(number // 100 * 100, "gent").replace(" ", "")
        return head + glued(number % 100)
    if number > 20 and number % 10 and number < 100:
        return ("сорока" if number // 10 == 4 else glued(number // 10 * 10)) + glued_unit(number % 10)
    return cardinal(number, "gent").replace(" ", "")


def glued_unit(number: int) -> str:
    """The last digit inside a word: «одно», «двух», «пяти»."""
    return "одно" if number == 1 else cardinal(number, "gent")


def digits(text: str) -> str:
    """Every digit by its name: «05» → «ноль пять»; anything else is left out."""
    return " ".join(cardinal(int(c)) for c in text if c.isdecimal())


def group(text: str) -> str:
    """A group of a phone number as people say it: «495» → «четыреста девяносто пять», «05» → «ноль пять», «4800» → pairs."""
    if len(text) == 4 and not text.endswith("000"):
        return f"{group(text[:2])}, {group(text[2:])}"
    zeros = len(text) - len(text.lstrip("0"))
    said = ["ноль"] * zeros
    if rest := text[zeros:]:
        said.append(cardinal(int(rest)) if len(rest) <= 4 else digits(rest))
    return " ".join(said)
