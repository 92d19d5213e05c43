"""Draws a page: templates with everything escaped, what every page shows, and the headers that every page carries."""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.accounts.interface import Signed

FOLDER = Path(__file__).parent
MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()

NAV = (
    ("talk", "/desk", "Разговоры"),
    ("lists", "/desk/callbacks", "Звонки"),
    ("lists", "/desk/tickets", "Обращения"),
    ("supervise", "/desk/board", "Смена"),
    ("teach", "/desk/studio", "Студия"),
    ("approve", "/desk/studio/publish", "Выпуск"),
    ("notices", "/desk/notices", "Объявления"),
    ("notices", "/desk/incidents", "Аварии"),
    ("canned", "/desk/canned", "Готовые ответы"),
    ("staff", "/desk/staff", "Сотрудники"),
    ("audit", "/desk/audit", "Журнал"),
    ("privacy", "/desk/privacy", "Данные граждан"),
    ("health", "/desk/health", "Состояние"),
)
"""Right, address and name of every room of the desk, in the order of the bar."""


class Pages:
    """Renders templates of `desk/templates`. Times are shown in `zone`, the region's."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self._jinja = Environment(
            loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
            trim_blocks=True, lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip
        self._jinja.filters |= {"clock": self.clock, "day": self.day, "moment": self.moment, "waited": waited}
        self._jinja.globals["asset"] = asset

    def html(self, template: str, /, **values: Any) -> str:
        """A template as text, for fragments and events."""
        return self._jinja.get_template(template).render(**values)

    def page(self, request: Request, template: str, /, status: int = 200, **values: Any) -> HTMLResponse:
        """A whole page or a fragment; `me` (Signed, or None before the sign-in) and `nav` are always there."""
        me: Signed | None = getattr(request.state, "signed", None)
        nav = [(url, name) for right, url, name in NAV if me is not None and me.may(right)]  # type: ignore[arg-type]
        path = request.url.path
        return HTMLResponse(self.html(template, me=me, nav=nav, path=path, **values), status)

    def clock(self, moment: datetime) -> str:
        """«14:05»."""
        return f"{moment.astimezone(self.zone):%H:%M}"

    def day(self, moment: datetime) -> str:
        """«3 марта 2026»."""
        local = moment.astimezone(self.zone)
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"

    def moment(self, moment: datetime) -> str:
        """«3 марта 2026, 14:05»."""
        return f"{self.day(moment)}, {self.clock(moment)}"


def waited(seconds: float) -> str:
    """A wait as people read it: «40 с», «12 мин», «2 ч 5 мин»."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole} с"
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours} ч {minutes} мин" if hours else f"{minutes} мин"


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """The address of a file of `desk/static`; it changes with the file, so browsers may keep it for ever."""
    digest = hashlib.sha256((FOLDER / "static" / name).read_bytes()).hexdigest()[:12]
    return f"/desk/static/{name}?v={digest}"
