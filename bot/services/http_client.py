"""Calls to an agency's REST API: time limits, retries that cannot do a deed twice, and one error for all that fails.

Used by the `http.py` provider of every service; the contract is in docs/services-http.md.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any
from urllib.parse import quote

import httpx

from bot.services.errors import ServiceError, ServiceUnavailable

RETRIED_STATUSES = {429, 500, 502, 503, 504}
MAX_BYTES = 2_000_000
"""A longer answer is not one of ours and is not read to its end."""


class Refused(ServiceError):
    """The agency understood the call and said no (4xx). `error` is its JSON error object, `error["code"]` its name."""

    def __init__(self, status: int, error: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {error.get('code', '')}")
        self.status = status
        self.error = error

    @property
    def name(self) -> str:
        """The agency's name of the refusal, empty when it gave none."""
        return str(self.error.get("code", ""))


class ServiceHttp:
    """A client of one agency's API.

    `service` names it in errors; `timeout` limits one attempt and `deadline` the whole call, in seconds, because a
    citizen is waiting; `attempts` counts the first one; `pause` is the first wait between attempts, in seconds.
    """

    def __init__(
        self,
        service: str,
        base_url: str,
        *,
        token: str | None = None,
        timeout: float = 4.0,
        deadline: float = 9.0,
        attempts: int = 3,
        pause: float = 0.2,
    ) -> None:
        self.service = service
        self._attempts = attempts
        self._deadline = deadline
        self._pause = pause
        headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx.AsyncClient(base_url=base_url.rstrip("/"), timeout=timeout, headers=headers)

    async def __aenter__(self) -> ServiceHttp:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Give back the connections."""
        await self._client.aclose()

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Read an object. Raises Refused for a 4xx answer, ServiceUnavailable for everything else that is not JSON."""
        return await self._call("GET", path, params={k: str(v) for k, v in params.items() if v is not None})

    async def post(self, path: str, body: Mapping[str, Any], *, key: str) -> dict[str, Any]:
        """Do a deed. `key` goes as Idempotency-Key, so that a repeated attempt is not a second deed.

        Raises the same as `get`.
        """
        # Header values are ASCII, numbers of ours are not.
        return await self._call("POST", path, json=dict(body), headers={"Idempotency-Key": quote(key, safe="")})

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Turn a missing or mistyped field of the answer into ServiceUnavailable."""
        try:
            yield
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ServiceUnavailable(self.service, f"answer has another shape: {type(error).__name__}") from None

    async def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            async with asyncio.timeout(self._deadline):
                return await self._try(method, path, options)
        except TimeoutError:
            raise ServiceUnavailable(self.service, f"{method} {path}: no answer in {self._deadline} s") from None

    async def _try(self, method: str, path: str, options: dict[str, Any]) -> dict[str, Any]:
        reason = ""
        for attempt in range(self._attempts):
            if attempt:
                # Jitter: many conversations must not return to a reviving server at one moment.
                await asyncio.sleep(self._pause * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))
            try:
                status, content = await self._send(method, path, options)
            except httpx.HTTPError as error:
                reason = type(error).__name__
                continue
            if status not in RETRIED_STATUSES:
                return self._answer(status, content)
            reason = f"status {status}"
        raise ServiceUnavailable(self.service, f"{method} {path}: {reason} after {self._attempts} attempts")

    async def _send(self, method: str, path: str, options: dict[str, Any]) -> tuple[int, bytes]:
        async with self._client.stream(method, path, **options) as response:
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise ServiceUnavailable(self.service, f"{method} {path}: answer is too long")
            return response.status_code, content

    def _answer(self, status: int, content: bytes) -> dict[str, Any]:
        try:
            data = json.loads(content)
        except (ValueError, RecursionError):
            raise ServiceUnavailable(self.service, f"status {status}, not JSON") from None
        if not isinstance(data, dict):
            raise ServiceUnavailable(self.service, f"status {status}, not a JSON object")
        if 200 <= status < 300:
            return data
        error = data.get("error")
        if 400 <= status < 500 and isinstance(error, dict):
            raise Refused(status, error)
        raise ServiceUnavailable(self.service, f"status {status} without an error object")
