"""Names of people, in text that may be lower-case speech, put in the nominative."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from nlu.entities.morph import best_pos, is_known, parses
from nlu.entities.name_grammar import (
    ROLES,
    Part,
    agreement,
    best_agreement,
    has_reading,
    likelihood,
    nominative,
    readings,
)
from nlu.entities.spans import Found, Word, words
from nlu.entities.streets import KIND_OF

ASKED_NAME = {"person_name", "surname", "name", "full_name"}
"""Slots that ask for a name; a bare unknown word is then a surname."""

_TURKIC = {"оглы", "оглу", "кызы", "кизи", "гызы", "улы"}
_NAMING = {
    "зовут", "фамилия", "фамилии", "фамилию", "имя", "фио", "ф", "заявитель", "заявителя", "гражданин", "гражданка",
    "звать", "отчество", "ребенка", "дочь", "сын", "муж", "жена", "мужа", "жену", "мама", "маму", "сына",
}  # fmt: skip
_POINTING = {"я", "это", "меня"}
_FILLERS = {
    "меня", "мое", "моя", "мои", "моё", "зовут", "звать", "это", "я", "пишите", "запишите", "ну", "да", "фамилия",
    "имя", "отчество", "фио", "на", "так", "вот", "а", "и", "по", "фамилии", "записано", "наша", "ее", "его", "она",
    "э", "ээ", "мм", "значит", "полностью", "пожалуйста", "здравствуйте", "добрый", "день", "давайте",
}  # fmt: skip
_NOT_PEOPLE = {
    "человек", "оператор", "девушка", "мужчина", "женщина", "мама", "папа", "муж", "жена", "сын", "дочь", "ребенок",
    "сотрудник", "специалист", "гражданин", "робот", "бот", "помощник", "врач", "друг", "брат", "сестра", "бабушка",
    "дедушка", "заявитель", "нет", "никак", "любой", "тот", "этот", "другой", "который", "пенсионер", "инвалид",
}  # fmt: skip
_NEVER_NAMES = {"ADVB", "CONJ", "PRCL", "VERB", "INFN", "PREP", "NPRO", "INTJ", "PRED", "NUMR", "GRND", "COMP"}
_INITIALS = re.compile(
    r"(?<!\w)(?:(?P<s1>[А-ЯЁ][а-яё]{2,}(?:-[А-ЯЁ][а-яё]+)?)\s+(?P<n1>[А-ЯЁ])\.\s?(?:(?P<p1>[А-ЯЁ])\.)?"
    r"|(?P<n2>[А-ЯЁ])\.\s?(?:(?P<p2>[А-ЯЁ])\.)?\s?(?P<s2>[А-ЯЁ][а-яё]{2,}(?:-[А-ЯЁ][а-яё]+)?))(?!\w)"
)
_MIN_NAME = 0.1
_WEAK_NAME = 0.02


def person_names(text: str, expected: str | None = None) -> list[Found]:
    """Names of people in the nominative: {"surname", "name", "patronymic", "text"}, missing parts None.

    A lone name or surname counts only after «меня зовут», «фамилия», «я»… or when a name was asked for.
    """
    found_words = words(text)
    if expected in ASKED_NAME:
        answer = _answer(found_words)
        if answer:
            return [_person(answer, found_words)]
    labelled = _labelled(found_words)
    if labelled:
        return [labelled]
    found = list(_with_initials(text))
    at = 0
    while at < len(found_words):
        parts = _parts_at(found_words, at, text)
        if parts and not _is_street(found_words, at, len(parts)):
            found.append(_person(parts, found_words))
            at += sum(2 if part.tail else 1 for part in parts)
        else:
            at += 1
    return found


def _parts_at(found: Sequence[Word], at: int, text: str) -> list[Part] | None:
    """The longest name that starts at word `at`."""
    window = list(found[at : at + 4])
    # A name does not go over the end of a sentence or a comma.
    for i in range(1, len(window)):
        if re.search(r"[^\s\-]", text[window[i - 1].end : window[i].start]):
            window = window[:i]
            break
    context = _context(found, at)
    return _full(window, text, context) or _pair(window, text, context) or _single(window, text, context, found, at)


def _full(window: list[Word], text: str, context: str) -> list[Part] | None:
    """Names held together by a patronymic: «Иванов Пётр Ильич», «Пётр Ильич Иванов», «Пётр Ильич»."""
    if len(window) > 1 and has_reading(window[0], "Name") and (patronymic := _patronymic(window, 1)):
        parts = [Part("name", window[0]), patronymic]
        after = 3 if patronymic.tail else 2
        if len(window) > after and _may_be_surname(window[after], text, context) and not _patronymic(window, after):
            parts.append(Part("surname", window[after]))
        return parts
    if len(window) > 2 and has_reading(window[1], "Name") and _may_be_surname(window[0], text, context):
        patronymic = _patronymic(window, 2)
        if patronymic:
            return [Part("surname", window[0]), Part("name", window[1]), patronymic]
    return None


def _pair(window: list[Word], text: str, context: str) -> list[Part] | None:
    """A name and a surname side by side, both likely enough, in the same case."""
    if len(window) < 2:
        return None
    for roles in (("surname", "name"), ("name", "surname")):
        parts = [Part(role, word) for role, word in zip(roles, window, strict=False)]
        name = parts[roles.index("name")].word
        surname = parts[roles.index("surname")].word
        floor = _WEAK_NAME if context or _is_capital(text, name) else _MIN_NAME
        if likelihood(name, "Name") < floor or not agreement(parts):
            continue
        strong = likelihood(surname, "Surn") >= 0.3 or (_is_capital(text, surname) and has_reading(surname, "Surn"))
        if strong and (likelihood(name, "Name") >= 0.3 or _is_capital(text, name) or context):
            return parts
        if context == "naming" and (has_reading(surname, "Surn") or not is_known(surname.form)):
            return parts
    return None


def _single(window: list[Word], text: str, context: str, found: Sequence[Word], at: int) -> list[Part] | None:
    """A lone name or surname after words that announce one."""
    word = window[0]
    if not context or word.form in _NAMING | _POINTING | _FILLERS | _NOT_PEOPLE or len(word.form) < 2:
        return None
    previous = found[at - 1].form
    if context == "pointing":
        # «Я волк», «это надежда» are no introductions; a strong reading in the nominative is.
        for role in ("name", "surname"):
            likely = likelihood(word, ROLES[role]) >= (0.2 if _is_capital(text, word) else 0.4)
            if likely and any("nomn" in p.grammemes for p in readings(word, role)):
                return [Part(role, word)]
        return None
    if previous.startswith("фамили"):
        return [Part("surname", word)] if _may_answer(word) else None
    if likelihood(word, "Name") >= _WEAK_NAME:
        return [Part("name", word)]
    if has_reading(word, "Surn") or (_is_capital(text, word) and not is_known(word.form)):
        return [Part("surname", word)]
    return None


def _context(found: Sequence[Word], at: int) -> str:
    """What announces a name before word `at`: "naming" («зовут …»), "pointing" («я …», «это …») or ""."""
    previous = found[at - 1].form if at else ""
    earlier = found[at - 2].form if at > 1 else ""
    if (previous in _NAMING and previous not in ("сын", "дочь", "муж", "жена")) or (previous, earlier) == ("имя", "на"):
        return "naming"
    if earlier in ("зовут", "фамилия") and previous in ("меня", "моя", "ее", "его", "это"):
        return "naming"
    return "pointing" if previous in _POINTING else ""


def _answer(found: Sequence[Word]) -> list[Part] | None:
    """A whole message that answers «назовите себя»; None if it is something else."""
    rest = [word for word in found if word.form not in _FILLERS]
    if not 1 <= len(rest) <= 4 or any(not re.fullmatch(r"[а-я]+(?:-[а-я]+)*", w.form) for w in rest):
        return None
    if any(word.form in _NOT_PEOPLE or best_pos(word.form) in _NEVER_NAMES - _named_pos(word) for word in rest):
        return None
    parts: list[Part] = []
    at = 0
    while at < len(rest):
        patronymic = _patronymic(rest, at) if at else None
        role = _role_left(rest[at], [part.role for part in parts], patronymic, len(rest))
        if role is None:
            return None
        parts.append(patronymic if patronymic and role == "patronymic" else Part(role, rest[at]))
        at += 2 if parts[-1].tail else 1
    return parts


def _role_left(word: Word, taken: list[str], patronymic: Part | None, size: int) -> str | None:
    """The role a word of an answer takes among those still free."""
    if patronymic and "patronymic" not in taken:
        return "patronymic"
    scores = {role: likelihood(word, ROLES[role]) for role in ("surname", "name") if role not in taken}
    best = max(scores, key=lambda role: scores[role], default=None)
    if best and scores[best] >= _WEAK_NAME:
        return best
    return "surname" if "surname" in scores and _may_answer(word) and (size > 1 or _may_stand_alone(word)) else None


def _named_pos(word: Word) -> set[str]:
    """Parts of speech that do not speak against a name since the word also reads as one («Ли», «Пак»)."""
    return {best_pos(word.form)} if any(likelihood(word, tag) >= _WEAK_NAME for tag in ROLES.values()) else set()


def _may_answer(word: Word) -> bool:
    """A word that can be a surname when one is due: unknown, a surname, an animate noun, an adjective."""
    if word.form in _NOT_PEOPLE or not word.form[0].isalpha():
        return False
    if not is_known(word.form) or has_reading(word, "Surn"):
        return True
    return any(p.pos == "ADJF" or "anim" in p.grammemes for p in parses(word.form)[:2])


def _may_stand_alone(word: Word) -> bool:
    """Stricter than `_may_answer`: with no other part of a name, an ordinary adjective is no surname."""
    return not is_known(word.form) or has_reading(word, "Surn") or "anim" in parses(word.form)[0].grammemes


def _labelled(found: Sequence[Word]) -> Found | None:
    """A name said as in a form: «фамилия Сидорчук, имя Антон, отчество Олегович»; at least two parts."""
    labels = {"фамилия": "surname", "имя": "name", "отчество": "patronymic"}
    parts = [
        Part(labels[label.form], word)
        for label, word in pairwise(found)
        if label.form in labels and word.form not in _FILLERS and best_pos(word.form) not in _NEVER_NAMES
    ]
    if len(parts) < 2 or len({part.role for part in parts}) != len(parts):
        return None
    return _person(parts, found)


def _with_initials(text: str) -> Iterable[Found]:
    for match in _INITIALS.finditer(text):
        surname = match.group("s1") or match.group("s2")
        first = match.group("n1") or match.group("n2")
        middle = match.group("p1") or match.group("p2")
        if not any("Surn" in p.grammemes for p in parses(surname.lower())) and is_known(surname.lower()):
            continue
        before = words(text[max(0, match.start() - 25) : match.start()])
        part = Part("surname", Word(0, 0, surname.lower().replace("ё", "е")))
        agreed = best_agreement([part])
        # «Ул. К. Маркса», «на Н. Плевицкой»: one initial and no nominative is how streets are written.
        if (before and before[-1].form in KIND_OF) or (middle is None and agreed[0] != "nomn"):
            continue
        surname = nominative(part, agreed)
        value = _value(surname, f"{first}.", f"{middle}." if middle else None)
        yield Found("person_name", match.start(), match.end(), value)


def _patronymic(found: Sequence[Word], at: int) -> Part | None:
    if at >= len(found):
        return None
    if at + 1 < len(found) and found[at + 1].form in _TURKIC:
        return Part("patronymic", found[at], found[at + 1].form)
    return Part("patronymic", found[at]) if has_reading(found[at], "Patr") else None


def _may_be_surname(word: Word, text: str, context: str) -> bool:
    """A neighbour of a name and patronymic: surname by form, or capitalised, or announced, and no ordinary word."""
    if word.form in _FILLERS | _NOT_PEOPLE | _NAMING or len(word.form) < 2 or not word.form.replace("-", "").isalpha():
        return False
    if has_reading(word, "Surn"):
        return likelihood(word, "Surn") >= _WEAK_NAME
    if has_reading(word, "Name") or best_pos(word.form) in _NEVER_NAMES:
        return False
    if not is_known(word.form):
        return True
    return _is_capital(text, word) and (word.start > 0 or context == "naming") and _may_answer(word)


def _is_capital(text: str, word: Word) -> bool:
    """Capitalised on its own, not in a message all in capitals."""
    written = text[word.start : word.end]
    return written[:1].isupper() and (written[1:].islower() or not text.isupper())


def _is_street(found: Sequence[Word], at: int, size: int) -> bool:
    """«Улица Юрия Гагарина», «Юрия Гагарина, 5»: a kind of street beside, or a house number behind."""
    before = found[at - 1].form if at else ""
    after = found[at + size].form if at + size < len(found) else ""
    return before in KIND_OF or after in KIND_OF or before in ("им", "имени")


def _person(parts: Sequence[Part], found: Sequence[Word]) -> Found:
    agreed = best_agreement(parts)
    named = {part.role: nominative(part, agreed) for part in parts}
    end = max(part.word.end for part in parts)
    if any(part.tail for part in parts):
        end = max(word.end for word in found if word.form in _TURKIC)
    value = _value(named.get("surname"), named.get("name"), named.get("patronymic"))
    return Found("person_name", min(part.word.start for part in parts), end, value)


def _value(surname: str | None, name: str | None, patronymic: str | None) -> dict[str, Any]:
    shown = " ".join(part for part in (surname, name, patronymic) if part)
    return {"surname": surname, "name": name, "patronymic": patronymic, "text": shown}
