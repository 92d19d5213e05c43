"""Reading and writing letters, whichever way they travel: who wrote, whether a machine did, the writer's own words, the files."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import localtime, parseaddr
from html.parser import HTMLParser

from channels.base import Part

ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.-]{1,64}@[A-Za-z0-9._-]{1,189}")
"""A bare address that is safe in a header and in an SMTP command; domains in Cyrillic are written as xn--…"""

DEFAULT_SUBJECT = "Ответ помощника „Моих документов“"
_MOST = 200_000
"""Characters that are looked at; the assistant reads 16 000."""
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|autoreply)([+.=-]|@)")
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
_FORWARD = re.compile(r"\s*(fwd?|пересл|вс)\s*:", re.I)
_REPLY = re.compile(r"\s*(re|отв|на)(\[\d+\])?\s*:", re.I)
_EMPTY = set("вопрос обращение здравствуйте добрый день вечер утро письмо темы срочно subject".split())
_LOGO = 10_000
"""Bytes below which a picture inside the mail is decoration."""
_SEALS = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}


def identity(source: bytes) -> str:
    """The Message-ID, or a fingerprint of the mail when it has none that is usable; at most 100 characters."""
    head = source.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    given = str(message_from_bytes(head).get("Message-ID", "")).strip()
    if re.fullmatch(r"<[!-~]{3,98}>", given):
        return given
    return f"sha256-{hashlib.sha256(given.encode('utf-8', 'replace') or source).hexdigest()}"


def sender(mail: Message) -> str:
    """The bare address of whoever wrote, in lower case. Raises ValueError when there is none that could be answered."""
    local, _, domain = parseaddr(str(mail.get("From", "")))[1].lower().rpartition("@")
    address = f"{local}@{domain.encode('idna').decode()}"
    if not ADDRESS.fullmatch(address):
        raise ValueError("no usable sender")
    return address


def subject(mail: Message) -> str:
    """The subject in one line, without characters that could break a header."""
    plain = "".join(c if c.isprintable() else " " for c in str(mail.get("Subject", "")))
    return " ".join(plain.split())[:200]


def from_machine(mail: Message) -> bool:
    """Automatic replies, mailing lists and robots: an answer could start a loop (RFC 3834)."""
    says = {name: str(mail.get(name, "")).strip().lower() for name in ("Auto-Submitted", "Precedence", "Return-Path")}
    marked = says["Auto-Submitted"].split(";")[0].strip() not in ("", "no") or says["Return-Path"] == "<>"
    listed = says["Precedence"] in ("bulk", "list", "junk", "auto_reply")
    named = any(n in mail for n in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Autoresponder"))
    return marked or listed or named or bool(_MACHINES.match(sender(mail)))


def unreachable(report: Message) -> list[str]:
    """The addresses that a bounce gives up for good (RFC 3464: action failed, status 5.x.x)."""
    fields = [m for p in report.walk() if p.get_content_type() == "message/delivery-status" for m in p.get_payload()]
    failed = [f for f in fields if isinstance(f, Message) and str(f.get("Action", "")).strip().lower() == "failed"]
    final = [f for f in failed if str(f.get("Status", "")).strip().startswith("5")]
    named = [str(f.get("Original-Recipient") or f.get("Final-Recipient", "")).partition(";")[2] for f in final]
    return [a for a in (n.strip(" <>\r\n\t").lower() for n in named) if ADDRESS.fullmatch(a)]


def is_forwarded(mail: EmailMessage) -> bool:
    """Whether somebody else's letter is passed on, in the text or as an attachment."""
    return bool(_FORWARD.match(subject(mail))) or any(p.get_content_type() == "message/rfc822" for p in mail.walk())


