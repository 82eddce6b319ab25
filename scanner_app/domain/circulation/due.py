"""When a loan is due back: local days and hours, closed days left out, then a moment in UTC.

A loan of seven days is due at the same hour of the clock, although a clock change makes the week an
hour longer or shorter. So days are added to the local date, and only the result is put into UTC.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scanner_app.domain.circulation.loan_rules import ResolvedRule

# As many closed days in a row as are looked past: a year of them means that nothing opens again.
MAX_CLOSED_DAYS = 366


def find_due(
    now: datetime, rule: ResolvedRule, *, zone: str, closed: Collection[date] = ()
) -> datetime | None:
    """Return when something that is lent now is due back, in UTC; None for a loan without an end.

    :param zone: the time zone of the place, such as Europe/Berlin.
    :param closed: the days on which the place is closed; a due day moves past them.
    """
    local_now = now.astimezone(ZoneInfo(zone))
    if rule.loan_hours is not None:
        due = now + timedelta(hours=rule.loan_hours)
        if due.astimezone(ZoneInfo(zone)).date() in closed:
            due = _end_of(_open_day(due.astimezone(ZoneInfo(zone)).date(), closed), rule, zone)
        return _cut(due, rule, zone, now).astimezone(UTC)
    if rule.loan_days is not None:
        day = local_now.date() + timedelta(days=rule.loan_days)
        return _cut(_first_end(day, rule, zone, closed, now), rule, zone, now).astimezone(UTC)
    if rule.due_on is None:
        return None
    due = _end_of(_open_day(rule.due_on, closed), rule, zone)
    return due.astimezone(UTC) if due > now else None


def extend_due(
    due_at: datetime, now: datetime, rule: ResolvedRule, *, zone: str, closed: Collection[date] = ()
) -> datetime | None:
    """Return until when a loan is extended; None if the rule extends nothing or names no days.

    The days are counted from the day it was due, or from today if that is later.
    """
    days = rule.extension_days if rule.extension_days is not None else rule.loan_days
    if rule.extensions == 0 or days is None:
        return None
    begin = max(due_at, now).astimezone(ZoneInfo(zone)).date()
    day = begin + timedelta(days=days)
    return _cut(_first_end(day, rule, zone, closed, now), rule, zone, now).astimezone(UTC)


def is_late(due_at: datetime | None, now: datetime, *, grace_hours: int = 0) -> bool:
    """Return whether something is late: its due time and the grace after it are over."""
    return due_at is not None and due_at + timedelta(hours=grace_hours) < now


def _first_end(
    day: date, rule: ResolvedRule, zone: str, closed: Collection[date], now: datetime
) -> datetime:
    """Return the end of the first open day from `day` on that is not over."""
    due = _end_of(_open_day(day, closed), rule, zone)
    while due <= now:  # lent after the hour at which a loan of today would be due
        day += timedelta(days=1)
        due = _end_of(_open_day(day, closed), rule, zone)
    return due


def _cut(due: datetime, rule: ResolvedRule, zone: str, now: datetime) -> datetime:
    """Return the earlier of a due time and the last day that the rule sets for all loans."""
    if rule.due_on is None:
        return due
    last = _end_of(rule.due_on, rule, zone)
    return min(due, last) if last > now else due


def _open_day(day: date, closed: Collection[date]) -> date:
    for _ in range(MAX_CLOSED_DAYS):
        if day not in closed:
            return day
        day += timedelta(days=1)
    return day


def _end_of(day: date, rule: ResolvedRule, zone: str) -> datetime:
    return datetime.combine(day, time(rule.due_at_hour), ZoneInfo(zone))
