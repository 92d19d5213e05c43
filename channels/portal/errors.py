"""Refusals of the portal API: one JSON shape for all of them, never a stack trace and never the sender's own data."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from channels.portal.models import ErrorOut

log = structlog.get_logger(__name__)

_WORDS = {
    "missing": "поле обязательно",
    "extra_forbidden": "такого поля нет",
    "string_type": "здесь нужна строка",
    "string_unicode": "строка содержит недопустимые символы",
    "string_too_long": "слишком длинная строка",
    "string_too_short": "строка не должна быть пустой",
    "string_pattern_mismatch": "недопустимые символы или длина",
    "literal_error": "недопустимое значение",
    "json_invalid": "это не JSON",
    "int_parsing": "здесь нужно целое число",
    "greater_than_equal": "число слишком мало",
    "less_than_equal": "число слишком велико",
    "date_from_datetime_parsing": "дата нужна в виде ГГГГ-ММ-ДД",
    "date_parsing": "дата нужна в виде ГГГГ-ММ-ДД",
    "model_type": "здесь нужен объект",
    "model_attributes_type": "здесь нужен объект",
}


class ApiError(Exception):
    """A refusal with its HTTP status, a stable code and words for people."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.headers = status, code, message, headers


def error_response(
    status: int,
    code: str,
    message: str,
    fields: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """The JSON of one refusal."""
    body = {"error": {"code": code, "message": message, "fields": fields or []}}
    return JSONResponse(body, status_code=status, headers=headers)


def invalid(errors: list[Any]) -> JSONResponse:
    """422 with what is wrong in which field. The values themselves are left out: they may be personal."""
    fields = []
    for error in errors[:20]:
        place = ".".join(str(p) for p in error["loc"] if p not in ("path", "query", "header", "body")) or "body"
        kind = error["type"]
        words = _WORDS.get(kind, "неверное значение")
        if kind == "value_error":
            words = error["msg"].removeprefix("Value error, ")
        # A key of the sender's own may be anything; it goes back only printable and short.
        fields.append({"field": place[:80].encode("utf-8", "replace").decode(), "message": words})
    first = f"{fields[0]['field']}: {fields[0]['message']}" if fields else "запрос составлен неверно"
    return error_response(422, "invalid", first, fields)


class PortalRoute(APIRoute):
    """A route whose every failure is answered in the API's own JSON shape."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, with failures turned into answers."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await handler(request)
            except ApiError as error:
                return error_response(error.status, error.code, error.message, headers=error.headers)
            except HTTPException as error:
                if error.status_code != 400:
                    raise
                # FastAPI's own words for a body that is not even text.
                return error_response(400, "unreadable", "Тело запроса не читается. Пришлите JSON в кодировке UTF-8.")
            except RequestValidationError as error:
                return invalid(list(error.errors()))
            except ValidationError as error:
                return invalid(list(error.errors(include_url=False, include_input=False, include_context=False)))
            except SQLAlchemyError as error:
                log.error("portal.database", error=type(error).__name__)
                message = "Сервис временно недоступен. Повторите запрос с тем же message_id."
                return error_response(503, "unavailable", message, headers={"Retry-After": "2"})

        return handle


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The refusals of an operation for its OpenAPI description."""
    words = {
        400: "Тело запроса не читается",
        401: "Нет ключа или ключ неверный",
        404: "Такого номера нет",
        413: "Слишком большой текст или файл",
        415: "Неподходящий тип запроса или файла",
        422: "Запрос составлен неверно",
        429: "Слишком часто, повторите через Retry-After секунд",
        503: "Временно недоступно, повторите",
    }
    return {s: {"model": ErrorOut, "description": words[s]} for s in statuses}
