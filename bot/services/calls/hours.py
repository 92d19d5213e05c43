"""When the robot may ring people up: by day only, later on days off, in the citizens' own time.

A house rule. 230-FZ art. 7 part 3 (calls about debts: none from 22 to 8, on days off none from 20 to 9) binds others, and is
kept with room to spare.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.services.calls.lines import OutgoingRules
from bot.services.production_calendar import ProductionCalendar


class CallingHours:
    """Tells whether now is a time to call, and when the next one is. Days off are weekends and holidays of the calendar."""

    def __init__(self, rules: OutgoingRules, zone: ZoneInfo, calendar: ProductionCalendar) -> None:
        self._rules, self._zone, self._calendar = rules, zone, calendar

    def next_allowed(self, moment: datetime) -> datetime:
        """The moment itself when calls are allowed at it, else the beginning of the next allowed time (aware, UTC or as given)."""
        local = moment.astimezone(self._zone)
        opening, closing = self._span(local)
        if opening <= local.time() < closing:
            return moment
        day = local.date() if local.time() < opening else local.date() + timedelta(days=1)
        opening, _ = self._span(datetime.combine(day, time(12), self._zone))
        return datetime.combine(day, opening, self._zone)

    def _span(self, local: datetime) -> tuple[time, time]:
        return self._rules.workdays if self._calendar.is_working(local.date()) else self._rules.days_off
