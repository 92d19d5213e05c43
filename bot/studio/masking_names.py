"""Finds names of people in a citizen's message, in any case form, typed or dictated. Rather one too many than one too few."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.services.phrases import analyser
from bot.studio.masking_numbers import Kind, Spot

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_TAGS: tuple[tuple[str, Kind], ...] = (("Patr", "отчество"), ("Name", "имя"), ("Surn", "фамилия"))
_INITIALS = re.compile(
    r"(?<!\w)(?:[А-ЯЁ][а-яё]{2,}(?:-[А-ЯЁ][а-яё]+)?\s+[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?"
    r"|[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?\s?[А-ЯЁ][а-яё]{2,}(?:-[А-ЯЁ][а-яё]+)?)"
)
_NAMING = re.compile(
    r"(?<!\w)(?:(?:меня|его|е[её]|нас|сына|дочь|дочку|маму|мужа|жену|реб[её]нка|бабушку)\s+(?:зовут|звать)|зовут|звать|фамили[яюией]+|"
    r"имя|имени|отчество|фио|ф\.?\s?и\.?\s?о\.?|заявител\w+|гражданин\w{0,2}|гражданк\w{1,2}|абонент\w{0,2}|собственник\w{0,2}|пациент\w{0,2}|"
    r"с\s+уважением|menya\s+zovut|zovut|familiya|imya)"
    r"[\s:,—–-]*(?:это\s+|моя\s+|мо[её]\s+|его\s+|е[её]\s+|ребенка\s+|на\s+)?",
    re.I,
)
_INTRODUCING = re.compile(r"(?<!\w)(?:я|это|вам\s+пишет|говорит|пишет|беспокоит)\s+(?=[А-ЯЁA-Z])")
_STREET = re.compile(
    r"(?:улиц\w*|ул|проспект\w*|пр-т|пр-кт|площад\w*|пл|переул\w*|пер|бульвар\w*|б-р|проезд\w*|шоссе|набережн\w*|имени|им|"
    r"героя|маршала|академика|генерала)"
)
_PATRONYMIC = re.compile(r".{2,}(?:[оеи]вич|[оеи]вн|ичн|инична|кызы|оглы|углы)(?:а|у|е|ы|ой|ем|ом)?", re.I)
_NOT_NAMES = frozenset(
    """вера веры вере веру верой надежда надежды надежде надежду любовь любви любовью слава славы роза розы лев льва мир мира
    миру света свет рая рай марта март май мая августа август кол пол бог боже господи лада лады калина гранта волга яна ян
    ли ким пак тон ада нина-то мама папа муж жена сын дочь сестра брат бабушка дедушка тётя тетя дядя ребенок ребёнок
    девушка женщина мужчина человек робот оператор отчество имя фамилия фио номер адрес телефон паспорт снилс полис дата
    рождения год года кодовое слово проживаю живу прошу хочу нужно здравствуйте привет добрый день вечер утро спасибо
    пожалуйста да нет ну вот это меня мне я он она они мы вы как что где когда или чтобы потому если уже ещё еще на по из от
    до для при под над без про через мой моя моё мое мои наш наша ваш ваша его её ее их и а но пенсионер пенсионерка инвалид
    ветеран студент гражданин заявитель тот этот другой любой такой какой который моей моего моему день дня дни июня июля
    эля пани дана дано дать данный милый стелла виза мила карта карты валюта""".split()
)
"""Ordinary words that are names as well, and words that end a name after «меня зовут»."""
_LATIN = frozenset(
    """telegram whatsapp viber max vk qr pdf doc docx jpg png sms email mail gmail yandex google ios android iphone windows
    chrome safari wifi web bot ok id ip pin url www rustore gosuslugi mir visa mastercard online offline zoom skype youtube
    huawei samsung xiaomi apple
    microsoft office word excel firefox opera edge hello hi help please mfc snils inn esia""".split()
)
_VERBISH = frozenset("VERB INFN PREP CONJ PRCL NPRO ADVB PRED GRND COMP INTJ NUMR".split())
_SURNAME = re.compile(
    r".{3,}(?:[оеё]в|[оеё]ва|[оеё]в(?:у|ой|ым|ых)|ин|ина|ин(?:у|ой|ым|ых)|ск(?:ий|ая|ую|ого|ому)|енко|[уюя]к|ян|дзе|швили)"
)
_ENDS = frozenset(".!?;:\n…")


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    begins: bool
    """Whether it begins a sentence, where everybody writes a capital letter."""
    shouting: bool

    @property
    def low(self) -> str:
        return self.text.lower()

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() and not self.shouting


def names(text: str, taken: Sequence[Spot], places: Collection[str] = (), words: Collection[str] = ()) -> list[Spot]:
    """Names of people outside of what is `taken`, in the order of the text.

    `places` are words of streets and settlements, and `words` those of the training phrases, all in small letters with е for ё:
    they are no names unless they stand with one.
    """
    shouting = sum(c.isupper() for c in text) > sum(c.islower() for c in text)
    tokens = [
        _Token(
            m[0], m.start(), m.end(), not text[: m.start()].strip() or text[: m.start()].rstrip()[-1] in _ENDS, shouting
        )
        for m in _WORD.finditer(text)
        if not any(m.start() < spot.end and spot.start < m.end() for spot in taken)
    ]
    finder = _Finder(text, tokens, places, words)
    return [
        Spot(t.start, t.end, kind, _instead(kind, t.low) if t.capital or shouting else _instead(kind, t.low).lower())
        for t, kind in finder.found()
    ]


class _Finder:
    def __init__(self, text: str, tokens: Sequence[_Token], places: Collection[str], words: Collection[str]) -> None:
        self._text, self._tokens, self._places, self._words = text, tokens, places, words
        self._kinds: dict[int, Kind] = {}
        self._bare = len(tokens) <= 3 and all(_likely(t.low, "Name Surn Patr") > 0.1 for t in tokens)
        """Whether the message seems to be nothing but a name: the answer to «как вас зовут»."""

    def found(self) -> list[tuple[_Token, Kind]]:
        self._announced()
        for at in range(len(self._tokens)):
            if at not in self._kinds and (kind := self._by_itself(at)):
                self._kinds[at] = kind
        grown = True
        while grown:
            grown = self._beside()
        return [(self._tokens[at], self._kinds[at]) for at in sorted(self._kinds)]

    def _announced(self) -> None:
        """«Меня зовут …», «фамилия …», «Иванов И. И.»: whatever follows is a name until it clearly is none."""
        for match in _INITIALS.finditer(self._text):
            for at, token in enumerate(self._tokens):
                if match.start() <= token.start < match.end() and not self._is_street(at):
                    self._kinds[at] = _kind(token.low)
        for pattern in (_NAMING, _INTRODUCING):
            for match in pattern.finditer(self._text):
                begin = next((i for i, t in enumerate(self._tokens) if t.start >= match.end()), len(self._tokens))
                for at in range(begin, min(begin + 4, len(self._tokens))):
                    if not self._may_be_told(at, close=at == begin, end=match.end()):
                        break
                    self._kinds[at] = _kind(self._tokens[at].low)

    def _may_be_told(self, at: int, *, close: bool, end: int) -> bool:
        token = self._tokens[at]
        between = self._text[end if close else self._tokens[at - 1].end : token.start]
        if re.search(r"[^\s,«\"'-]", between) or (
            not close and "," in between and not _likely(token.low, "Patr Name Surn")
        ):
            return False
        if token.low in _NOT_NAMES or token.low in _LATIN:
            return (
                token.capital
                and not token.begins
                and _likely(token.low, "Name Surn") > 0.05
                and token.low not in _COMMON
            )
        if _likely(token.low, "Geox") >= 0.5:
            return False
        if _likely(token.low, "Patr Name Surn") > 0.02 or not _known(token.low):
            return True
        return token.capital and not token.begins and _pos(token.low) not in _VERBISH

    def _by_itself(self, at: int) -> Kind | None:
        token = self._tokens[at]
        low = token.low
        if len(low) < 2 or low in _LATIN or self._is_street(at) or (token.text.isupper() and not token.shouting):
            return None
        if not re.search("[а-яё]", low):
            return "имя" if token.text[0].isupper() and len(low) > 2 and not token.text.isupper() else None
        if _likely(low, "Patr") >= 0.3 or (_PATRONYMIC.fullmatch(low) and not _known(low)):
            return "отчество"
        if low in _NOT_NAMES or self._is_place(at):
            return None
        inside = token.capital and not token.begins
        if not token.capital and not _known(low) and not self._bare:
            # A slip of the pen looks like any name, but few end like a surname.
            return (
                "фамилия" if _SURNAME.fullmatch(low) and low not in self._words and _likely(low, "Surn") > 0.1 else None
            )
        name, surname = _likely(low, "Name"), _likely(low, "Surn")
        common = low.replace("ё", "е") in self._words and not inside and name + surname < 0.5
        if name >= (0.02 if inside else 0.25 if token.capital else 0.4) and not (common and name < 0.6):
            return "имя"
        if surname >= (0.04 if inside else 0.2) and not common and _likely(low, "Geox") < surname:
            return "фамилия"
        if "-" in low and inside and any(_likely(piece, "Surn Name") > 0.04 for piece in low.split("-")):
            return "фамилия"
        strange = not _known(low) and low.replace("ё", "е") not in self._words
        return "фамилия" if strange and (inside or _likely(low, "Surn") > 0.2) else None

    def _beside(self) -> bool:
        """Words next to a name that may belong to it; whether there was any."""
        grown = False
        for at, kind in list(self._kinds.items()):
            for other in (at - 1, at + 1):
                if other in self._kinds or not 0 <= other < len(self._tokens):
                    continue
                token = self._tokens[other]
                left, right = sorted((self._tokens[at], token), key=lambda t: t.start)
                if self._text[left.end : right.start].strip(" ") or self._is_street(other):
                    continue
                if self._belongs(token, kind):
                    self._kinds[other] = _kind(token.low)
                    grown = True
        return grown

    def _belongs(self, token: _Token, kind: Kind) -> bool:
        low = token.low
        likely = _likely(low, "Name Surn Patr")
        if low in _NOT_NAMES:
            return likely > 0.01 and low not in _COMMON and (token.capital or _likely(low, "Name") > 0.02)
        if low in _LATIN or (_pos(low) in _VERBISH and not (token.capital and likely > 0)):
            return False
        if token.capital and (not token.begins or likely > 0.01 or not _known(low)):
            return True
        common = low.replace("ё", "е") in self._words
        return not _known(low) and not common or likely >= (0.25 if common else 0.05 if kind == "отчество" else 0.1)

    def _is_place(self, at: int) -> bool:
        """A word of a street or a settlement, where a place may stand."""
        if self._tokens[at].low.replace("ё", "е") not in self._places:
            return False
        before = self._tokens[at - 1].low if at else ""
        after = self._text[self._tokens[at].end :].lstrip(" ,")
        return (
            before in ("на", "по", "в", "с", "до", "у", "от", "")
            or after[:1].isdigit()
            or after.startswith(("дом", "д.", "ул"))
        )

    def _is_street(self, at: int) -> bool:
        """Right after or before «улица»: «улица Юрия Гагарина» names nobody who could be meant."""
        before = [self._tokens[i] for i in (at - 1, at - 2) if i >= 0]
        for step, token in enumerate(before):
            if _STREET.fullmatch(token.low) and (step == 0 or self._tokens[at - 1].capital):
                return True
            if step == 0 and not token.capital:
                break
        after = self._tokens[at + 1] if at + 1 < len(self._tokens) else None
        return after is not None and bool(
            re.fullmatch(r"улиц\w*|ул|проспект\w*|переул\w*|площад\w*|бульвар\w*", after.low)
        )


_COMMON = frozenset("мама папа муж жена сын дочь я он она они мы вы и а но на по из от до да нет".split())


@lru_cache(maxsize=20_000)
def _parses(low: str) -> tuple[tuple[frozenset[str], float], ...]:
    if len(low) > 40:
        return ()
    return tuple((p.tag.grammemes, float(p.score)) for p in analyser().parse(low))


def _likely(low: str, tags: str) -> float:
    """Share of the readings of a word that are of one of these tags."""
    wanted = set(tags.split())
    return sum(score for grammemes, score in _parses(low) if wanted & grammemes)


def _known(low: str) -> bool:
    return bool(analyser().word_is_known(low)) or not re.search("[а-яё]", low) and low in _LATIN


def _pos(low: str) -> str:
    grammemes = _parses(low)[0][0] if _parses(low) else frozenset()
    return next(iter(grammemes & _VERBISH), "")


def _kind(low: str) -> Kind:
    best = max(_TAGS, key=lambda one: _likely(low, one[0]))
    if _likely(low, best[0]) > 0:
        return best[1]
    return "отчество" if _PATRONYMIC.fullmatch(low) else "фамилия" if re.search("[а-яё]", low) else "имя"


_SUBSTITUTES: dict[tuple[Kind, bool], str] = {
    ("имя", True): "анна", ("имя", False): "иван", ("фамилия", True): "петрова", ("фамилия", False): "петров",
    ("отчество", True): "сергеевна", ("отчество", False): "сергеевич",
}  # fmt: skip


@lru_cache(maxsize=2_000)
def _instead(kind: Kind, low: str) -> str:
    """An invented name of the same part, gender and case."""
    tag = next(t for t, k in _TAGS if k == kind)
    reading: Any = next((p for p in analyser().parse(low[:40]) if tag in p.tag and "plur" not in p.tag), None)
    female = "femn" in reading.tag if reading is not None else low.endswith(("а", "я", "ой", "ую"))
    word = _SUBSTITUTES[kind, female]
    case = reading.tag.case if reading is not None else None
    own = next((p for p in analyser().parse(word) if tag in p.tag and "nomn" in p.tag), None)
    shaped = own.inflect({case, "sing"}) if own is not None and case else None
    return str(shaped.word if shaped is not None else word).capitalize()
