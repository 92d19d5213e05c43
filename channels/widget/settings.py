"""What an administrator may set about the widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CHANNEL = "widget"


@dataclass(frozen=True)
class WidgetSettings:
    """Settings of the widget; only `secret` has no default.

    `origins` are the sites that may embed it from another host (`https://agency.example`); the assistant's own host
    always may. A site of another registrable domain needs `cookie_samesite="none"` with `cookie_secure=True`.
    """

    secret: str
    origins: frozenset[str] = frozenset()
    cookie_secure: bool = False
    cookie_samesite: Literal["lax", "none"] = "lax"
    session_days: int = 180
    max_frame: int = 700_000
    """Bytes of one frame: `max_text` letters, even escaped. Give uvicorn a `ws_max_size` a little above it."""
    max_text: int = 100_000
    """Characters the input field takes."""
    burst: int = 8
    """Messages a socket may send at once before it is slowed down to `per_second`."""
    per_second: float = 1.0
    history: int = 200
    """The newest messages shown when the widget opens."""
    title: str = "Отклик"
    subtitle: str = "Помощник «Моих документов»"
    greeting: str = (
        "Здравствуйте! Я Отклик, робот-помощник. Запишу на приём, подскажу по заявлению и документам, приму жалобу. "
        "Напишите своими словами, что случилось."
    )
    starters: tuple[str, ...] = (
        "Записаться на приём",
        "Узнать, где моё заявление",
        "Какие документы нужны",
        "Пожаловаться",
    )
    """Ready phrases under the greeting of a new conversation."""
