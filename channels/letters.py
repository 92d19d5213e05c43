"""Reading and writing letters, whichever way they travel: who wrote, whether a machine did, what it says, and the answer to it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.utils import localtime, parseaddr

from channels.base import Part
from channels.letter_words import body, own_words

ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.-]{1,64}@[A-Za-z0-9._-]{1,189}")
"""A bare address that is safe in a header and in an SMTP command; domains in Cyrillic are written as xn--…"""

DEFAULT_SUBJECT = "Ответ помощника „Моих документов“"
_MACHINES = re.compile(r"(mailer-daemon|postmaster|no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|autoreply)([+.=-]|@)")
_FORWARD = re.compile(r"\s*(fwd?|пересл|вс)\s*:", re.I)
_REPLY = re.compile(r"\s*(re|отв|на)(\[\d+\])?\s*:", re.I)
_EMPTY = set("вопрос обращение здравствуйте добрый день вечер утро письмо темы срочно subject".split())


def read(source: bytes) -> EmailMessage:
    """The mail that `source` spells."""
    return message_from_bytes(source, policy=policy.default)


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
    programs know a repeat. Raises OSError without the part's file, ValueError or MessageError for what no letter can
    carry and for an address that is none."""
    if not ADDRESS.fullmatch(peer) or not (part.text.strip() or part.file) or part.rows:
        raise ValueError("no usable address, nothing to say, or buttons")
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
