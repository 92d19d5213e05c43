"""A telephone of our own: registers, rings and is rung over real SIP. What is said on it is `tests.voice.sip_leg`."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from tests.voice.sip_leg import Leg

ANSWER_WITHIN = 20.0
_counter = itertools.count(int(time.time()))
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Sip:
    """One message of SIP."""

    first: str
    headers: tuple[tuple[str, str], ...]
    body: str

    @classmethod
    def read(cls, data: bytes) -> Sip:
        """A datagram as a message."""
        head, _, body = data.decode().partition("\r\n\r\n")
        first, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(first, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    def get(self, name: str) -> str:
        """The first header of that name."""
        return next((value for known, value in self.headers if known == name), "")

    @property
    def status(self) -> int:
        """Of a response; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0


class SipPhone(asyncio.DatagramProtocol):
    """A telephone, or the trunk's far end. `rings` says what becomes of a call to it: `answer`, `busy`, `ring` (nobody is home)."""

    def __init__(self, host: str, server: tuple[str, int], user: str = "", password: str = "") -> None:
        self.host, self._server, self._user, self._password = host, server, user, password
        self.rings = "answer"
        self.picked_up: asyncio.Queue[Leg] = asyncio.Queue()
        self.rung = 0
        """How many calls have come."""
        self.last_invite: Sip | None = None
        self._legs: dict[str, Leg] = {}
        self._ringing: dict[str, Sip] = {}
        self._answered: dict[str, bytes] = {}
        self._awaited: dict[str, asyncio.Future[Sip]] = {}
        self._transport: asyncio.DatagramTransport
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, port: int = 0) -> None:
        """Take a port, and register where there is a password."""
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(self.host, port))
        if self._password:
            address = f"<sip:{self._user}@{self._server[0]}>"
            answer = await self.request(
                "REGISTER", f"sip:{self._server[0]}", _new(), f"{address};tag={_new()}", address
            )
            assert answer.status == 200, answer.first

    async def hang_up(self) -> None:
        """End all calls."""
        for leg in list(self._legs.values()):
            await leg.hang_up()
        while not self.picked_up.empty():
            self.picked_up.get_nowait()

    async def close(self) -> None:
        """End all calls and go."""
        await self.hang_up()
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own have the methods but are no subclass.
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    async def call(self, number: str, caller: str = "") -> Leg:
        """Ring a number; the call once it is answered. Raises ConnectionRefusedError with the PBX's refusal."""
        call_id = _new()
        own = f"<sip:{caller or self._user}@{self.host}>;tag={_new()}"
        target = f"sip:{number}@{self._server[0]}:{self._server[1]}"
        leg = Leg(self, call_id, own, f"<{target}>", target)
        await leg.open()
        self._legs[call_id] = leg
        answer = await self.request("INVITE", target, call_id, own, leg.other, leg.offer())
        if answer.status != 200:
            leg.over("other")
            raise ConnectionRefusedError(answer.first)
        leg.other, leg.target = answer.get("to"), _uri(answer.get("contact"))
        leg.talk_to(answer.body)
        return leg

    async def request(
        self, method: str, uri: str, call_id: str, own: str, other: str, body: str = "", more: Mapping[str, str] = _NONE
    ) -> Sip:
        """Send a request, with the password where it is asked for; the final answer. Raises TimeoutError."""
        answer = await self._ask(method, uri, call_id, own, other, body, more)
        asked = answer.get("www-authenticate") or answer.get("proxy-authenticate")
        if answer.status in (401, 407) and asked:
            proof = {**more, "Authorization": self._proof(method, uri, asked)}
            answer = await self._ask(method, uri, call_id, own, other, body, proof)
        return answer

    async def _ask(
        self, method: str, uri: str, call_id: str, own: str, other: str, body: str, more: Mapping[str, str]
    ) -> Sip:
        number = next(_counter)
        key = f"{call_id} {number} {method}"
        self._awaited[key] = asyncio.get_running_loop().create_future()
        self._write(method, uri, call_id, own, other, number, body, more)
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer = await self._awaited[key]
        finally:
            del self._awaited[key]
        if method == "INVITE":
            self._write("ACK", uri, call_id, own, answer.get("to"), number)
        return answer

    def _write(
        self,
        method: str,
        uri: str,
        call_id: str,
        own: str,
        other: str,
        number: int,
        body: str = "",
        more: Mapping[str, str] = _NONE,
    ) -> None:
        lines = [
            f"{method} {uri} SIP/2.0", f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{_new()};rport",
            "Max-Forwards: 70", f"From: {own}", f"To: {other}", f"Call-ID: {call_id}", f"CSeq: {number} {method}",
            f"Contact: <sip:{self._user or 'trunk'}@{self.host}:{self.port}>", "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS",
            *(["Expires: 3600"] if method == "REGISTER" else []), *(f"{name}: {value}" for name, value in more.items()),
            *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}", "", body,
        ]  # fmt: skip
        self._transport.sendto("\r\n".join(lines).encode(), self._server)

    def _proof(self, method: str, uri: str, asked: str) -> str:
        told = dict(re.findall(r'(\w+)="?([^",]*)"?', asked))

        def md5(*parts: str) -> str:
            return hashlib.md5(":".join(parts).encode(), usedforsecurity=False).hexdigest()

        first, second, mine = md5(self._user, told["realm"], self._password), md5(method, uri), _new()
        key = md5(first, told["nonce"], "00000001", mine, "auth", second)
        return (
            f'Digest username="{self._user}", realm="{told["realm"]}", nonce="{told["nonce"]}", uri="{uri}", qop=auth, '
            f'nc=00000001, cnonce="{mine}", response="{key}", opaque="{told.get("opaque", "")}", algorithm=MD5'
        )

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data.strip():
            return
        message = Sip.read(data)
        if message.status:
            key = f"{message.get('call-id')} {message.get('cseq')}"
            awaited = self._awaited.get(key)
            if message.status >= 200 and awaited and not awaited.done():
                awaited.set_result(message)
            return
        method, seen = message.first.split()[0], f"{message.get('via')} {message.get('cseq')}"
        if seen in self._answered:
            self._transport.sendto(self._answered[seen], addr)
            return
        task = asyncio.create_task(self._serve(method, message, seen, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, method: str, message: Sip, seen: str, addr: tuple[str, int]) -> None:
        call_id = message.get("call-id")
        leg = self._legs.get(call_id)
        if method == "ACK":
            return
        if method == "INVITE" and leg is None:
            await self._rung(message, seen, addr)
        elif method == "INVITE" and leg is not None:
            leg.talk_to(message.body)
            self._reply(message, seen, addr, "200 OK", leg.offer())
        elif method == "CANCEL":
            self._reply(message, seen, addr, "200 OK")
            if invite := self._ringing.pop(call_id, None):
                self._reply(invite, "", addr, "487 Request Terminated")
        else:
            self._reply(message, seen, addr, "200 OK")
            if method == "BYE" and leg is not None:
                leg.over("other")

    async def _rung(self, message: Sip, seen: str, addr: tuple[str, int]) -> None:
        self.rung += 1
        self.last_invite = message
        call_id = message.get("call-id")
        if self.rings == "busy":
            self._reply(message, seen, addr, "486 Busy Here")
            return
        self._reply(message, seen, addr, "180 Ringing")
        if self.rings == "ring":
            self._ringing[call_id] = message
            return
        own = f"{message.get('to')};tag=phone{call_id[:8]}"
        leg = self._legs[call_id] = Leg(self, call_id, own, message.get("from"), _uri(message.get("contact")))
        await leg.open()
        self._reply(message, seen, addr, "200 OK", leg.offer())
        leg.talk_to(message.body)
        self.picked_up.put_nowait(leg)

    def _reply(self, request: Sip, seen: str, addr: tuple[str, int], words: str, body: str = "") -> None:
        to = request.get("to")
        to = to if "tag=" in to else f"{to};tag=phone{request.get('call-id')[:8]}"
        lines = [
            f"SIP/2.0 {words}", *(f"Via: {value}" for name, value in request.headers if name == "via"),
            f"From: {request.get('from')}", f"To: {to}", f"Call-ID: {request.get('call-id')}",
            f"CSeq: {request.get('cseq')}", f"Contact: <sip:{self._user or 'trunk'}@{self.host}:{self.port}>",
            *(["Expires: 3600"] if "REGISTER" in request.first else []),
            *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}", "", body,
        ]  # fmt: skip
        data = "\r\n".join(lines).encode()
        self._answered[seen] = data
        self._transport.sendto(data, addr)


def _new() -> str:
    return f"{random.getrandbits(80):020x}"


def _uri(address: str) -> str:
    found = re.search(r"<([^>]+)>", address)
    return found[1] if found else address
