"""Cookies of the desk: out of reach of scripts, never sent by forms of other sites, over HTTPS only where the house has it."""

from __future__ import annotations

from fastapi import Response

from desk.access import COOKIE
from desk.parts import Parts

SSO_COOKIE = "otklik_sso"


def let_in(parts: Parts, response: Response, token: str) -> None:
    """Give the browser a session. It forgets it when it closes; the house forgets it sooner."""
    _set(parts, response, COOKIE, token, "/desk", None)


def let_out(response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/desk")


def remember_sso(parts: Parts, response: Response, sealed: str) -> None:
    """Keep what single sign-on has to bring back, for ten minutes."""
    _set(parts, response, SSO_COOKIE, sealed, "/desk/sso", 600)


def forget_sso(response: Response) -> None:
    """It counts once."""
    response.delete_cookie(SSO_COOKIE, path="/desk/sso")


def _set(parts: Parts, response: Response, name: str, value: str, path: str, seconds: int | None) -> None:
    secure = parts.accounts.policy.secure_cookies
    response.set_cookie(name, value, max_age=seconds, path=path, httponly=True, samesite="lax", secure=secure)
