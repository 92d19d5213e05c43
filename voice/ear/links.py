"""Web and e-mail addresses: nobody can note one down from a voice, so they are left out and the caller is told where they are."""

from __future__ import annotations

import re

from voice.ear.pronunciation import Pronunciation

_MARKDOWN = re.compile(r"!?\[([^\]\n]*)\]\(([^)\s]*)\)")
_LABEL = r"[A-Za-zА-Яа-яЁё\d-]{1,63}"
_MAIL = re.compile(rf"(?:mailto:)?(?<![\w.%+-])[A-Za-zА-Яа-яЁё\d._%+-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_ZONES = r"(?:ru|рф|com|org|net|invalid|info|su|online|site|gov|app|io|me|dev|local|example)"
_URL = re.compile(
    rf"(?:(?:https?|ftp|tg|tel)://|www\.)[^\s<>«»\"]*[^\s<>«»\".,;:!?)\]}}]|(?<![\w@.-])(?:[A-Za-zА-Яа-яЁё\d-]{{1,63}}\.){{1,6}}{_ZONES}\b(?:[/?#][^\s<>«»\",;)]*[^\s<>«»\".,;:!?)])?",
    re.IGNORECASE,
)
_ADDRESS = "\x03"
"""Stands for a web address while its sentence is mended."""
_MAILBOX = "\x04"
_WHERE = "на сайте центра"
_MARK = rf"[«„\"<(]?{_ADDRESS}[»“\">)]?"


def leave_out(line: str, book: Pronunciation) -> str:
    """The line without addresses; a sentence that was about one says where to find it."""
    line = _MARKDOWN.sub(lambda m: m[1] or m[2], line)
    if "@" in line:
        line = _MAIL.sub(_MAILBOX, line)
    where = [_WHERE]

    def cut(m: re.Match[str]) -> str:
        host = re.sub(r"^(?:\w+://)?(?:www\.)?", "", m[0].lower()).split("/")[0]
        if name := next((n for site, n in book.sites.items() if host == site or host.endswith("." + site)), None):
            where[0] = f"на сайте {name}"
        return _ADDRESS

    line = _URL.sub(cut, line)
    if _ADDRESS in line:
        line = _mend(line, where[0])
    return _mend_mail(line) if _MAILBOX in line else line


def _mend(line: str, where: str) -> str:
    site = where.removeprefix("на сайте ")
    line = re.sub(rf"\s*\(\s*(?:см\.\s*)?{_ADDRESS}\s*\)", "", line)
    line = re.sub(
        rf"\b([Сс]сылк[аиу])(?: на [а-яё ]{{3,30}})?\s*[:—–-]\s*{_MARK}", lambda m: f"{m[1][0]}сылка есть {where}", line
    )
    line = re.sub(rf"\b([Пп]одробне[ея]|[Пп]одробности)\s*(?:[:—–-]|на|по ссылке)?\s*{_MARK}", rf"\1 {where}", line)
    line = re.sub(rf"^\s*(?:[Аа]дрес(?: сайта)?|[Сс]айт)?\s*[:—–-]?\s*{_MARK}\s*\.?\s*$", f"Адрес есть {where}.", line)
    line = re.sub(
        rf"\b(на сайте|с сайта|на сайт|сайт|сайта|на портале|на страниц[еу])\s+{_MARK}", rf"\1 {site}", line, flags=re.I
    )
    line = re.sub(rf"\b(по ссылке|по адресу)\s*:?\s*{_MARK}", rf"\1 {where}", line, flags=re.IGNORECASE)
    line = re.sub(rf"\b([Нн]а)\s+{_MARK}", rf"\1 {where.removeprefix('на ')}", line)
    line = re.sub(rf"\b([Чч]ерез|[Вв]|[Сс]|[Пп]о|[Кк])\s+{_MARK}", rf"{where}", line)
    line = re.sub(rf"\s*[:—–-]\s*{_MARK}\s*\.?\s*$", f". Адрес есть {where}.", line)
    line = re.sub(rf"\s*[:—–-]\s*{_MARK}\s*\.?(?=\s+[А-ЯЁ])", f". Адрес есть {where}.", line)
    return re.sub(rf"\s*{_MARK}", "", line)


def _mend_mail(line: str) -> str:
    line = re.sub(rf"\s*\(\s*{_MAILBOX}\s*\)", "", line)
    line = re.sub(rf"\b([Нн]а)(?: (?:адрес|почту|электронную почту))?\s+{_MAILBOX}", r"\1 электронную почту", line)
    line = re.sub(rf"\b([Пп]о)(?: адресу)?\s+{_MAILBOX}", r"\1 электронной почте", line)
    line = re.sub(
        rf"\b(?:[Ээ]лектронн(?:ая|ый) )?([Пп]очта|[Аа]дрес|E-mail|e-mail|email)\s*[:—–-]\s*{_MAILBOX}",
        f"Адрес почты есть {_WHERE}",
        line,
    )
    line = re.sub(rf"^\s*{_MAILBOX}\s*\.?\s*$", f"Адрес почты есть {_WHERE}.", line)
    return re.sub(rf"\s*{_MAILBOX}", "", line)
