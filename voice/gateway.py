"""The HTTP side of the telephone: the PBX announces a call before its audio, and asks afterwards where the caller goes.

Whatever goes wrong, a dialplan gets an empty body, since Asterisk's CURL() hands on any body as the answer: empty means the
queue, so that a caller always reaches a human.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import orjson
import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from bot.services.calls.interface import After, BadCall, CallExists
from bot.services.calls.registry import Calls

log = structlog.get_logger(__name__)

LARGEST = 8_000
"""Bytes of one request: an announcement is a few hundred."""
FIELDS = ("caller", "dialled", "line", "linkedid", "uuid")
LONGEST_FIELD = 200

FORBIDDEN = (
    "Нет доступа: нужен ключ из OTKLIK_VOICE_TOKEN, а без ключа звонки принимаются только с этого же компьютера."
)


class _Refusal(Exception):
    """A request that cannot be served: HTTP status and Russian words for whoever sets up the PBX."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


def gateway_router(calls: Calls, token: str, audiosocket: str | Callable[[], str]) -> APIRouter:
    """`POST /voice/calls` and `GET|POST /voice/after/{uuid}`.

    `token` is what the PBX must show (`Authorization: Bearer`, `X-Otklik-Token` or `?token=`); empty: loopback only.
    `audiosocket` is the `host:port` for Asterisk's AudioSocket application, or tells it once it is known.
    """
    router = APIRouter(prefix="/voice", include_in_schema=False)

    @router.post("/calls")
    async def register(request: Request) -> Response:
        wants_json = _kind(request) == "application/json"
        try:
            _check_access(request, token)
            told = _fields(_kind(request), await _body(request))
            call = await calls.register(
                told.get("caller", ""),
                told.get("dialled", ""),
                told.get("line"),
                told.get("linkedid"),
                told.get("uuid"),
            )
        except Exception as error:
            return _refused(error, wants_json=wants_json)
        if not wants_json:
            return _plain(call.id if call.admitted else "")
        address = audiosocket if isinstance(audiosocket, str) else audiosocket()
        return JSONResponse({"uuid": call.id, "admitted": call.admitted, "audiosocket": address})

    @router.api_route("/after/{call_id}", methods=["GET", "POST"])
    async def after(call_id: str, request: Request) -> Response:
        wants_json = "application/json" in request.headers.get("accept", "")
        try:
            _check_access(request, token)
            way = await calls.after(call_id[:LONGEST_FIELD].lower())
        except Exception as error:
            return _refused(error, wants_json=wants_json)
        if wants_json:
            known = way or After("queue")
            return JSONResponse({"kind": known.kind, "target": known.target, "group": known.group})
        return _plain(in_words(way))

    return router


def in_words(way: After | None) -> str:
    """A way as the dialplan reads it: `queue,<queue>,<group>`, `extension,<number>`, `line,<id>`, `hangup`; empty: queue."""
    if way is None:
        return ""
    return ",".join(part for part in (way.kind, way.target, way.group) if part)


def may_call(request: Request, token: str) -> bool:
    """Whether this request shows the token, or comes from this machine when there is none."""
    try:
        _check_access(request, token)
    except _Refusal:
        return False
    return True


def _check_access(request: Request, token: str) -> None:
    if not token:
        if not _is_loopback(request):
            raise _Refusal(403, FORBIDDEN)
        return
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    # As they came over the wire: a header has no letters of its own but Latin-1.
    shown = (
        (bearer if scheme.lower() == "bearer" else "").strip().encode("latin-1"),
        request.headers.get("x-otklik-token", "").strip().encode("latin-1"),
        request.query_params.get("token", "").encode(errors="replace"),
    )
    if not any(hmac.compare_digest(one, token.encode()) for one in shown):
        raise _Refusal(403, FORBIDDEN)


def _is_loopback(request: Request) -> bool:
    try:
        return ipaddress.ip_address(request.client.host if request.client else "").is_loopback
    except ValueError:
        return False


def _kind(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise _Refusal(413, f"Слишком много: объявление о звонке занимает не больше {LARGEST} байт.")
    return body


def _fields(kind: str, body: bytes) -> Mapping[str, str]:
    if kind == "application/json":
        told = _from_json(body)
    elif kind in ("application/x-www-form-urlencoded", ""):
        told = _from_form(body)
    else:
        raise _Refusal(415, "Пришлите звонок формой (application/x-www-form-urlencoded) или как JSON.")
    if any(len(value) > LONGEST_FIELD for value in told.values()):
        raise _Refusal(400, f"Поле длиннее {LONGEST_FIELD} знаков.")
    return told


def _from_json(body: bytes) -> dict[str, str]:
    try:
        told = orjson.loads(body or b"{}")
    except orjson.JSONDecodeError:
        raise _Refusal(400, "Тело запроса не JSON.") from None
    values = {name: told.get(name) for name in FIELDS} if isinstance(told, dict) else {"": told}
    if any(value is not None and not isinstance(value, str) for value in values.values()):
        raise _Refusal(400, f"Нужен объект с текстовыми полями: {', '.join(FIELDS)}.")
    return {name: value for name, value in values.items() if value}


def _from_form(body: bytes) -> dict[str, str]:
    try:
        # A number sent raw (+7…) arrives as « 7…», for a form's plus is a blank; the number's reader does not mind.
        pairs = parse_qsl(body.decode(), max_num_fields=40)
    except ValueError:
        raise _Refusal(400, "Форма не читается: нужны поля name=value в UTF-8.") from None
    return {name: value for name, value in pairs if name in FIELDS}


def _refused(error: Exception, *, wants_json: bool) -> Response:
    """The answer to what went wrong; a fault of ours is logged by its kind only, since requests hold telephone numbers."""
    if isinstance(error, _Refusal):
        status, words = error.status, error.words
    elif isinstance(error, BadCall):
        status, words = 400, f"Звонок описан с ошибкой ({error})."
    elif isinstance(error, CallExists):
        status, words = 409, "Под этим uuid уже есть другой звонок: для каждого звонка нужен новый."
    elif isinstance(error, ClientDisconnect):
        status, words = 400, "Соединение прервалось."
    else:
        away = isinstance(error, SQLAlchemyError)
        log.error("voice.gateway_failed", error=type(error).__name__)
        status, words = 503 if away else 500, "Робот сейчас не может принять звонок: переведите его в очередь."
    if status < 500:
        log.warning("voice.gateway_refused", status=status)
    return JSONResponse({"error": words}, status) if wants_json else _plain("", status)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, media_type="text/plain")
