"""Numbers that are names: phones, case numbers, СНИЛС, passports, PIN codes; said in groups, with a comma between."""

from __future__ import annotations

import re

from bot.services.case_numbers import fold_look_alikes
from voice.ear.letters import latin, spelled
from voice.ear.numerals import cardinal, digits, group

_DASH = r"[ \-–—]"
_PHONE = re.compile(
    rf"(?<![\d/])(\+7|8|7){_DASH}?(?:\((\d{{3,5}})\)|(\d{{3,5}})(?={_DASH})|(\d{{3}})){_DASH}?((?:\d{{1,4}}{_DASH}){{1,3}}\d{{2,4}}|\d{{5,7}}|(?<=-)0\d\d)(?![\d/])"
)
_CITY_PHONE = re.compile(r"(?<![\d/.+-])(\d{2,3}-\d{2}-\d{2})(?![\d/-])")
_BARE_PHONE = re.compile(r"(?<![\d/])\+(\d{8,14})(?!\d)")
_SNILS = re.compile(r"(?<!\d)(\d{3})-(\d{3})-(\d{3})[ -](\d{2})(?!\d)")
_PASSPORT = re.compile(r"(?<!\d)(\d\d) ?(\d\d)(?: ?№ ?| )(\d{6})(?!\d)")
_CASE = re.compile(r"(?<![\d/])(\d{1,4})\s?/\s?(\d{1,4})\s?/\s?(\d{3,9})(?![\d/])")
_NAMED = re.compile(r"(?<![А-Яа-яЁёA-Za-z\d-])([А-ЯЁA-Z]{1,4})[-–](\d{1,9})(?:[-–/](\d{1,9}))?(?![\dА-Яа-яЁё-])")
_NUMBER_SIGN = re.compile(r"\s?№№?\s?(\d{5,}(?![\d/-]))?(?=\S|$)")
_SECRET = re.compile(
    r"(?:\b(?:код|коды|кода|коду|кодом|пин|пин-код|пин-кода|пароль|инн|огрн|огрнип|снилс|снилса|кпп|бик|индекс|серия|номер|талон|счёт|счет|счёта)"
    r"(?: (?:связи|подразделения|дела|записи|заявления|обращения|паспорта))?\W{0,3})(\d{4,})(?![\d:.,/-]*\d)",
    re.IGNORECASE,
)
_BRANCH = re.compile(r"(?<=одразделения )(\d{3})-(\d{3})(?!\d)")
_CARD = re.compile(r"(?<!\d)(?<!\d )\d{4}(?: \d{4}){3,4}(?! ?\d)")
_LONG = re.compile(r"(?<![\d.,/])\d{7,}(?![\d/])")
_MIXED = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-zА-ЯЁ])[A-Za-zА-ЯЁа-яё\d]+(?:-[A-ZА-ЯЁ\d]+)*(?![\w-])")
_COMPOUND = re.compile(r"\d+-[а-яё]+|\d+[а-яё]")


def say(line: str) -> str:
    """The line with phones, case numbers and other codes in words."""
    line = _SNILS.sub(lambda m: ", ".join(digits(g) for g in m.groups()), line)
    line = _CASE.sub(lambda m: ", ".join(grouped(g) for g in m.groups()), line)
    line = _PHONE.sub(_phone, line)
    line = _BARE_PHONE.sub(lambda m: f"плюс {_digits_phone(m[1])}", line)
    line = _CITY_PHONE.sub(lambda m: ", ".join(group(g) for g in m[1].split("-")), line)
    line = _NAMED.sub(_named, line)
    line = _BRANCH.sub(lambda m: f"{digits(m[1])}, {digits(m[2])}", line)
    line = _CARD.sub(lambda m: ", ".join(digits(g) for g in m[0].split()), line)
    line = _PASSPORT.sub(lambda m: f"{digits(m[1])} {digits(m[2])}, {grouped(m[3])}", line)
    line = _SECRET.sub(lambda m: m[0][: m.start(1) - m.start()] + grouped(m[1]), line)
    return _LONG.sub(lambda m: _digits_phone(m[0]) if len(m[0]) == 11 and m[0][0] in "78" else grouped(m[0]), line)


def say_mixed(line: str) -> str:
    """Letters and digits in one word («А012», «зайчик2022»), after dates, laws and addresses had their turn."""
    return _MIXED.sub(lambda m: m[0] if _COMPOUND.fullmatch(m[0]) else aloud(m[0]), line)


def say_number_sign(line: str) -> str:
    """«№ 5» → «номер 5»; a long number after it is said digit by digit."""
    return _NUMBER_SIGN.sub(lambda m: f" номер {grouped(m[1] or '')}", line).strip(" ") if "№" in line else line


def grouped(run: str) -> str:
    """A run of digits one by one: up to six in one breath, more in threes or, when that divides them, in fours."""
    if len(run) == 11 and run[0] in "78":
        return ", ".join(digits(part) for part in (run[0], run[1:4], run[4:7], run[7:9], run[9:]))
    size = len(run) if len(run) <= 6 else 4 if len(run) % 4 == 0 else 3
    parts = [run[at : at + size] for at in range(0, len(run), max(size, 1))]
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = ["".join(parts[-2:])]
    return ", ".join(digits(part) for part in parts)


def aloud(text: str) -> str:
    """Digits and letters one by one, a comma where the writing has a separator or changes between them."""
    parts = re.findall(r"\d+|[A-Za-zА-Яа-яЁё]+", text)
    said = []
    for part in parts:
        if part.isdigit():
            said.append(grouped(part))
        elif len(part) > 3 and not part.isupper():
            said.append(latin(part) if re.search("[A-Za-z]", part) else part)
        else:
            said.append(spelled(fold_look_alikes(part)))
    return ", ".join(said)


def _phone(m: re.Match[str]) -> str:
    first, city, rest = m[1], m[2] or m[3] or m[4], m[5]
    count = len(re.sub(r"\D", "", city + rest))
    if count != 10:
        if count < 6 or first == "7":
            return m[0]
    parts = re.split(_DASH, rest)
    if len(parts) == 1:
        parts = _tail(rest)
    lead = "плюс семь" if first == "+7" else cardinal(int(first))
    return ", ".join([lead, group(city), *(group(p) for p in parts)])


def _tail(rest: str) -> list[str]:
    head = len(rest) - 4
    return [rest[:head], rest[head : head + 2], rest[head + 2 :]] if head > 0 else [rest]


def _digits_phone(run: str) -> str:
    if len(run) != 11:
        return grouped(run)
    return ", ".join([cardinal(int(run[0])), group(run[1:4]), *(group(p) for p in _tail(run[4:]))])


def _named(m: re.Match[str]) -> str:
    return ", ".join([spelled(fold_look_alikes(m[1])), *(grouped(g) for g in m.groups()[1:] if g)])
