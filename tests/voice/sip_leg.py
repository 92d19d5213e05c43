"""One call of a telephone of our own: what a person says, presses and hears on it, over real RTP."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import deque
from typing import TYPE_CHECKING, cast

from tests.voice.sip_sound import ALAW, EVENTS, KEY_ENDS, KEY_FRAMES, KEYS, STEP, from_alaw, to_alaw
from voice.audio import FRAME_MS, SILENCE, frames
from voice.player import audible

if TYPE_CHECKING:
    from tests.voice.sip_phone import SipPhone


class Leg(asyncio.DatagramProtocol):
    """One call of a telephone, from the moment it is answered."""

    def __init__(self, phone: SipPhone, call_id: str, own: str, other: str, target: str) -> None:
        self.received: list[tuple[float, bytes]] = []
        """Every piece of sound that came, with the moment (time.monotonic) of its arrival."""
        self.ended = asyncio.Event()
        self.ended_by = ""
        """`other` when the PBX hung up, `us` when we did."""
        self.call_id, self.own, self.other, self.target = call_id, own, other, target
        self.sends_silence = True
        """Without it nothing is sent while nobody speaks."""
        self._phone = phone
        self._to: tuple[str, int] | None = None
        self._unsaid: deque[bytes] = deque()
        self._keys: deque[str] = deque()
        self._said_at = time.monotonic()
        self._sequence, self._stamp, self._source = random.randrange(1 << 15), 0, random.randrange(1 << 31)
        self._tasks: list[asyncio.Task[None]] = []
        self._transport: asyncio.DatagramTransport

    async def open(self) -> None:
        """Take a port for the sound."""
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, local_addr=(self._phone.host, 0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own have the methods but are no subclass.
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, _addr: object) -> None:
        if len(data) > 12 and data[1] & 0x7F == ALAW:
            self.received.append((time.monotonic(), from_alaw(data[12:])))

    def offer(self, direction: str = "sendrecv") -> str:
        """What we speak and where we listen."""
        host = self._phone.host
        return (
            f"v=0\r\no=- 1 {time.monotonic_ns()} IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
            f"m=audio {self.port} RTP/AVP {ALAW} {EVENTS}\r\na=rtpmap:{ALAW} PCMA/8000\r\n"
            f"a=rtpmap:{EVENTS} telephone-event/8000\r\na=fmtp:{EVENTS} 0-16\r\na=ptime:20\r\na={direction}\r\n"
        )

    def talk_to(self, sdp: str) -> None:
        """Begin to send to where the other side listens."""
        host, port = re.search(r"^c=IN IP4 (\S+)", sdp, re.M), re.search(r"^m=audio (\d+)", sdp, re.M)
        assert host and port, sdp
        self._to = (host[1], int(port[1]))
        if not self._tasks:
            self._tasks.append(asyncio.create_task(self._send()))

    # What a person does.

    def say(self, pcm: bytes) -> None:
        """Say a sound in the form of `voice.audio` in real time."""
        self._unsaid.extend(frames(pcm))

    async def said(self) -> float:
        """Wait until all was said; the moment when the last of it was sent."""
        while self._unsaid and not self.ended.is_set():
            await asyncio.sleep(0.02)
        return self._said_at

    def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        self._keys.extend(keys)

    async def hold(self, on: bool) -> None:
        """Put the other side on hold by a new offer, or take it back."""
        answer = await self._phone.request(
            "INVITE", self.target, self.call_id, self.own, self.other, self.offer("sendonly" if on else "sendrecv")
        )
        assert answer.status == 200, answer.first

    async def transfer(self, number: str) -> None:
        """Pass the other side on to a number, blindly."""
        refer = {"Refer-To": f"<sip:{number}@{self._phone.host}>"}
        answer = await self._phone.request("REFER", self.target, self.call_id, self.own, self.other, more=refer)
        assert answer.status == 202, answer.first

    async def hang_up(self) -> None:
        """Put the receiver down."""
        if not self.ended.is_set():
            self.over("us")
            await self._phone.request("BYE", self.target, self.call_id, self.own, self.other)

    # What a person notices.

    async def heard_since(self, moment: float, within: float = 30.0) -> float:
        """The moment of the first sound at `moment` or later. Raises TimeoutError."""
        at = 0
        async with asyncio.timeout(within):
            while True:
                while at < len(self.received):
                    arrived, pcm = self.received[at]
                    if arrived >= moment and audible(pcm):
                        return arrived
                    at += 1
                await asyncio.sleep(0.02)

    async def quiet(self, seconds: float = 1.2, within: float = 60.0) -> None:
        """Wait until nothing audible has come for so long, or the call is over. Raises TimeoutError."""
        since = time.monotonic()
        async with asyncio.timeout(within):
            while not self.ended.is_set():
                last = next((at for at, pcm in reversed(self.received) if audible(pcm)), since)
                if time.monotonic() - max(last, since) >= seconds:
                    return
                await asyncio.sleep(0.02)

    def sound(self, since: float = 0.0, until: float = float("inf")) -> bytes:
        """What was heard between two moments."""
        return b"".join(pcm for at, pcm in self.received if since <= at < until)

    # Inside.

    def over(self, by: str) -> None:
        """The call is over."""
        if not self.ended.is_set():
            self.ended_by = by
            self.ended.set()
            for task in self._tasks:
                task.cancel()
            self._transport.close()

    async def _send(self) -> None:
        began, sent, key, at = time.monotonic(), 0, "", 0
        while True:
            sent += 1
            await asyncio.sleep(max(0.0, began + sent * FRAME_MS / 1000 - time.monotonic()))
            self._stamp += STEP
            if not key and self._keys:
                key, at, start = self._keys.popleft(), 0, self._stamp
            if key:
                ends = at >= KEY_FRAMES
                length = (min(at, KEY_FRAMES - 1) + 1) * STEP
                event = bytes((KEYS.index(key), 0x8A if ends else 0x0A)) + length.to_bytes(2, "big")
                self._packet(EVENTS, event, start, marker=at == 0)
                at += 1
                key = "" if at == KEY_FRAMES + KEY_ENDS else key
            elif self._unsaid or self.sends_silence:
                frame = self._unsaid.popleft() if self._unsaid else SILENCE
                self._packet(ALAW, to_alaw(frame), self._stamp)
                self._said_at = time.monotonic() if frame is not SILENCE else self._said_at

    def _packet(self, kind: int, payload: bytes, stamp: int, *, marker: bool = False) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        head = bytes((0x80, kind | (0x80 if marker else 0))) + self._sequence.to_bytes(2, "big")
        head += (stamp & 0xFFFFFFFF).to_bytes(4, "big") + self._source.to_bytes(4, "big")
        self._transport.sendto(head + payload, self._to)
