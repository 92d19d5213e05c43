"""What refusals of mail servers mean, without the servers' own words: those may quote the address or a mail."""

from __future__ import annotations

import re
import ssl

import aiosmtplib
from aiosmtplib import SMTPResponseException
from imap_tools import errors

from channels.errors import Blocked, ChannelError, Misconfigured, Rejected, Retry

_WRONG = {
    errors.MailboxLoginError: "Сервер {} не принимает адрес и пароль.",
    errors.MailboxFolderStatusError: "В ящике нет папки, названной в OTKLIK_EMAIL_FOLDER.",
    errors.MailboxFolderSelectError: "Папку, названную в OTKLIK_EMAIL_FOLDER, не открыть.",
    ssl.SSLCertVerificationError: "Сертификат сервера {} не подтверждён: проверьте его имя и порт.",
    aiosmtplib.SMTPNotSupported: "Сервер {} не умеет входа или STARTTLS: проверьте порт и SECURITY.",
}
_BUSY = re.compile(r"UNAVAILABLE|LIMIT|IN-?USE", re.I)
_UNKNOWN = re.compile(r"\b5\.1\.\d|no such|unknown|not (exist|found)|unavailable|disabled|invalid|нет такого", re.I)
_LATER = 3.0
"""Seconds to wait when a server says «later» (4xx) without a time: the mail certainly was not taken."""


def meaning(server: str, error: BaseException) -> ChannelError:
    """What a failure of the `server`, IMAP or SMTP, means."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        return _answered(error)
    if isinstance(error.__cause__, ssl.SSLCertVerificationError):
        error = error.__cause__
    code = f"{server.lower()}_{type(error).__name__}"
    words = next((words for kind, words in _WRONG.items() if isinstance(error, kind)), None)
    if words and not _BUSY.search(str(error)):
        return Misconfigured(code, words.format(server))
    return Retry(code, words=f"Сервер {server} не отвечает: верны ли имя, порт и SECURITY?")


def _answered(error: SMTPResponseException) -> ChannelError:
    code, to_peer = f"smtp_{error.code}", isinstance(error, aiosmtplib.SMTPRecipientRefused)
    if error.code < 500 or isinstance(error, aiosmtplib.SMTPConnectResponseError):
        return Retry(code, _LATER, "Сервер SMTP просит подождать.", peer_only=to_peer)
    if to_peer and error.code in (550, 551, 553) and _UNKNOWN.search(error.message):
        return Blocked(code, "Такого почтового ящика нет.")
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return Misconfigured(code, "Сервер SMTP не принимает адрес и пароль.")
    if isinstance(error, aiosmtplib.SMTPSenderRefused) and error.code != 552:
        return Misconfigured(code, "Сервер SMTP не даёт писать с адреса OTKLIK_EMAIL_ADDRESS.")
    return Rejected(code, "Сервер SMTP не берёт это письмо.")
