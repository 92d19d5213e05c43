"""The wires to VK: vk-api in a few threads, with time limits, to VK's own hosts only; and what its refusals mean."""

from __future__ import annotations

import asyncio
import queue
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests
from jconfig import MemoryConfig  # type: ignore[import-untyped]
from requests.adapters import HTTPAdapter
from urllib3.util import parse_url
from vk_api import VkApiGroup  # type: ignore[import-untyped]
from vk_api.exceptions import ApiError  # type: ignore[import-untyped]

from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry
from channels.vk import LOCAL, Settings

TIMEOUT = (5, 20)
"""Seconds to connect, and between two bytes of an answer."""
CLIENTS = 5
"""Calls under way at once: vk-api holds a lock during a call, so each needs a client of its own."""
_HOSTS = (".vk.com", ".vk.ru", ".userapi.com", ".vkuserphoto.ru", ".vkuser.net", ".vkuseraudio.net", ".vkuseraudio.ru")
_AGAIN = {1, 6, 9, 10, 13, 14, 29, 36, 43}
_GONE = {18, 37, 900, 901, 902, 950, 3610}
_OURS = {2, 4, 5, 11, 15, 16, 17, 20, 23, 24, 25, 27, 28, 34, 42, 125, 203, 912, 1116, 1117, 3609}
_KEY = "ключ доступа сообщества не подходит, создайте новый («Управление» → «Работа с API»)"
_RIGHTS = "у ключа нет нужных прав, или он от другого сообщества"
_BOTS = "включите «Возможности ботов» («Управление» → «Сообщения» → «Настройки для бота»)"
_WORDS = {5: _KEY, 27: _KEY, 1116: _KEY, 1117: _KEY, 15: _RIGHTS, 203: _RIGHTS, 912: _BOTS}


def refusal(code: int) -> ChannelError:
    """What VK's own error code means (github.com/VKCOM/vk-api-schema, errors.json)."""
    if code in _AGAIN:
        return retry(f"vk_{code}", peer_only=code == 9)
    kind = Blocked if code in _GONE else Misconfigured if code in _OURS else Rejected
    return kind(f"vk_{code}", f"ВКонтакте: {_WORDS.get(code, 'отказ')} (ошибка {code}).")


def retry(code: str, peer_only: bool = False) -> Retry:
    """VK names no pause, so neither do we."""
    return Retry(code, words=f"ВКонтакте не отвечает или просит подождать ({code}).", peer_only=peer_only)


class _Gate(HTTPAdapter):
    """Sends calls of the official API to `base`, nothing to strange hosts (redirects come by here too), all with limits."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base, self._local = base.rstrip("/"), bool(re.match(LOCAL, base))

    def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
        request.url = re.sub("^https://api.vk.ru(?=/)", self._base, request.url)
        url = parse_url(request.url)
        official = url.scheme == "https" and url.port in (None, 443) and f".{url.host}".endswith(_HOSTS)
        if not (request.url.startswith(self._base + "/") or official and not self._local):
            raise Rejected("foreign_host")
        options |= {"timeout": TIMEOUT} | ({"proxies": None} if self._local else {})
        return super().send(request, *args, **options)


class Api:
    """Calls VK. All that can fail raises a ChannelError without the token, without addresses, without texts."""

    def __init__(self, settings: Settings) -> None:
        self._threads = ThreadPoolExecutor(CLIENTS, thread_name_prefix="vk")
        self._clients: queue.LifoQueue[Any] = queue.LifoQueue()
        for _ in range(CLIENTS):
            session = requests.Session()
            session.mount("https://", gate := _Gate(settings.api_url))
            session.mount("http://", gate)
            session.hooks["response"] = [lambda response, **_: response.raise_for_status()]
            client = VkApiGroup(token=settings.token, api_version="5.199", config=MemoryConfig, session=session)
            client.RPS_DELAY = 0
            # The library's own answer to «too many requests» is to sleep and to call itself again, without end.
            client.error_handlers.clear()
            self._clients.put(client)

    async def call(self, method: str, **values: Any) -> Any:
        """The `response` of an API method."""
        return await self.run(lambda client: client.method(method, values))

    async def run(self, work: Callable[[Any], Any]) -> Any:
        """What `work` returns, which runs in a thread with a client of its own (`.http` is its session)."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._guarded, work)
        except RuntimeError:
            raise retry("closed") from None

    def _guarded(self, work: Callable[[Any], Any]) -> Any:
        client = self._clients.get()
        try:
            return work(client)
        except ApiError as error:
            raise refusal(error.code) from None
        except requests.HTTPError as error:
            code = error.response.status_code
            raise (retry if code in (408, 429) or code >= 500 else Rejected)(f"http_{code}") from None
        except FileNotFoundError:
            raise Rejected("file") from None
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise retry("timeout" if isinstance(error, requests.Timeout) else "connection") from None
        finally:
            self._clients.put(client)

    def close(self) -> None:
        """Give the connections back; threads end with the calls they are in."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for client in self._clients.queue:
            client.http.close()
