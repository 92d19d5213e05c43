"""The door to MAX: one Channel over maxapi's client, whose own polling, retries and pauses are not used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aiohttp import ClientTimeout
from maxapi import Bot
from maxapi.client.default import DefaultConnectionProperties
from maxapi.client.ssl import create_default_ssl_context
from maxapi.enums.http_method import HTTPMethod
from maxapi.types.input_media import InputMedia

from channels.base import Features, Finding, Limits, OutFile, Part, Received, RemoteFile
from channels.download import Hosts, download
from channels.errors import ChannelError, Misconfigured, Rejected
from channels.findings import webhook
from channels.max.client import HOSTS, LOST, keyboard, refuse
from channels.max.parse import WANTED, key_of, parse
from channels.messenger import Messenger
from channels.raw import as_dict, objects
from channels.recent import Recent
from channels.web import no_answer

SIZE = 20 * 1024 * 1024


class MaxChannel(Messenger):
    """MAX; see Channel. `hook` is the address of our webhook, empty for long polling. A peer is a `user_id`."""

    name, title, secret_header = "max", "MAX", "x-max-bot-api-secret"
    limits = Limits(3999, "utf16", 3999, 30, 7, 210, 128, per_peer=2.0, file=SIZE, fetch=SIZE)
    features = Features(buttons=True, links=True, files=True, voice=True, typing=True, edit=True, personal_data=True)
    key, parse = staticmethod(key_of), staticmethod(parse)

    def __init__(self, token: str, api_url: str, hook: str, secret: str) -> None:
        super().__init__(hook, secret, Hosts(HOSTS, api_url))
        connection = DefaultConnectionProperties(60, max_retries=0, raise_for_status=refuse)
        self._bot = Bot(token, default_connection=connection)
        self._bot.set_api_url(api_url)
        self._chats = Recent[str, Any](10_000)  # for showing that an answer is being written
        self._uploads = Recent[int, dict[str, Any]](100)

    async def open(self) -> None:
        """Check the token; leave our subscription only, as MAX adds them up, and none for polling, which they silence."""
        await self._call("GET", "/me")
        for url in set(await self._hooks()) - {self._hook}:
            await self._call("DELETE", "/subscriptions", url=url)
        body = {"url": self._hook, "update_types": WANTED, "secret": self._secret}
        if self._hook and (await self._call("POST", "/subscriptions", body)).get("success") is not True:
            raise Misconfigured("webhook", "MAX не принял адрес вебхука: нужны https:// и доверенный сертификат")

    async def receive(self, cursor: str | None) -> Received:
        """The cursor is MAX's `marker`: what lies before one counts as read once it is passed."""
        marker = {} if cursor is None else {"marker": cursor}
        answer = await self._call("GET", "/updates", seconds=45, limit=100, timeout=25, **marker)
        after = cursor if answer.get("marker") is None else str(answer["marker"])
        return Received(objects(answer.get("updates")), after)

    async def send(self, peer: str, part: Part, key: int) -> str:
        """MAX knows no idempotency key; ours only saves a second upload of the same file."""
        attachments = [await self._uploaded(part.file, key)] if part.file else []
        attachments += [keyboard(part.rows)] if part.rows else []
        body = {"attachments": attachments} | ({"text": part.text} if part.text else {})
        message = as_dict((await self._call("POST", "/messages", body, user_id=peer)).get("message"))
        self._uploads.pop(key, None)
        self._chats[peer] = as_dict(message.get("recipient")).get("chat_id")
        # Sent is sent: an answer without an id must not make the outbox say it again.
        return str(as_dict(message.get("body")).get("mid") or "")

    async def typing(self, peer: str) -> None:
        """MAX wants the dialog's id here, which the answer to a first message tells; before it nothing is shown."""
        if chat := self._chats.get(peer):
            await self._call("POST", f"/chats/{chat}/actions", {"action": "typing_on"})

    async def answered(self, callback: str) -> None:
        """MAX refuses an empty answer, so it gets a short notice."""
        with suppress(ChannelError):  # too old or answered before: the press itself is stored and counts
            await self._call("POST", "/answers", {"notification": "Принято"}, callback_id=callback)

    def fetch(self, file: RemoteFile) -> AsyncIterator[bytes]:
        """A file's id is its address, followed on MAX's own hosts only, which have certificates of their own."""
        return download(file.id, self._hosts, self.limits.fetch, create_default_ssl_context)

    async def look(self) -> list[Finding]:
        """Token, subscription, and a remark that polling is for trials."""
        me, hooks = await self._call("GET", "/me"), await self._hooks()
        found = [
            Finding(True, f"токен подходит, бот «{me.get('first_name')}»"),
            *webhook(self._hook, hooks, stray=False),
        ]
        advice = Finding(None, "опрос годится для проверки, для работы MAX советует webhook")
        return found if self._hook else [*found, advice]

    async def close(self) -> None:
        await self._bot.close_session()

    async def _call(self, verb: str, path: str, body: Any = None, *, seconds: int = 20, **query: Any) -> dict[str, Any]:
        how = {"params": query, "json": body, "timeout": ClientTimeout(seconds), "allow_redirects": False}
        try:
            return dict(await self._bot.request(HTTPMethod(verb), path, is_return_raw=True, **how))
        except LOST as error:
            raise no_answer(type(error).__name__) from None

    async def _hooks(self) -> list[str]:
        known = (await self._call("GET", "/subscriptions")).get("subscriptions") or []
        return [str(one.get("url")) for one in map(as_dict, known)]

    async def _uploaded(self, file: OutFile, key: int) -> dict[str, Any]:
        # Kept until sent: MAX digests a file for a while, and a new upload would never be ready either.
        if key not in self._uploads:
            if not file.path.is_file():
                raise Rejected("file_missing", "Файла для отправки больше нет")
            try:
                with TemporaryDirectory() as folder:  # maxapi shows the citizen the name on disk, and ours is secret
                    named = Path(folder) / (Path(file.name).name or "file")
                    named.symlink_to(file.path.resolve())
                    kind = "image" if file.media_type in ("image/jpeg", "image/png") else "file"
                    upload = await self._bot.upload_media(InputMedia(str(named), kind))
            except (*LOST, ValueError, AttributeError) as error:  # maxapi trips over an odd answer
                raise no_answer(f"upload_{type(error).__name__}") from None
            self._uploads[key] = upload.model_dump(mode="json")
        return self._uploads[key]
