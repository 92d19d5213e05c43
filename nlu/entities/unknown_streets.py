"""Streets the region's list does not hold, known by «улица» beside them or by the shape of an address."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.entities.houses import house_follows
from nlu.entities.morph import parses
from nlu.entities.scene import ABBREVIATED, Draft, Scene, adjective_name, stops, title
from nlu.entities.settlements import SETTLEMENT_OF
from nlu.entities.spans import Word
from nlu.entities.streets import KIND_OF, adjective_normals, gender_of

# First words of names of two: «Карла Маркса», «Героев Курской…», «Старая Слобода».
_FIRST_OF_TWO = frozenset({
    "карла", "розы", "клары", "маршала", "генерала", "академика", "адмирала", "героев", "героя", "красной",
    "красных", "красного", "красный", "парижской", "советской", "дмитрия", "александра", "богдана", "зои",
    "космонавта", "капитана", "полковника", "лейтенанта", "сержанта", "профессора", "народного", "бойцов", "воинов",
    "юрия", "льва", "максима", "сергея", "николая", "володи", "павлика", "лизы", "олега", "хо", "ленинского",
    "старая", "новая", "большая", "малая", "верхняя", "нижняя", "старой", "новой", "большой", "малой", "верхней",
    "нижней",
})  # fmt: skip
# Kinds whose names may be lower-case and unknown; «площадь», «проезд», «квартал» are ordinary words too.
_SURE_KINDS = frozenset({"улица", "проспект", "переулок", "бульвар", "микрорайон"})
_NUMBERED_KINDS = frozenset({"улица", "проспект", "переулок", "площадь", "проезд"})
_NOT_NAMES = frozenset({
    "города", "поселка", "деревни", "села", "территории", "района", "области", "дом", "дома", "нашего", "этой",
    "всего",
})  # fmt: skip
# «Нашей улице», «главная площадь», «соседний проезд» are no names.
_NOT_NAMING = frozenset({
    "наш", "ваш", "мой", "свой", "этот", "весь", "соседний", "главный", "целый", "другой", "каждый", "тот", "такой",
    "большой", "общий", "который", "какой", "первый", "данный", "любой", "самый", "жилой", "новый", "следующий",
    "один", "узкий", "тихий", "пешеходный", "дворовый", "свободный", "детский", "придомовой", "второй", "темный",
    "старый",
})  # fmt: skip
_NUMBERED = re.compile(r"(?:-?(?:я|й|ая|ый|е))?\s+(?:лет\s+)?[а-я]{4,}")
_NO_STREET = re.compile("дом|квартир|корпус")


def name_after(scene: Scene, at: int, kind: str) -> tuple[str, int] | None:
    """The unknown name that starts at word `at`, right after «улица», and how many words it takes."""
    size = _size(scene, at)
    if not size:
        return None
    sure = kind in _SURE_KINDS or scene.words[at - 1].form in ABBREVIATED or scene.is_capital(scene.words[at])
    return (_shown(scene.words[at : at + size], kind), size) if sure else None


def name_before(scene: Scene, at: int, kind: str) -> str | None:
    """The unknown name at word `at`, right before its kind («невский проспект»): an adjective that agrees with it."""
    word = scene.words[at]
    if kind not in _SURE_KINDS and not scene.is_capital(word):
        return None
    if not adjective_normals(word.form, gender_of(kind)) or any(p.normal in _NOT_NAMING for p in parses(word.form)):
        return None
    return adjective_name(word.form, gender_of(kind))


def guess(scene: Scene, at: int, asked: bool) -> Draft | None:
    """An unknown street by its shape: «на Парковой 14б»; any name with a house number if an address was `asked` for."""
    word = scene.words[at]
    if word.form[0].isdigit() or stops(word) or word.form in KIND_OF or word.form in SETTLEMENT_OF:
        return None
    if not house_follows(scene.seen, word.end):
        return None
    placed = asked or (at > 0 and scene.words[at - 1].form in ("на", "по"))
    first = parses(word.form)[0]
    if placed and first.pos == "ADJF" and "Anum" not in first.grammemes and adjective_normals(word.form, "femn"):
        return Draft(word.start, word.end, adjective_name(word.form, "femn"))
    surname = any({"Surn", "gent"} <= p.grammemes and p.score >= 0.1 for p in parses(word.form))
    whole_answer = asked and at == 0 and len(scene.words) <= 6 and len(word.form) > 3
    if (placed and surname) or (whole_answer and not _NO_STREET.match(word.form)):
        return Draft(word.start, word.end, title(word.form))
    return None


def _size(scene: Scene, at: int) -> int:
    """How many words the name at word `at` takes; 0 if the next words cannot be a name."""
    first = scene.words[at]
    if first.form[0].isdigit():
        return _numbered_size(scene, at)
    if stops(first) or first.form in KIND_OF or _goes_on(scene, first):
        return 0
    second = scene.words[at + 1] if at + 1 < len(scene.words) else None
    if second and scene.near(first, second) and _continues(scene, first, second):
        return 2
    return 1 if len(first.form) >= 3 else 0


def _numbered_size(scene: Scene, at: int) -> int:
    """The size of «8 Марта», «50 лет Октября», «1-я Садовая»."""
    first = scene.words[at]
    follow = _NUMBERED.match(scene.seen, first.end)
    if not follow or len(first.form) > 4 or KIND_OF.get(scene.words[at - 1].form) not in _NUMBERED_KINDS:
        return 0
    return sum(1 for word in scene.words[at:] if word.start < follow.end())


def _continues(scene: Scene, first: Word, second: Word) -> bool:
    """True if the second word still belongs to the name: «Карла Маркса», «Л. Толстого», two capitals."""
    if second.form[0].isdigit() or stops(second) or second.form in KIND_OF:
        return False
    # «Микрорайон г. Курска»: of all single letters «г» is a town, not an initial.
    initial = len(first.form) == 1 and first.form != "г" and scene.seen[first.end : first.end + 1] == "."
    both_capital = scene.is_capital(first) and scene.is_capital(second)
    return first.form in _FIRST_OF_TWO or initial or both_capital


def _goes_on(scene: Scene, word: Word) -> bool:
    """A word that goes on with the sentence («на улице температура…», «на улицах города»), not a name."""
    if word.form in _NOT_NAMES:
        return True
    first = parses(word.form)[0]
    thing = first.known and first.pos == "NOUN" and {"nomn", "inan"} <= first.grammemes
    return thing and "Geox" not in first.grammemes and not scene.is_capital(word)


def _shown(name: Sequence[Word], kind: str) -> str:
    """The name in the nominative where it is an adjective; «Ленина» and other genitives stay as they are."""
    first = name[0].form
    if len(name) == 1 and parses(first)[0].pos == "ADJF" and adjective_normals(first, gender_of(kind)):
        return adjective_name(first, gender_of(kind))
    return " ".join(title(w.form) + "." * (len(w.form) == 1 and w.form.isalpha()) for w in name)
