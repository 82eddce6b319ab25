"""Whether a scan that was made for no audit, or for another one, counts as a sighting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from scanner_app.domain.errors import Invalid


class Presence(StrEnum):
    AUDIT_SCANS = "audit_scans"
    ANY_CONFIRMED_SCAN = "any_confirmed_scan"


PRESENCES: dict[Presence, str] = {
    Presence.AUDIT_SCANS: "Scans of this audit",
    Presence.ANY_CONFIRMED_SCAN: "Any scan, also outside this audit",
}
PRESENCE = "presence"
# Since which day scans outside of an audit count; left out: since counting started.
SINCE = "presence_since"
MAX_DAYS = 365


@dataclass(frozen=True, slots=True)
class OutsideSighting:
    """A scan outside of an audit that counts as a sighting of an asset that it found nowhere.

    :param id: of its row.
    """

    id: int
    at: datetime
    location_id: int | None
    location_path: str | None
    person_id: int | None
    condition: str | None


def takes_outside(policy: Mapping[str, Any]) -> bool:
    """Return whether scans outside of an audit count as sightings."""
    return policy.get(PRESENCE) == Presence.ANY_CONFIRMED_SCAN


def begin_of(policy: Mapping[str, Any], counting_started_at: datetime) -> datetime:
    """Return from when on scans outside of an audit count: a day begins as it does in UTC."""
    since = policy.get(SINCE)
    if since is None:
        return counting_started_at
    return datetime.combine(date.fromisoformat(since), time(), UTC)


def read_since(given: Mapping[str, Any], *, today: date | None) -> dict[str, str]:
    """Return the day from which scans outside count, as a policy keeps it; nothing if none is set.

    :param today: a day that is too long ago, or to come, is refused; None takes any.
    :raises Invalid: it is not a day, or too long ago.
    """
    text = str(given.get(SINCE) or "").strip()
    if not text or not takes_outside(given):
        return {}
    try:
        since = date.fromisoformat(text)
    except ValueError:
        raise _refuse("Enter the day as 2026-12-31.") from None
    if today is not None and not today - timedelta(days=MAX_DAYS) <= since <= today:
        raise _refuse(f"Choose a day of the last {MAX_DAYS} days.")
    return {SINCE: since.isoformat()}


def _refuse(text: str) -> Invalid:
    return Invalid("This policy cannot be used.", errors={f"policy.{SINCE}": [text]})
