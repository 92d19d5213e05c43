"""Who sits behind a browser: a random name in a signed cookie that no script can read."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeTimedSerializer

from channels.widget.settings import WidgetSettings

COOKIE = "otklik_session"
_USER = re.compile(r"^w-[0-9a-f]{32}$")


class Sessions:
    """Issues and reads session cookies. A token older than `session_days` counts as none."""

    def __init__(self, settings: WidgetSettings) -> None:
        self.max_age = settings.session_days * 86_400
        self._serializer = URLSafeTimedSerializer(settings.secret, salt="widget-session")

    def new_user(self) -> str:
        """A name for a new visitor, not to be guessed."""
        return f"w-{secrets.token_hex(16)}"

    def token(self, user: str) -> str:
        """The cookie's value for a user."""
        return str(self._serializer.dumps(user))

    def user(self, cookies: Mapping[str, str]) -> str | None:
        """The user a browser's cookies prove, None without a valid one."""
        try:
            user = self._serializer.loads(cookies.get(COOKIE, ""), max_age=self.max_age)
        except BadSignature:
            return None
        return user if isinstance(user, str) and _USER.match(user) else None


def origin_allowed(origin: str | None, host: str | None, allowed: frozenset[str]) -> bool:
    """Whether a page of this origin may use the widget: a listed one, or a page of the assistant's own host.

    A missing origin is refused: every browser sends one with a WebSocket and with a POST.
    """
    if not origin:
        return False
    plain = origin.lower().rstrip("/")
    if plain in {o.lower().rstrip("/") for o in allowed}:
        return True
    parts = urlsplit(plain)
    return parts.scheme in ("http", "https") and bool(host) and parts.netloc == (host or "").lower()
