"""The wires to VK: vk-api in a few threads, with time limits, to VK's own hosts only; and what its refusals mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jconfig import MemoryConfig  # type: ignore[import-untyped]
from vk_api import VkApiGroup  # type: ignore[import-untyped]
from vk_api.exceptions import ApiError  # type: ignore[import-untyped]

from channels.blocking import Crew, guarded_session
from channels.download import Hosts
from channels.errors import Blocked, ChannelError, Misconfigured, Rejected
from channels.web import no_answer

CLIENTS = 5  # calls under way at once: vk-api holds a lock during a call, so each needs a client of its own
HOSTS = ("vk.com", "vk.ru", "userapi.com", "vkuserphoto.ru", "vkuser.net", "vkuseraudio.net", "vkuseraudio.ru")
_AGAIN = {1, 6, 9, 10, 13, 14, 29, 36, 43}
_GONE = {18, 37, 900, 901, 902, 950, 3610}
_OURS = {2, 4, 5, 11, 15, 16, 17, 20, 23, 24, 25, 27, 28, 34, 42, 125, 203, 912, 1116, 1117, 3609}
_KEY = "ключ доступа сообщества не подходит, создайте новый («Управление» → «Работа с API»)"
_RIGHTS = "у ключа нет нужных прав, или он от другого сообщества"
_BOTS = "включите «Возможности ботов» («Управление» → «Сообщения» → «Настройки для бота»)"
_WORDS = {5: _KEY, 27: _KEY, 1116: _KEY, 1117: _KEY, 15: _RIGHTS, 203: _RIGHTS, 912: _BOTS}


def refusal(code: int) -> ChannelError:
    """What VK's own error code means (VK's published API schema, errors.json)."""
    if code in _AGAIN:
        return no_answer(f"vk_{code}", peer_only=code == 9)  # VK names no pause
    kind = Blocked if code in _GONE else Misconfigured if code in _OURS else Rejected
    return kind(f"vk_{code}", f"ВКонтакте: {_WORDS.get(code, 'отказ')} (ошибка {code}).")


class Api:
    """Calls VK. All that can fail raises a ChannelError without the token, without addresses, without texts."""

    def __init__(self, token: str, hosts: Hosts) -> None:
        self._crew = Crew("vk", [self._client(token, hosts) for _ in range(CLIENTS)])

    @staticmethod
    def _client(token: str, hosts: Hosts) -> Any:
        session = guarded_session("https://api.vk.ru", hosts)
        client = VkApiGroup(token=token, api_version="5.199", config=MemoryConfig, session=session)
        client.RPS_DELAY = 0
        # The library's own answer to «too many requests» is to sleep and to call itself again, without end.
        client.error_handlers.clear()
        return client

    async def call(self, method: str, **values: Any) -> Any:
        """The `response` of an API method."""
        return await self.run(lambda client: client.method(method, values))

    async def run(self, work: Callable[[Any], Any]) -> Any:
        """What `work` returns, which runs in a thread with a client of its own (`.http` is its session)."""
        try:
            return await self._crew.run(work)
        except ApiError as error:
            raise refusal(error.code) from None

    def close(self) -> None:
        """Give the connections back; threads end with the calls they are in."""
        self._crew.close(lambda client: client.http.close())
