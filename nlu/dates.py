"""Dates and times a citizen names in Russian, resolved against the citizen's own clock.

The grammar is in `written_dates`, `days`, `times`, `intervals`; here its pieces are put together («в пятницу» +
«после обеда») and given the shape the dialogue uses. Conventions: docs/decisions/001-dates.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from nlu import calendar_ru as calendar
from nlu.days import Moment, day, reckoned
from nlu.intervals import Open, interval
from nlu.time_tokens import Tokens, read
from nlu.times import Clock, Clocks, Part, clock, hour_word_apart, part_of_day
from nlu.written_dates import DAY, Days, one


@dataclass(frozen=True)
class TimeSpan:
    """A date, a time or a stretch of time found in a text."""

    kind: str
    """`date`, `time`, `datetime` or `interval`."""
    start: int
    end: int
    """Character offsets, `end` exclusive, preposition included."""
    value: str | dict[str, str | None] | None
    """ISO moment with the offset of `now`; for an interval `{"from", "to", "grain"}`, `to` exclusive, None if open.

    None when the calendar has no such date. A time without a day falls on its next coming.
    """
    grain: str
    """How exact: `minute`, `hour`, `day`, `week`, `month`, `year`."""
    problem: str | None = None
    """`impossible` («31 февраля», «25:00») or `weekday` (the date is good, the weekday named with it is another)."""
    has_date: bool = True
    """The citizen named the day; false for «в 9», whose day is a guess."""
    has_time: bool = False
    """The citizen named the time of day."""


Atom = Days | Moment | Clock | Clocks | Part | Open


@dataclass(frozen=True)
class _Found:
    """An atom and its tokens, `last` exclusive."""

    atom: Atom
    first: int
    last: int


@dataclass(frozen=True)
class _Group:
    """Atoms that speak of one moment or stretch."""

    first: int
    last: int
    days: Days | None = None
    at: Clock | Clocks | Moment | Open | None = None
    part: Part | None = None
    borrowed: bool = False
    """The day comes from the choice before: «завтра в 9 или в 10»."""


_FILLERS = frozenset(
    ", ( ) - — . где то примерно часов часиков лучше можно желательно хорошо бы только именно прямо уже ну вот скажем "
    "давайте запишите меня хочу время удобно мне например приду смогу могу подойдет ближе ровно часа числа на в если "
    "там же приема прием записаться приехать прийти подойти удобнее".split()
)
_OR = frozenset({"или", "либо", "и", ",", "/", "лучше", "можно", "в", "на", "к"})
_LONGEST_GAP = 5
_LONGEST_TEXT = 4000


def find_times(text: str, now: datetime) -> list[TimeSpan]:
    """All dates, times and intervals of `text`, left to right, not overlapping.

    Args: `now`, the citizen's local moment with its offset; weekdays, «завтра» and missing years are counted from it.
    """
    tokens = read(text[:_LONGEST_TEXT])
    groups: list[_Group] = []
    for found in _atoms(tokens, now):
        _place(groups, found, tokens)
    return [_span(group, tokens, now) for group in groups]


def window(span: TimeSpan) -> tuple[datetime | None, datetime | None]:
    """The stretch a span covers: start and exclusive end, None where open or unknown."""
    if isinstance(span.value, dict):
        ends = (span.value["from"], span.value["to"])
        return tuple(datetime.fromisoformat(end) if end else None for end in ends)  # type: ignore[return-value]
    if span.value is None:
        return None, None
    start = datetime.fromisoformat(span.value)
    if span.grain in ("month", "year"):
        end = calendar.shift_months(start.date(), 1 if span.grain == "month" else 12)
        return start, datetime.combine(end, time(), start.tzinfo)
    length = {"week": timedelta(days=7), "day": DAY, "hour": timedelta(hours=1)}.get(span.grain, timedelta(minutes=1))
    return start, _later(start, length)


# --- finding the pieces ----------------------------------------------------------------------------------------


def _atoms(tokens: Tokens, now: datetime) -> list[_Found]:
    found: list[_Found] = []
    i = 0
    while i < len(tokens):
        hit = _atom(tokens, i, now, _bare_hour_fits(tokens, found, i))
        if hit is None:
            i += 1
            continue
        found.append(_Found(hit[0], i, hit[1]))
        i = hit[1]
    return found


def _atom(tokens: Tokens, i: int, now: datetime, bare: bool) -> tuple[Atom, int] | None:
    token = tokens[i]
    if token.cat == "sign" or token.cat == "end" or token.cat == "word" and not _may_start(str(token.value)):
        return None
    return (
        reckoned(tokens, i, now)
        or part_of_day(tokens, i)
        or interval(tokens, i, now, bare)
        or day(tokens, i, now.date())
        or _after_preposition(tokens, i, now)
        or _clock_itself(tokens, i, bare)
    )


_STARTERS = ("пол", "рано", "поздно", "обеден", "начиная", "под", "ближе", "около", "примерно", "нов")


def _may_start(word: str) -> bool:
    return word.startswith(_STARTERS)


def _after_preposition(tokens: Tokens, i: int, now: datetime) -> tuple[Atom, int] | None:
    """«в пятницу», «к девяти», «часа в три», «на 25», «около 10»."""
    j = i + 1 if hour_word_apart(tokens, i) else i
    token = tokens[j]
    if token.cat != "prep" or str(token.value) not in ("в", "во", "на", "к", "ко", "около"):
        return None
    found = day(tokens, j + 1, now.date())
    if found is not None:
        return found
    at = clock(tokens, j + 1, str(token.value))
    if at is not None:
        return at
    number = tokens[j + 1]
    if number.cat == "num" and 24 < int(number.value) <= 31 and token.value in ("на", "к") and not number.glued:
        if not tokens.governed(j + 2) and tokens[j + 2].cat != "sign":
            return one(calendar.coming_day_of_month(int(number.value), now.date()), "number"), j + 2
    return None


def _clock_itself(tokens: Tokens, i: int, bare: bool) -> tuple[Atom, int] | None:
    return clock(tokens, i, "bare" if bare else "alone" if i == 0 else "")


def _bare_hour_fits(tokens: Tokens, found: list[_Found], i: int) -> bool:
    """Whether a lone number at `i` may be an hour: right after a day («завтра 10») or a choice («в 9 или 10»)."""
    if not found or tokens[i].cat != "num":
        return False
    last = found[-1]
    between = [str(tokens[k].value) for k in range(last.last, i)]
    if isinstance(last.atom, Days):
        return last.atom.grain == "day" and not last.atom.stretch and len(between) <= 2 and _FILLERS.issuperset(between)
    return isinstance(last.atom, Clock) and between in (["или"], ["либо"])


# --- putting them together -------------------------------------------------------------------------------------


def _place(groups: list[_Group], found: _Found, tokens: Tokens) -> None:
    """Adds an atom to the last group if they speak of one thing, else starts a new group."""
    last = groups[-1] if groups else None
    if last is not None and found.first - last.last <= _LONGEST_GAP:
        between = [str(tokens[k].value) for k in range(last.last, found.first)]
        if all(word in _FILLERS for word in between):
            joined = _join(last, found)
            if joined is not None:
                groups[-1] = joined
                return
    group = _join(_Group(found.first, found.first), found)
    assert group is not None
    if last is not None and last.days is not None and group.days is None and _is_choice(tokens, last, found):
        if _takes_time(last.days) and not isinstance(group.at, (Moment, Open)):
            group = replace(group, days=last.days, borrowed=True)
    groups.append(group)


def _is_choice(tokens: Tokens, last: _Group, found: _Found) -> bool:
    between = [str(tokens[k].value) for k in range(last.last, found.first)]
    return 0 < len(between) <= 3 and all(word in _OR for word in between)


def _takes_time(days: Days) -> bool:
    return days.grain == "day" and not days.stretch


def _join(group: _Group, found: _Found) -> _Group | None:
    """The group with the atom in it; None when they cannot speak of one thing."""
    atom = found.atom
    group = replace(group, last=found.last)
    if isinstance(atom, Days):
        if group.borrowed:
            return None
        if group.days is not None:
            days = _same_days(group.days, atom)
            return None if days is None else replace(group, days=days)
        fits = _takes_time(atom) and not isinstance(group.at, (Moment, Open)) or group.at is None and group.part is None
        return replace(group, days=atom) if fits else None
    if group.days is not None and (not _takes_time(group.days) or isinstance(atom, (Moment, Open))):
        return None
    if isinstance(atom, Part):
        if isinstance(group.at, (Moment, Open)):
            return None
        return replace(group, part=atom) if group.part is None else None
    if group.at is not None or isinstance(atom, (Moment, Open)) and group.part is not None:
        return None
    return replace(group, at=atom)


def _same_days(a: Days, b: Days) -> Days | None:
    """One day said twice («понедельник, 18 февраля») or in two steps («на следующей неделе во вторник»)."""
    for general, exact in ((a, b), (b, a)):
        if general.first is None or exact.first is None:
            continue
        if general.origin == "week" and exact.origin == "weekday":
            return one(general.first + exact.first.weekday() * DAY)
        if general.origin == "weeks_away" and exact.origin == "weekday":
            return one(calendar.monday(general.first) + exact.first.weekday() * DAY)
        if general.origin == "month" and exact.origin == "number":
            return one(calendar.make_date(general.first.year, general.first.month, exact.first.day))
        if general.origin == "weekday" and exact.origin in ("", "yearless", "number", "away") and _takes_time(exact):
            wrong = general.first.weekday() != exact.first.weekday()
            return replace(exact, origin="", problem="weekday" if wrong else None)
        if general.origin == "away" and exact.first == general.first and _takes_time(exact):
            return replace(exact, origin="")
    if a.origin == "weekday" and b.first is None:
        return b
    return None


# --- the shape the dialogue uses -------------------------------------------------------------------------------


def _span(group: _Group, tokens: Tokens, now: datetime) -> TimeSpan:
    shell = TimeSpan("date", tokens[group.first].start, tokens[group.last - 1].end, None, "day")
    days, at, part = group.days, group.at, group.part
    if isinstance(at, Moment):
        return replace(shell, kind="datetime", value=at.at.isoformat(), grain=at.grain, has_time=True)
    if isinstance(at, Open):
        return _interval(shell, _at_midnight(at.start, now), _at_midnight(at.end, now), at.grain)
    if isinstance(at, Clock) and at.problem or days is not None and days.first is None:
        problem = "impossible"
        timed = at is not None or part is not None
        kind = "time" if days is None else "datetime" if timed else "interval" if days.stretch else "date"
        grain = at.grain if isinstance(at, (Clock, Clocks)) else "day"
        return replace(shell, kind=kind, grain=grain, problem=problem, has_date=days is not None, has_time=timed)
    if days is not None and at is None and part is None:
        return _days_span(shell, days, now)
    shell = replace(shell, has_date=days is not None, has_time=True, problem=days.problem if days else None)
    if isinstance(at, Clock):
        at = at.in_part(part.name) if part is not None and not at.sure else at
        moment = _point(days, at.minutes, now)
        kind = "time" if days is None else "datetime"
        return replace(shell, kind=kind, value=moment.isoformat(), grain=at.grain)
    stretch = _in_part(at, part) if at is not None else Clocks(part.start, part.end) if part is not None else None
    assert stretch is not None
    return _stretch_span(shell, days, stretch, now)


def _days_span(shell: TimeSpan, days: Days, now: datetime) -> TimeSpan:
    shell = replace(shell, problem=days.problem)
    if days.stretch:
        return _interval(shell, _at_midnight(days.first, now), _at_midnight(days.after, now), days.grain)
    start = _at_midnight(days.first, now)
    return replace(shell, value=start.isoformat() if start else None, grain=days.grain)


def _stretch_span(shell: TimeSpan, days: Days | None, stretch: Clocks, now: datetime) -> TimeSpan:
    if days is not None and days.first is not None:
        start = _on(days.first, stretch.start or 0, now)
        end = _on(days.first, 24 * 60 if stretch.end is None else stretch.end, now)
        return _interval(shell, start, end, stretch.grain)
    today = now.date()
    last = stretch.end if stretch.end is not None else stretch.start
    if last is not None and _on(today, last, now) <= now:
        today = _next_day(today)
    ends = [None if minutes is None else _on(today, minutes, now) for minutes in (stretch.start, stretch.end)]
    return _interval(shell, ends[0], ends[1], stretch.grain)


def _interval(shell: TimeSpan, start: datetime | None, end: datetime | None, grain: str) -> TimeSpan:
    ends = {"from": start.isoformat() if start else None, "to": end.isoformat() if end else None}
    return replace(shell, kind="interval", value={**ends, "grain": grain}, grain=grain)


def _in_part(at: Clock | Clocks, part: Part | None) -> Clocks:
    """Hours said with a part of the day: «вечером с 6 до 8», «вечером после 6»."""
    assert isinstance(at, Clocks)
    if part is None or part.name != calendar.EVENING:
        return at
    start, end = at.start, at.end
    if (start is None or start <= 8 * 60) and (end is None or end < 12 * 60):
        start = None if start is None else start + 12 * 60
        end = None if end is None else end + 12 * 60
    return Clocks(part.start if start is None else start, part.end if end is None else end, at.grain)


def _point(days: Days | None, minutes: int, now: datetime) -> datetime:
    if days is not None and days.first is not None:
        return _on(days.first, minutes, now)
    moment = _on(now.date(), minutes, now)
    return moment if moment >= now else _on(_next_day(now.date()), minutes, now)


def _on(day_: date, minutes: int, now: datetime) -> datetime:
    """The local moment so many minutes after midnight of that day; 24:00 is the next midnight."""
    if minutes >= 24 * 60:
        day_, minutes = _next_day(day_), minutes - 24 * 60
    return datetime.combine(day_, time(minutes // 60, minutes % 60), now.tzinfo)


def _next_day(day_: date) -> date:
    return day_ + DAY if day_ < date.max else day_


def _later(moment: datetime, delta: timedelta) -> datetime:
    try:
        return moment + delta
    except OverflowError:
        return moment


def _at_midnight(when: datetime | date | None, now: datetime) -> datetime | None:
    if when is None or isinstance(when, datetime):
        return when
    return datetime.combine(when, time(), now.tzinfo)
