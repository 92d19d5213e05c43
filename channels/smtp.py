"""Handing letters to an SMTP server, and what its refusals mean, as our own errors."""

from __future__ import annotations

import re
import ssl
from email.message import EmailMessage

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPConnectResponseError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry

_UNKNOWN = re.compile(r"\b5\.1\.\d|no such|unknown|not (exist|found)|unavailable|disabled|invalid|нет такого", re.I)
_LATER = 3.0
"""Seconds to wait when a server says «later» (4xx) without a time: the mail certainly was not taken."""


async def hand_over(line: SMTP, mail: EmailMessage | None = None) -> None:
    """Log in, and send the mail if there is one. Raises a ChannelError without the server's words: they may quote the mail."""
    try:
        async with line:
            if mail:
                await line.send_message(mail)
    except (SMTPException, OSError) as error:
        raise _meaning(error) from None


def _meaning(error: Exception) -> ChannelError:
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        return _refusal(error)
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLCertVerificationError):
        return Misconfigured("smtp_certificate", "Сертификат сервера SMTP не подтверждён: проверьте его имя и порт.")
    if isinstance(error, SMTPNotSupported):
        return Misconfigured("smtp_unsupported", "Сервер SMTP не умеет входа или STARTTLS: проверьте порт и SECURITY.")
    return Retry(f"smtp_{type(error).__name__}", words="Сервер SMTP не отвечает: верны ли имя, порт и SECURITY?")


def _refusal(error: SMTPResponseException) -> ChannelError:
    code, to_peer = f"smtp_{error.code}", isinstance(error, SMTPRecipientRefused)
    if error.code < 500 or isinstance(error, SMTPConnectResponseError):
        return Retry(code, _LATER, "Сервер SMTP просит подождать.", peer_only=to_peer)
    if to_peer and error.code in (550, 551, 553) and _UNKNOWN.search(error.message):
        return Blocked(code, "Такого почтового ящика нет.")
    if isinstance(error, SMTPAuthenticationError):
        return Misconfigured("smtp_login", "Сервер SMTP не принимает адрес и пароль.")
    if isinstance(error, SMTPSenderRefused) and error.code != 552:
        return Misconfigured(code, "Сервер SMTP не даёт писать с адреса нашего ящика.")
    return Rejected(code, "Сервер SMTP не берёт это письмо.")
