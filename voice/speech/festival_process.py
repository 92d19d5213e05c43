"""One Festival process, asked through its standard input: no port, no shell, and it ends when we do."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import struct
from pathlib import Path

from voice.speech.base import SpeechFailed

# `festival --server` would listen on all addresses and run any Scheme it is sent, so it stays a child with a pipe.
# Each answer is announced by a line with the question's number: what Festival prints meanwhile (a warning, an earlier
# sentence nobody waits for) is skipped. `unwind-protect` keeps one bad sentence from ending the process.
_SETUP = """\
({voice})
(define (otklik_say number text)
  (unwind-protect
    (let ((utterance (utt.synth (eval (list 'Utterance 'Text text)))))
      (format t "\\n=%d=\\n" number)
      (utt.save.wave utterance "-" 'riff))
    (format t "\\n!%d!\\n" number))
  (fflush nil)
  t)
(define (otklik_done number)
  (format t "\\n=%d=\\n" number)
  (fflush nil)
  t)
(format t "\\n@%s\\n" (cdr (assoc '{name} voice-locations)))
"""
_RIFF_HEAD = 44
_LONGEST = 16000 * 2 * 90
"""Bytes of the longest sound taken for true."""


class Gone(SpeechFailed):
    """The process is not there any more; a new one may say the same sentence."""


class FestivalProcess:
    """Starts, asks and kills one process. One question at a time: not for two tasks at once."""

    def __init__(self, command: str, voice: str) -> None:
        self._command, self._voice = command, voice
        self._process: asyncio.subprocess.Process | None = None
        self._number = 0
        self.folder = Path()
        """Where the voice's database is; known after `start`."""

    @property
    def alive(self) -> bool:
        """Whether a process runs."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process is not None and self.alive else None

    async def start(self) -> None:
        """Start the process and wait until the voice is loaded. Raises SpeechFailed. About 0.5 s, from a cold disk longer."""
        path = shutil.which(self._command)
        if path is None:
            raise SpeechFailed(f"нет программы {self._command}")
        self._process = await asyncio.create_subprocess_exec(
            path,
            "--pipe",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            limit=_LONGEST,
        )
        self._write(_SETUP.format(voice=self._voice, name=self._voice.removeprefix("voice_")))
        await self._run("(otklik_done {number})")

    async def load(self, recordings: list[Path]) -> None:
        """Load recordings of the voice's database, which Festival otherwise does at the first word that needs them."""
        # A file's name goes into Scheme, so only plain ones are taken.
        names = " ".join(f'"{path.stem}"' for path in recordings if path.stem.replace("_", "").isalnum())
        await self._run(f"(begin (clunits:load_all_coefs '({names})) (otklik_done {{number}}))")

    async def ask(self, text: str) -> tuple[int, bytes]:
        """Rate in Hz and 16 bit samples of a text made by `voice.speech.festival.sayable`. Raises SpeechFailed, Gone."""
        await self._run(f'(otklik_say {{number}} "{text}")')
        output = self._output()
        head = await output.readexactly(_RIFF_HEAD)
        size = int(struct.unpack("<I", head[40:44])[0])
        if head[:4] != b"RIFF" or size > _LONGEST:
            raise SpeechFailed("Festival ответил не звуком")
        return int(struct.unpack("<I", head[24:28])[0]), await output.readexactly(size)

    async def kill(self) -> None:
        """End the process. Does nothing when there is none."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # Reads to the end too: the pipe's transport is closed only then.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await process.communicate()

    async def _run(self, command: str) -> None:
        """Send a command and read up to its mark. Raises SpeechFailed when Festival says it failed, or died."""
        self._number += 1
        good, bad = f"={self._number}=\n".encode(), f"!{self._number}!\n".encode()
        self._write(command.format(number=self._number) + "\n")
        output = self._output()
        while True:
            try:
                line = await output.readuntil(b"\n")
            except asyncio.IncompleteReadError:
                raise Gone("Festival завершился") from None
            if line.startswith(b"@"):
                self.folder = Path(line[1:].decode().strip())
            if line == good:
                return
            if line == bad:
                raise SpeechFailed("Festival не смог произнести предложение")

    def _write(self, text: str) -> None:
        if self._process is None or self._process.stdin is None or self._process.stdin.is_closing():
            raise Gone("Festival не запущен")
        self._process.stdin.write(text.encode())

    def _output(self) -> asyncio.StreamReader:
        if self._process is None or self._process.stdout is None:
            raise Gone("Festival не запущен")
        return self._process.stdout
