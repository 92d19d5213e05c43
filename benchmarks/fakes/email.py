"""A mail provider: an IMAP server (pymap, in memory) and an SMTP server (aiosmtpd) over loopback, and citizens who write.

It is no HTTP server like the other fakes, but is driven in the same way.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
import uuid
from argparse import Namespace
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import localtime
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import Config, DictBackend, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxSet
from pymap.concurrent import Subsystem
from pymap.context import connection_exit
from pymap.imap import IMAPConnection
from pymap.imap.state import ConnectionState
from pymap.parsing.command import Command
from pymap.parsing.message import AppendMessage
from pymap.parsing.response import ResponseCode, ResponseNo
from pysasl.hashing import Cleartext

from benchmarks.fakes.base import FakeServer, Fault, Sent

_TOO_BIG = 25 * 1024 * 1024
_READING = (b"FETCH", b"SEARCH")


@dataclass
class FakeMail(FakeServer):
    """The provider of one mailbox, `address`, with `token` as its password.

    `tls`: the servers speak TLS from the first byte, with `starttls` from that command on. `idle`: whether IMAP offers IDLE.
    `patient`: the post waits until the mailbox was opened once, since what came earlier is not for the assistant.
    `log`: the commands IMAP was given.
    """

    address: str = "mfc@line.example"
    tls: ssl.SSLContext | None = None
    starttls: bool = False
    idle: bool = True
    patient: bool = True
    log: list[bytes] = field(default_factory=list)
    letters: list[EmailMessage] = field(default_factory=list)
    """The mails behind `sent`, with all their headers."""

    async def start(self) -> None:
        """Listen on two free loopback ports."""
        subsystem = Subsystem.for_asyncio()
        self._config = Config(
            Namespace(passlib_cfg=None, proxy_protocol=None),
            host=None,
            port=0,
            demo_data=False,
            demo_user=self.address,
            demo_password=self.token,
            tls_enabled=self.starttls,
            ssl_context=self.tls,
            hash_context=Cleartext(),
            cpu_subsystem=subsystem,
            disable_idle=not self.idle,
        )
        self._login = Login(self._config)
        await DictBackend._add_demo_user(self._config, self._login)
        self._open: set[asyncio.StreamWriter] = set()
        self._mails: list[bytes] = []
        self.renumber()
        tls = None if self.starttls else self.tls
        self._imap = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self._smtp = await asyncio.get_running_loop().create_server(self._smtp_line, "127.0.0.1", 0, ssl=tls)
        self.imap_port, self.smtp_port = (s.sockets[0].getsockname()[1] for s in (self._imap, self._smtp))
        self.url = f"imap://127.0.0.1:{self.imap_port}"
        self._post: asyncio.Queue[bytes] = asyncio.Queue()
        self.opened = asyncio.Event()
        self._postman = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """Stop listening and hang up."""
        self._postman.cancel()
        self._imap.close()
        self._smtp.close()
        self.hang_up()

    def routes(self, app: web.Application) -> None:
        """Mail has no web addresses."""

    def settings(self) -> dict[str, str]:
        """The environment that leads the channel here."""
        return {
            "OTKLIK_EMAIL_ADDRESS": self.address,
            "OTKLIK_EMAIL_PASSWORD": self.token,
            "OTKLIK_EMAIL_IMAP_HOST": "127.0.0.1",
            "OTKLIK_EMAIL_IMAP_PORT": str(self.imap_port),
            "OTKLIK_EMAIL_SMTP_HOST": "127.0.0.1",
            "OTKLIK_EMAIL_SMTP_PORT": str(self.smtp_port),
            "OTKLIK_EMAIL_WAIT": "0.5",
            "OTKLIK_EMAIL_SECURITY": "starttls" if self.starttls else "tls" if self.tls else "none",
        }

    def say(self, peer: str, text: str) -> str:
        """A citizen writes, in answer to the last mail she got, if any; returns the Message-ID."""
        mail = EmailMessage(policy=policy.SMTP)
        mail["From"], mail["To"], mail["Date"] = peer, self.address, localtime()
        mail["Message-ID"] = f"<{uuid.uuid4().hex}@{peer.rpartition('@')[2]}>"
        if got := self.to(peer):
            mail["In-Reply-To"], mail["Subject"] = got[-1].id, "Re: Ответ"
        mail.set_content(text)
        self._post.put_nowait(mail.as_bytes())
        return str(mail["Message-ID"])

    def press(self, sent: Sent, row: int = 0, column: int = 0) -> None:
        """A mail has no buttons: the citizen writes the number of her choice."""
        self.say(sent.peer, str(row + column + 1))

    def push(self, event: dict[str, Any]) -> None:
        """Deliver the mail of a raw event exactly as given; one that was read in part gets its length back."""
        try:
            source = base64.b64decode(event["base64"], validate=True)
        except (KeyError, ValueError):
            source = str(event.get("source", event)).replace("\r\n", "\n").replace("\n", "\r\n").encode()
        if event.get("too_big"):
            source = source.ljust(_TOO_BIG + 1, b"A")
        self._post.put_nowait(source)

    async def delivered(self) -> None:
        """Wait until all that was said and pushed lies in the mailbox."""
        await self._post.join()

    def renumber(self) -> None:
        """The server forgets its numbering, as after a move to other hardware: a new UIDVALIDITY, the mails stay."""
        self._box = MailboxSet()
        self._config.set_cache[self.address] = (self._box, FilterSet())
        self.hang_up()

    async def refill(self) -> None:
        """Put all mails that ever came into the mailbox again, after `renumber`."""
        for source in self._mails:
            await self._append(source)

    def hang_up(self) -> None:
        """Drop all IMAP connections."""
        for writer in list(self._open):
            writer.transport.abort()

    async def _deliver(self) -> None:
        while True:
            source = await self._post.get()
            if self.patient:
                await self.opened.wait()
            self._mails.append(source)
            await self._append(source)
            self._post.task_done()

    async def _append(self, source: bytes) -> None:
        inbox = await self._box.get_mailbox("INBOX")
        await inbox.append(AppendMessage(source, localtime()))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = _Connection(self._config.commands, self._config, reader, writer, SocketInfoLocal(writer))
        connection.fake, connection.method = self, "fetch"
        self._open.add(writer)
        try:
            async with AsyncExitStack() as stack:
                connection_exit.set(stack)
                stack.enter_context(closing(connection))
                await connection.run(ConnectionState(self._login, self._config))
        finally:
            self._open.discard(writer)

    def _smtp_line(self) -> SMTP:
        return SMTP(
            _Postbox(self),
            hostname="mx.line.example",
            data_size_limit=30 * 1024 * 1024,
            authenticator=self._known,
            auth_require_tls=False,
            tls_context=self.tls if self.starttls else None,
            loop=asyncio.get_running_loop(),
        )

    def _known(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            self.address.encode(),
            self.token.encode(),
        )
        return AuthResult(success=right, handled=False)


class _Connection(IMAPConnection):
    """An IMAP connection that meets the faults ordered for it when it reads mails: `receive`, or `fetch` if it never searched."""

    __slots__ = ("fake", "method")
    fake: FakeMail
    method: str

    async def read_command(self, state: ConnectionState) -> Command:
        command = await super().read_command(state)
        self.fake.log.append(bytes(command.command))
        if command.command in (b"SELECT", b"EXAMINE"):
            self.fake.opened.set()
        if command.command.endswith(b"SEARCH"):
            self.method = "receive"
        fault = self.fake.fault(self.method) if command.command.endswith(_READING) else None
        if fault and fault.kind == "timeout":
            await asyncio.sleep(fault.after)
        elif fault and fault.kind == "cut":
            raise EOFError
        elif fault:
            refusal = ResponseNo(command.tag, b"Try again later.", ResponseCode.of(b"UNAVAILABLE"))
            await self.write_response(refusal)
            return await self.read_command(state)
        return command


class _Postbox:
    """What the SMTP server checks and takes."""

    def __init__(self, fake: FakeMail) -> None:
        self._fake = fake
        self._met: Fault | None = None

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address != self._fake.address:
            return "553 5.7.1 Sender address rejected: not owned by auth user."
        envelope.mail_from = address
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self._met = self._fake.fault("send")
        if self._met and self._met.kind == "429":
            return "450 4.2.1 The recipient is receiving mail at a rate that is too high"
        if address in self._fake.blocked:
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table"
        if address.endswith(".spamhaus"):
            return "554 5.7.1 Relay access denied"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        kind = self._met.kind if self._met else ""
        if self._met and kind == "timeout":
            await asyncio.sleep(self._met.after)
        if kind == "500":
            return "451 4.3.0 Temporary lookup failure"
        mail = message_from_bytes(envelope.content or b"", policy=policy.default)
        if problem := self._problem(mail, envelope):
            return f"550 5.7.1 {problem}"
        body = mail.get_body(("plain",))
        files = [(str(p.get_filename()), p.get_payload(decode=True)) for p in mail.iter_attachments()]
        self._fake.took(
            Sent(
                peer=envelope.rcpt_tos[0],
                text=str(body.get_content()).replace("\r\n", "\n").removesuffix("\n") if body else "",
                id=str(mail["Message-ID"]),
                at=time.monotonic(),
                file=files[0] if files else None,
            )
        )
        self._fake.letters.append(mail)
        if kind == "cut":
            server.transport.abort()
        return "250 2.0.0 Ok: queued"

    def _problem(self, mail: EmailMessage, envelope: Envelope) -> str | None:
        """What strict providers refuse: missing or doubled headers, a foreign sender, a recipient that the mail does not name."""
        for name in ("From", "To", "Subject", "Date", "Message-ID"):
            if len(mail.get_all(name, [])) != 1:
                return f"Messages must have exactly one {name} header"
        senders, to = mail["From"].addresses, mail["To"].addresses
        if [a.addr_spec for a in senders] != [self._fake.address] or [a.addr_spec for a in to] != envelope.rcpt_tos:
            return "From or To does not match the envelope"
        return "Bcc is not ours" if "Bcc" in mail else None
