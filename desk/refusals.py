"""What the desk says when it does not do something: a kind page for people, JSON with the same words for scripts."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import structlog
from fastapi import FastAPI, Request
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from bot.services.errors import ServiceError
from bot.store import StoreAway
from desk.parts import Parts

log = structlog.get_logger(__name__)
SIGN_IN = "/desk/sign-in"

WORDS: dict[int, tuple[str, str]] = {
    400: ("Запрос не разобран", "Обновите страницу и попробуйте ещё раз."),
    401: ("Нужно войти", "Сеанс закончился. Войдите ещё раз."),
    403: ("Сюда нельзя", "У вашей роли нет этого раздела. Если он нужен для работы, попросите администратора."),
    404: ("Такой страницы нет", "Её нет, или она вам не открыта. Проверьте адрес."),
    405: ("Так нельзя", "Обновите страницу и попробуйте ещё раз."),
    409: ("Не получилось", "Сейчас это невозможно."),
    413: ("Слишком много данных", "Файл — до 12 МБ, текст — до 256 КБ."),
    422: ("Форма заполнена не до конца", "Вернитесь и проверьте поля."),
    429: ("Слишком часто", "Подождите минуту и продолжайте."),
    500: ("У нас ошибка", "Мы записали её. Попробуйте ещё раз; если повторится, скажите администратору."),
    503: ("База данных не отвечает", "Подождите немного и попробуйте ещё раз: сделанное раньше сохранено."),
}
"""Title and text of every refusal."""


def is_desk(path: str) -> bool:
    """Whether a path is the desk's."""
    return path == "/desk" or path.startswith("/desk/")


def wants_page(request: Request) -> bool:
    """Whether a person will read the answer, not a script."""
    headers = request.headers
    if "hx-request" in headers or "x-csrf" in headers:
        return False
    if mode := headers.get("sec-fetch-mode"):
        return mode == "navigate"
    accept = headers.get("accept", "*/*")
    return "text/html" in accept or accept.startswith("*/*")


def own_path(path: str) -> str:
    """A path of the desk to go to, or "" for anything else: no other site, no scheme, no backslash."""
    if not path.isprintable() or "\\" in path or not path.isascii():
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc and is_desk(parts.path) and "//" not in parts.path else ""


def refuse(
    parts: Parts, request: Request, status: int, text: str = "", headers: dict[str, str] | None = None
) -> Response:
    """The answer for a refusal; `text` replaces the usual words of the status."""
    title, usual = WORDS.get(status, WORDS[400 if status < 500 else 500])
    if not wants_page(request):
        return JSONResponse({"detail": text or usual}, status, headers)
    if status == 401:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = own_path(here) if request.method in ("GET", "HEAD") else ""
        return RedirectResponse(SIGN_IN + (f"?next={quote(wanted, safe='')}" if wanted else ""), 303)
    back = _referer(request) if status not in (403, 404) else ""
    page = parts.pages.page(request, "refused.html", status, title=title, text=text or usual, back=back or "/desk/home")
    page.headers.update(headers or {})
    return page


def install(app: FastAPI, parts: Parts) -> None:
    """Make the app answer so for everything below /desk; other rooms keep their own answers."""

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        if not is_desk(request.url.path):
            return await http_exception_handler(request, error)
        own = error.detail if isinstance(error.detail, str) and _is_ours(error.detail) else ""
        return refuse(parts, request, error.status_code, own, dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        if not is_desk(request.url.path):
            return await request_validation_exception_handler(request, error)
        # An address with a wrong kind of number leads nowhere; ids must tell nothing.
        in_path = any(e["loc"][:1] == ("path",) for e in error.errors())
        return refuse(parts, request, 404 if in_path else 422)

    @app.exception_handler(ServiceError)
    async def refused(request: Request, error: ServiceError) -> Response:
        if not is_desk(request.url.path):
            raise error
        return refuse(parts, request, 409, getattr(error, "text", ""))

    @app.exception_handler(StoreAway)
    async def away(request: Request, error: StoreAway) -> Response:
        if not is_desk(request.url.path):
            raise error
        return refuse(parts, request, 503)


def _is_ours(detail: str) -> bool:
    """Whether a text was written for the reader; Starlette's own are English."""
    return any("а" <= letter <= "я" for letter in detail.lower())


def _referer(request: Request) -> str:
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.headers.get("host"):
        return ""
    return own_path(parts.path + (f"?{parts.query}" if parts.query else ""))
