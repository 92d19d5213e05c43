"""Turns what aiogram raises into the assistant's own errors, without the token and without the words of a citizen."""

from aiogram import exceptions as tg
from aiohttp import ClientResponseError

from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry

_GONE = ("chat not found", "user not found", "peer_id_invalid", "deactivated")
_CODES = {
    "too big": "file_too_big", "too long": "too_long", "is empty": "empty", "button": "keyboard", "reply_markup": "keyboard",
    "reply markup": "keyboard", "file": "file", "image": "file", "photo": "file", "voice": "file", "webhook": "webhook",
}  # fmt: skip
"""Pieces of Telegram's descriptions. A description itself may quote a text or a link, so it goes nowhere."""


def refusal(error: Exception) -> ChannelError:
    """The same failure in our words. Raise it outside of the handler: the original, with its address, must not hang on it."""
    match error:
        case ChannelError():
            return error
        case tg.TelegramRetryAfter():
            return Retry("too_many", float(error.retry_after), "Telegram просит слать реже")
        case tg.TelegramUnauthorizedError() | tg.TelegramNotFound():
            return Misconfigured("token", "Telegram не признаёт токен: проверьте OTKLIK_TELEGRAM_TOKEN")
        case tg.TelegramConflictError():
            words = "другая программа забирает сообщения с тем же токеном: остановите её или смените токен"
            return Misconfigured("conflict", words)
        case tg.TelegramForbiddenError():
            return Blocked("blocked", "человек остановил бота")
        case tg.TelegramEntityTooLarge():  # for aiogram a fault of the network
            return Rejected("file_too_big", "Telegram не берёт такой большой файл")
        case tg.TelegramBadRequest(message=words):
            if any(piece in words.lower() for piece in _GONE):
                return Blocked("gone", "такого чата нет")
            if "temporarily unavailable" in words:
                return Retry("file_unavailable", words="Telegram пока не отдаёт файл")
            code = next((code for piece, code in _CODES.items() if piece in words.lower()), "bad_request")
            return Rejected(code, f"Telegram не принял запрос ({code})")
        case ClientResponseError(status=404):
            return Rejected("file_gone", "файла в Telegram больше нет")
        case tg.TelegramServerError() | tg.ClientDecodeError() | ClientResponseError():
            return Retry("server", words="сервер Telegram отвечает ошибкой")
    # Errors of proxies have no common ancestor. Whatever it is, the message is still with us.
    known = "network" if isinstance(error, tg.TelegramNetworkError | OSError) else type(error).__name__
    code = "timeout" if isinstance(error.__cause__ or error, TimeoutError) else known
    return Retry(code, words="Telegram не отвечает: проверьте сеть и OTKLIK_TELEGRAM_PROXY")
