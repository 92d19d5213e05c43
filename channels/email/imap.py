"""Reading the mailbox over IMAP, read-only: mails and their marks stay as people left them. Every call here blocks."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, U, errors, utils
from imap_tools.idle import get_socket_poller

from channels import letter_parts
from channels.base import Received
from channels.email import Settings
from channels.email.parse import event
from channels.errors import ChannelError, Misconfigured, Retry

_BATCH = 20
_LOOK_BACK = timedelta(days=3)
"""How old a mail may be to be read again after the server has renumbered the mailbox."""
_WORDS = {
    errors.MailboxLoginError: "Сервер IMAP не принимает адрес и пароль.",
    errors.MailboxFolderStatusError: "В ящике нет папки, названной в OTKLIK_EMAIL_FOLDER.",
    errors.MailboxFolderSelectError: "Папку, названную в OTKLIK_EMAIL_FOLDER, не открыть.",
    ssl.SSLCertVerificationError: "Сертификат сервера IMAP не подтверждён: проверьте его имя.",
}


class Mailbox:
    """One connection to the mailbox, made when it is needed. Calls raise Misconfigured or Retry, and then hang up."""

    def __init__(self, settings: Settings) -> None:
        self._s, self._busy = settings, threading.Lock()
        self._box: BaseMailBox | None = None

    def look(self, cursor: str | None) -> Received:
        """Mails after `cursor` (`uidvalidity:uid`; None: from now on), waiting for some as long as the settings say."""
        with self._line() as box:
            if cursor is None:
                return Received([], f"{self._validity}:{self._last}")
            uids = self._uids(box, cursor)
            if not uids:
                self._wait(box)
                uids = self._uids(box, cursor)
            sources = [(uid, self._source(box, uid)) for uid in uids]
            events = [event(uid, self._validity, source) for uid, source in sources if source is not None]
            if uids or not cursor.startswith(f"{self._validity}:"):
                cursor = f"{self._validity}:{uids[-1] if uids else self._last}"
            return Received(events, cursor)

    def file(self, validity: int, uid: int, place: int) -> bytes:
        """The file at `place` of a mail. Raises LookupError when it is no longer there."""
        with self._line() as box:
            source = self._source(box, uid) if validity == self._validity else None
        if source is None:
            raise LookupError(uid)
        return letter_parts.content(source, place)

    def cut(self) -> None:
        """Cut the line under a call that waits in another thread."""
        if box := self._box:
            with suppress(OSError):
                box.client.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Cut the line and give it back."""
        self.cut()
        with self._busy:
            self._drop()

    @contextmanager
    def _line(self) -> Iterator[BaseMailBox]:
        with self._busy:
            try:
                yield self._box or self._enter()
            except Exception as error:
                self._drop()
                raise _meaning(error) from None

    def _enter(self) -> BaseMailBox:
        kind = {"tls": MailBox, "starttls": MailBoxStartTls, "none": MailBoxUnencrypted}[self._s.security]
        # Without a context of ours imaplib would trust any certificate.
        trusted = {} if self._s.security == "none" else {"ssl_context": ssl.create_default_context()}
        box: BaseMailBox = kind(self._s.imap_host, self._s.imap_port, self._s.timeout, **trusted)
        self._box = box
        box.login(self._s.address, self._s.password, initial_folder=None)
        self._idles = b"IDLE" in b" ".join(box.client.capability()[1]).upper().split()
        status = box.folder.status(self._s.folder, ["UIDVALIDITY", "UIDNEXT"])
        self._validity, self._last = status["UIDVALIDITY"], status["UIDNEXT"] - 1
        box.folder.set(self._s.folder, readonly=True)
        return box

    def _drop(self) -> None:
        box, self._box = self._box, None
        if box:
            with suppress(OSError):
                box.client.shutdown()

    def _uids(self, box: BaseMailBox, cursor: str) -> list[int]:
        validity, last = (int(number) for number in cursor.split(":"))
        if validity != self._validity:
            last, criteria = 0, AND(sent_date_gte=(datetime.now(UTC) - _LOOK_BACK).date())
        else:
            criteria = AND(uid=U(str(last + 1), "*"))
        # `n:*` always names the newest mail, also when its number is below n.
        return sorted(uid for uid in map(int, box.uids(criteria, charset=None)) if uid > last)[:_BATCH]

    def _wait(self, box: BaseMailBox) -> None:
        # The line is only watched: imap-tools' own `idle.wait` also reads, and breaks when an answer comes in two pieces.
        if self._idles:
            box.idle.start()  # type: ignore[no-untyped-call]
        get_socket_poller(box.client.sock, self._s.wait if self._idles else min(5, self._s.wait))  # type: ignore[arg-type]
        box.idle.stop() if self._idles else box.client.noop()  # type: ignore[no-untyped-call]

    def _source(self, box: BaseMailBox, uid: int) -> bytes | None:
        answer = box.client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{letter_parts.WHOLE}>)")
        utils.check_command_status(answer, errors.MailboxFetchError)
        return next((bytes(item[1]) for item in answer[1] if isinstance(item, tuple)), None)


def _meaning(error: Exception) -> ChannelError:
    """What went wrong, without the server's words: they may hold the address or a mail."""
    busy = re.search(r"UNAVAILABLE|LIMIT|IN-?USE", str(error), re.I)
    for kind, words in _WORDS.items():
        if isinstance(error, kind) and not busy:
            return Misconfigured(f"imap_{kind.__name__}", words)
    return Retry(f"imap_{type(error).__name__}", words="Сервер IMAP не отвечает: верны ли имя, порт и SECURITY?")
