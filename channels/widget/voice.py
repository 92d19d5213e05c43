"""The voice button's end: a recording becomes words and a message, and what the robot said is read aloud."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import structlog
from fastapi import Request, Response
from fastapi.responses import JSONResponse

from bot.messages import Attachment, Inbound
from bot.store.conversations import ConversationRow, MessageRow
from channels.files import FileRefused
from channels.reading import Hear
from channels.widget.access import Access, Refused
from channels.widget.backend import Backend
from channels.widget.body import READ_WITHIN, TOO_SLOW, chunks, declared_size
from channels.widget.frames import LAST_SEQ
from channels.widget.intake import NOT_STORED_PAUSE, error, pause
from channels.widget.recordings import Recordings
from channels.widget.settings import CHANNEL
from channels.widget.storing import accepted, id_of, known
from channels.widget.visitors import Visitor

log = structlog.get_logger(__name__)

Speak = Callable[[str], Awaitable[bytes]]
"""Turns the text of a reply into the bytes of a WAV file."""


class VoiceBusy(Exception):
    """For `Hear` and `Speak` to raise: everybody who hears or speaks is at work; ask again soon."""


HEARD_WITHIN = 45.0
SPOKEN_WITHIN = 30.0
"""Seconds, waiting for a free worker included."""
UPLOAD_WITHIN = READ_WITHIN * 6
"""Seconds for a minute of speech over a slow mobile line."""
BUSY_PAUSE = 4
"""Seconds after which a recording is sent again."""

BUSY = "Сейчас слушаю сразу многих. Запись цела, отправлю её ещё раз через несколько секунд."
DEAF = "Распознать речь пока не получается. Запись цела, сейчас попробую ещё раз. Можно и написать словами."
TOO_MANY = "Записей пришло очень много подряд. Эту отправлю чуть позже, повторять не нужно."
NOT_STORED = "Не получилось сохранить запись. Сейчас повторю."
NOT_HEARD = "Не расслышала слов. Скажите, пожалуйста, ещё раз поближе к микрофону или напишите."
MUTE = "Прослушать сейчас не получится. Ответ можно прочитать."
TOO_OFTEN = "Слишком часто. Подождите немного и нажмите ещё раз."
NOTHING_SAID = "Такого сообщения нет."
STATUSES = {"too_large": 413, "too_long": 413, "unknown_type": 415, "empty": 422}
_NUMBER = re.compile(r"[0-9]{1,10}")


class Listening:
    """Takes recordings."""

    def __init__(self, backend: Backend, access: Access, hear: Hear) -> None:
        self._backend, self._access, self._hear = backend, access, hear
        self._recordings = Recordings(backend.files)

    async def receive(self, request: Request) -> Response:
        """`POST voice?id=…` with the recording as body: its words become a message of kind `voice`, counted once by `id`."""
        visitor = self._access.visitor(request)
        name = id_of(request)
        seq = await known(self._backend, visitor, name)
        if seq is None:
            if visitor.heard_now:
                raise Refused(503, error(BUSY, id=name, retry_after=BUSY_PAUSE))
            if wait := visitor.voices.ask():
                raise Refused(429, error(TOO_MANY, id=name, retry_after=pause(wait)))
            visitor.heard_now = True
            try:
                with visitor.line():
                    seq = await self._taken(request, visitor, name)
            finally:
                visitor.heard_now = False
        return JSONResponse({"type": "ack", "id": name, "seq": seq})

    async def _taken(self, request: Request, visitor: Visitor, name: str) -> int:
        sound = await self._stored(request, name)
        try:
            words = await self._words(sound, name)
            if await request.is_disconnected():  # taken back; or the line is lost, and it comes again
                raise Refused(408, error(TOO_SLOW, id=name))
        except BaseException:
            self._recordings.remove(sound.ref)
            raise
        host = request.client.host if request.client else None
        if words:
            said = Inbound(CHANNEL, visitor.user, name, "voice", words, attachments=(sound,), ip=host)
        elif await self._human_answers(visitor):  # who may hear more in it than we do
            said = Inbound(CHANNEL, visitor.user, name, "voice", attachments=(sound,), ip=host)
        else:
            self._recordings.remove(sound.ref)
            said = Inbound(CHANNEL, visitor.user, name, "voice", ip=host, problem=NOT_HEARD)
        return await accepted(self._backend, visitor, said, NOT_STORED)

    async def _stored(self, request: Request, name: str) -> Attachment:
        try:
            self._recordings.check_size(declared_size(request))
            async with asyncio.timeout(UPLOAD_WITHIN):
                return await self._recordings.keep(chunks(request))
        except FileRefused as refused:
            raise Refused(STATUSES.get(refused.code, 422), error(refused.message, id=name)) from None
        except TimeoutError:
            raise Refused(408, error(TOO_SLOW, id=name)) from None
        except OSError as full:
            log.error("widget.recording_not_stored", error=type(full).__name__)
            raise Refused(503, error(NOT_STORED, id=name, retry_after=NOT_STORED_PAUSE)) from None

    async def _words(self, sound: Attachment, name: str) -> str:
        try:
            async with asyncio.timeout(HEARD_WITHIN):
                with self._recordings.opened(sound.ref) as path:
                    return (await self._hear(path) or "").strip()
        except (VoiceBusy, TimeoutError):
            raise Refused(503, error(BUSY, id=name, retry_after=BUSY_PAUSE)) from None
        except Exception as broken:  # whatever it is, the citizen must not have to say it again
            log.error("widget.not_recognised", error=type(broken).__name__)
            raise Refused(503, error(DEAF, id=name, retry_after=BUSY_PAUSE)) from None

    async def _human_answers(self, visitor: Visitor) -> bool:
        conversation_id = await self._backend.known_conversation(visitor.user)
        async with self._backend.store.read() as session:
            row = await session.get(ConversationRow, conversation_id) if conversation_id else None
        return row is not None and row.mode != "robot"


class Speaking:
    """Reads the robot's messages aloud."""

    def __init__(self, backend: Backend, access: Access, speak: Speak) -> None:
        self._backend, self._access, self._speak = backend, access, speak

    async def give(self, request: Request) -> Response:
        """`GET speech/<seq>`: a message of the robot in the visitor's own conversation as `audio/wav`, else 404."""
        visitor = self._access.visitor(request)
        text = await self._text(visitor, request.path_params["seq"])
        if wait := visitor.speeches.ask():
            raise Refused(429, error(TOO_OFTEN, retry_after=pause(wait)))
        try:
            async with asyncio.timeout(SPOKEN_WITHIN):
                sound = await self._speak(text)
        except Exception as failed:
            if not isinstance(failed, VoiceBusy | TimeoutError):
                log.error("widget.not_spoken", error=type(failed).__name__)
            raise Refused(503, error(MUTE, retry_after=BUSY_PAUSE)) from None
        # What was said once never changes; but only this browser may keep it, and not for long.
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "private, max-age=600"})

    async def _text(self, visitor: Visitor, seq: str) -> str:
        conversation_id = await self._backend.known_conversation(visitor.user)
        if not _NUMBER.fullmatch(seq) or int(seq) > LAST_SEQ or conversation_id is None:
            raise Refused(404, error(NOTHING_SAID))
        async with self._backend.store.read() as session:
            row = await session.get(MessageRow, int(seq))
        if row is None or row.conversation_id != conversation_id or row.author != "robot":
            raise Refused(404, error(NOTHING_SAID))
        text = str(self._backend.vault.open(row.body).get("text") or "").strip()
        if not text:
            raise Refused(404, error(NOTHING_SAID))
        return text