def words(mail: EmailMessage) -> str:
    """What the writer says; of a forwarded letter everything. Who writes first often asks in the subject: it goes first
    when it has words that the text has not."""
    text = body(mail) if is_forwarded(mail) else own_words(body(mail))
    title = _FORWARD.sub("", subject(mail)).strip()
    if _REPLY.match(title) or "In-Reply-To" in mail:
        return text
    named = set(re.findall(r"[^\W\d_]{4,}|\d{5,}", title.casefold())) - _EMPTY
    known = text.casefold()
    return f"{title}\n{text}".strip() if any(word[:5] not in known for word in named) else text


def without_files(source: bytes) -> tuple[dict[str, int], bytes]:
    """A mail emptied of its larger files, and their sizes in bytes by their places in `walk()`."""
    mail, sizes = message_from_bytes(source), {}
    for index, part in enumerate(mail.walk()):
        size = 0 if part.is_multipart() else len(part.get_payload(decode=True) or b"")
        if size >= _LOGO and (part.get_content_maintype() != "text" or part.get_filename()):
            sizes[str(index)] = size
            part.set_payload("")
    return sizes, mail.as_bytes()


def attachments(mail: EmailMessage, sizes: dict[str, int]) -> Iterator[tuple[int, EmailMessage, int]]:
    """Each attached file: its place in `mail.walk()`, the part, and its size in bytes. Logos and signatures are left out.

    `sizes` are those that `without_files` told.
    """
    for index, part in enumerate(mail.walk()):
        kind = part.get_content_maintype()
        named = part.get_filename() or part.get_content_disposition() == "attachment"
        if kind in ("multipart", "message") or part.get_content_type() in _SEALS or (kind == "text" and not named):
            continue
        size = sizes.get(str(index)) or len(part.get_payload(decode=True) or b"")
        if not (kind == "image" and part.get("Content-ID") and size < _LOGO):
            yield index, part, size


def sent_at(mail: EmailMessage) -> datetime | None:
    """When the writer's program says it was sent; None when it says nothing sensible."""
    try:
        found: datetime | None = mail["Date"].datetime
    except (AttributeError, TypeError, ValueError, IndexError):
        return None
    return found and (found if found.tzinfo else found.replace(tzinfo=UTC))


@dataclass(frozen=True)
class Thread:
    """Somebody's last letter, as far as an answer needs it: ids in angle brackets, and the subject."""

    id: str
    references: tuple[str, ...] = ()
    subject: str = ""


def thread(mail: EmailMessage) -> tuple[str, Thread]:
    """Who wrote a mail, and what an answer to it needs. Raises ValueError for a mail that cannot be answered."""
    ids = re.findall(r"<[!-;=?-~]{3,250}>", f"{mail.get('References', '')} {mail.get('Message-ID', '')}")
    return sender(mail), Thread(ids[-1] if ids else "", tuple(ids[:-1]), subject(mail))


def answer(address: str, name: str, peer: str, part: Part, key: int, thread: Thread | None) -> EmailMessage:
    """The letter from `name <address>` that carries `part`; the same key and peer make the same Message-ID, by which mail
    programs know a repeat."""
    mail = EmailMessage(policy=policy.SMTP)
    local, _, domain = address.rpartition("@")
    mail["From"], mail["To"] = Address(name, local, domain), Address(addr_spec=peer)
    about = thread.subject if thread else ""
    mail["Subject"] = about if about.lower().startswith("re:") else f"Re: {about}" if about else DEFAULT_SUBJECT
    mail["Message-ID"] = f"<otklik.{key:x}.{hashlib.sha256(peer.encode()).hexdigest()[:8]}@{domain}>"
    mail["Date"] = localtime()
    if thread and thread.id:
        mail["In-Reply-To"], mail["References"] = thread.id, " ".join([*thread.references[-9:], thread.id])
    # RFC 3834 for all, and Exchange's own way to keep its out-of-office replies from answering us.
    mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"] = "auto-replied", "All"
    mail.set_content(part.text or "Файл во вложении.", charset="utf-8")
    if part.file:
        kind, _, subkind = part.file.media_type.partition("/")
        mail.add_attachment(part.file.path.read_bytes(), maintype=kind, subtype=subkind, filename=part.file.name)
    return mail


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
