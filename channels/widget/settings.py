"""What an administrator may set about the widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from channels.static import SECURITY_HEADERS

CHANNEL = "widget"

PAGE_HEADERS = SECURITY_HEADERS | {"Permissions-Policy": "camera=(), geolocation=(), microphone=(self)"}
"""Headers of our own pages with the widget on them: its voice button needs the microphone."""


@dataclass(frozen=True)
class Words:
    """What a new visitor reads in one language. `starters` are ready phrases under the greeting, sent as they stand."""

    title: str
    subtitle: str
    greeting: str
    starters: tuple[str, ...]


ENGLISH = Words(
    title="Otklik",
    subtitle="Assistant of the public service centres",
    greeting=(
        "Hello! I am Otklik, a robot assistant. I understand and answer in Russian only. If you do not speak Russian, "
        "write «оператор» or press the button below: I will call a person. You can also write in Russian what you need."
    ),
    starters=(
        "Позовите оператора (call a person)",
        "Где вы находитесь (your address)",
        "Когда вы работаете (opening hours)",
    ),
)
"""The robot reads the starters too, so they are Russian with a translation."""


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
    english: Words = ENGLISH
    files: int = 10
    """Files a session may send within `files_within` seconds."""
    files_within: float = 600.0
    voices: int = 60
    """Recordings a session may send within `voices_within` seconds: a form filled in by voice takes one a question."""
    voices_within: float = 600.0
    streams: int = 6
    """Event streams a session may have open at once."""
    ping_every: float = 15.0
    """Seconds between the comments that keep an event stream alive."""
    place_every: float = 15.0
    """Seconds between two looks at the place in the queue for a human."""

    def words(self, lang: str) -> tuple[str, Words]:
        """Language and words for a wish such as `en-GB`; Russian for any language we do not have."""
        if lang.lower().split("-")[0] == "en":
            return "en", self.english
        return "ru", Words(self.title, self.subtitle, self.greeting, self.starters)
