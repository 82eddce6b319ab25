"""How a person wants to be told: which kinds, by e-mail or not, at once or in a digest, and when.

Quiet hours and digests hold a message; they never drop it. The bell is never held.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scanner_app.domain.access.roles import Role
from scanner_app.domain.notices.kinds import NOTICES, NewNotice

DIGEST_HOUR = 8
DAY_MINUTES = 24 * 60
MONDAY = 0


class Digest(StrEnum):
    NONE = "none"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class DigestRow:
    """What is said about a way of sending."""

    label: str


DIGESTS: dict[Digest, DigestRow] = {
    Digest.NONE: DigestRow("At once"),
    Digest.DAILY: DigestRow("Once a day"),
    Digest.WEEKLY: DigestRow("On Mondays"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for one kind.

    :param location_ids: told only of what is inside these, if there are any; a location with all
        that it contains.
    :param category_id: told only of this category.
    """

    is_told: bool = True
    by_mail: bool = True
    digest: Digest = Digest.NONE
    breaks_quiet: bool = False
    location_ids: frozenset[int] | None = None
    category_id: int | None = None

    def covers(self, notice: NewNotice) -> bool:
        """Return whether a notice is inside what the person asked for."""
        if not NOTICES[notice.kind].narrows:
            return True
        is_here = self.location_ids is None or notice.location_id in self.location_ids
        return is_here and self.category_id in {None, notice.category_id}


@dataclass(frozen=True, slots=True)
class Hours:
    """A person's own clock.

    :param quiet_from: minutes after midnight; with `quiet_to` the hours without messages. Equal or
        missing: none. They may go past midnight.
    """

    zone: ZoneInfo
    quiet_from: int | None = None
    quiet_to: int | None = None
    digest_hour: int = DIGEST_HOUR


def is_told(
    notice: NewNotice, *, role: Role, is_named: bool, choice: Choice | None, may_follow: bool
) -> bool:
    """Return whether a user is told of a notice.

    :param is_named: the notice concerns this user by name, whatever the role.
    :param choice: what the user chose for the kind; None: nothing.
    :param may_follow: whether the user's role may ask for the kind.
    """
    roles = notice.roles or NOTICES[notice.kind].roles
    if choice is None:
        return is_named or role in roles
    if not choice.is_told:
        return False
    return is_named or ((role in roles or may_follow) and choice.covers(notice))


def to_utc(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the moment at which a clock on the wall first shows a time of a day, in UTC.

    On the night on which 02:30 does not exist it is 03:00, when that clock is put forward. On the
    night with two 02:30, it is the first.
    """
    local = datetime.combine(day, time(minutes // 60, minutes % 60), zone)
    found = local.astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return found
    # In the gap: the first moment after it, found by halving the hours around it.
    low, high = found - timedelta(hours=3), found + timedelta(hours=3)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def quiet_until(now: datetime, hours: Hours) -> datetime | None:
    """Return when the quiet hours that hold now end, in UTC; None if it is not quiet now."""
    start, end = hours.quiet_from, hours.quiet_to
    if start is None or end is None or start == end:
        return None
    local = now.astimezone(hours.zone)
    minute, today = local.hour * 60 + local.minute, local.date()
    if start < end:
        return to_utc(today, end, hours.zone) if start <= minute < end else None
    if minute >= start:
        return to_utc(today + timedelta(days=1), end, hours.zone)
    return to_utc(today, end, hours.zone) if minute < end else None


def digest_at(now: datetime, digest: Digest, hours: Hours) -> tuple[datetime, date]:
    """Return when the next digest goes, in UTC, and the local day that names it."""
    day = now.astimezone(hours.zone).date()
    while True:
        is_day = digest is not Digest.WEEKLY or day.weekday() == MONDAY
        at = to_utc(day, hours.digest_hour * 60, hours.zone)
        if is_day and at > now:
            return at, day
        day += timedelta(days=1)


def read_minutes(text: str) -> int | None:
    """Return the minutes after midnight of a time such as 22:30; None if the text is empty.

    :raises ValueError: it is not a time of day.
    """
    text = text.strip()
    if not text:
        return None
    try:
        at = time.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or at.second or at.microsecond:
        raise ValueError("Enter a time such as 22:30.")
    return at.hour * 60 + at.minute


def write_minutes(minutes: int | None) -> str:
    """Return minutes after midnight as a form shows them: 22:30."""
    return "" if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"
