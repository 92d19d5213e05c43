"""The words of a letter: its plain part, or the HTML as text, then without what is quoted and signed."""

from __future__ import annotations

import re
from email.message import EmailMessage
from html.parser import HTMLParser

_MOST = 200_000
"""Characters that are looked at; the assistant reads 16 000."""
_SIGNATURE = re.compile(
    r"--\s*$|(отправлено|sent) (с|из|from) (моего |my |мобильн|iphone|ipad|android|samsung|xiaomi|huawei|яндекс|почты|mail)",
    re.I,
)
_MARKER = re.compile(
    r"\W*[-_=]{3,}\s*(original message|исходное сообщение|пересланн|пересылаем|forwarded)|_{20,}$", re.I
)
_WROTE = re.compile(r"\b(писал(а|и|\(а\))?|пишет|wrote)\b[^\n]{0,80}:$", re.I)
_FROM = re.compile(r"\W*(от|от кого|from):", re.I)
_SENT = re.compile(r"\W*(отправлено|дата|кому|sent|date|to):", re.I)
_WHEN = re.compile(r"\d{1,2}:\d\d|\d{4}")


def body(mail: EmailMessage) -> str:
    """The mail's text, line ends as \\n: all plain parts, else the HTML ones; attached text files do not count."""
    parts = [p for p in mail.walk() if p.get_content_maintype() == "text" and not p.get_filename()]
    parts = [p for p in parts if p.get_content_disposition() != "attachment"]
    plain = "\n".join(_decoded(p) for p in parts if p.get_content_subtype() == "plain").strip()
    return plain or "\n".join(_seen(_decoded(p)) for p in parts if p.get_content_subtype() == "html").strip()


def own_words(text: str) -> str:
    """The text without what is quoted and signed; all of it when nothing else would be left."""
    kept: list[str] = []
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if line.startswith(">"):
            continue
        if _SIGNATURE.match(line.strip()):
            break
        if not _opens_quote(line.strip(), lines[index + 1 : index + 5]):
            kept.append(line)
            continue
        if kept and not _WHEN.search(line) and _WHEN.search(kept[-1]) and len(kept[-1]) < 200:
            kept.pop()  # the first half of «16.11.2026, 10:15, Имя\n<адрес>:»
        follows = next((following for following in lines[index + 1 : index + 9] if following.strip()), "")
        # An answer under the quote: the quoted lines go, and reading goes on below them.
        if "".join(kept).strip() and not follows.startswith(">"):
            break
    return "\n".join(kept).strip() or text


def _opens_quote(line: str, following: list[str]) -> bool:
    """Whether a quoted letter starts here, as Gmail, Яндекс, Mail.ru, Outlook, Thunderbird and The Bat mark it."""
    if not line or len(line) > 300:
        return False
    named = bool(re.search(r"<[^<>\s]{3,100}@[^<>\s]{1,100}>:$", line))
    wrote = bool(_WROTE.search(line)) and bool(_WHEN.search(line) or "@" in line)
    heading = bool(_FROM.match(line)) and any(_SENT.match(f) for f in following)
    return named or wrote or heading or bool(_MARKER.match(line))


def _decoded(part: EmailMessage) -> str:
    """The part's text, also when it names a wrong or unknown charset."""
    payload = part.get_payload(decode=True)
    data = payload[: _MOST * 4] if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset("utf-8"), "utf-8"):
        try:
            return data.decode(charset)[:_MOST]
        except (LookupError, ValueError):
            continue
    # Russian small letters are 0xE0–FF in windows-1251, and 0xC0–DF in KOI8-R.
    high, low = (sum(first <= byte < first + 32 for byte in data) for first in (0xE0, 0xC0))
    return data.decode("koi8-r" if low > high else "cp1251", "replace")[:_MOST]


class _Page(HTMLParser):
    """Collects what is seen of a page, blocks on lines of their own, without quoted letters."""

    HIDDEN = frozenset({"script", "style", "title", "blockquote", "template"})
    BLOCKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "table", "ul", "ol", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in self.HIDDEN
        self.found += ["\n"] * (tag in self.BLOCKS)

    def handle_endtag(self, tag: str) -> None:
        self.hidden = max(0, self.hidden - (tag in self.HIDDEN))
        self.found += ["\n"] * (tag in self.BLOCKS)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.found.append(re.sub(r"\s+", " ", data))


def _seen(html: str) -> str:
    page = _Page()
    page.feed(html)
    page.close()
    lines = (line.strip() for line in "".join(page.found).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
