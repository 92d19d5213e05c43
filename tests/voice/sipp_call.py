"""A call by sipp, which is no work of ours: it speaks from a packet capture that is written here."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from tests.voice.sip_sound import ALAW, STEP, to_alaw
from voice.audio import FRAME_MS, frames

SCENARIO = Path(__file__).with_name("sipp_caller.xml")
PORT, MEDIA = 5070, 40000


def command(folder: Path, seen_as: Path, pcm: bytes, caller: str, pbx: str, number: str) -> Sequence[str]:
    """Writes scenario and speech into `folder`, which sipp sees as `seen_as`; the command that makes one call from `caller`."""
    (folder / "speech.pcap").write_bytes(capture(pcm))
    text = SCENARIO.read_text("utf-8").replace("SPEECH", str(seen_as / "speech.pcap"))
    (folder / "caller.xml").write_text(text, "utf-8")
    return [
        "sipp", pbx, "-s", number, "-sf", str(seen_as / "caller.xml"), "-i", caller, "-p", str(PORT), "-mi", caller,
        "-mp", str(MEDIA), "-m", "1", "-nostdin", "-timeout", "180s", "-timeout_error",
    ]  # fmt: skip


def capture(pcm: bytes) -> bytes:
    """Sound as a capture of RTP in A-law over UDP."""
    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
    for number, frame in enumerate(frames(pcm)):
        rtp = struct.pack(">BBHII", 0x80, ALAW, number, number * STEP, 7) + to_alaw(frame)
        udp = struct.pack(">HHHH", MEDIA, MEDIA, 8 + len(rtp), 0) + rtp
        ip = (
            struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), number, 0, 64, 17, 0, b"\x7f\0\0\1", b"\x7f\0\0\1")
            + udp
        )
        whole = bytes(12) + b"\x08\x00" + ip
        seconds, rest = divmod(number * FRAME_MS, 1000)
        packets.append(struct.pack("<IIII", seconds, rest * 1000, len(whole), len(whole)) + whole)
    return b"".join(packets)
