"""How all devices do: the sums of the monitoring page, each by one index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.health.releases import has_ended
from scanner_app.domain.health.states import DeviceState
from scanner_app.models import DeviceHealth

SILENT_AFTER = timedelta(days=30)
SOON = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class ReleaseCount:
    """How many devices run a release.

    :param cycle: empty where no release of the product fits.
    :param unsure: how many of them may run another release of the same version.
    """

    product: str
    cycle: str
    title: str
    ends_on: date | None
    is_ended: bool
    count: int
    unsure: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The sums of the monitoring page.

    :param unknown: by what they call it, the devices whose system no rule knows.
    """

    releases: tuple[ReleaseCount, ...]
    unknown: tuple[tuple[str, int], ...]
    reporting: int
    silent: int
    unpatched: int
    possible: int

    def count_ended(self, today: date) -> int:
        """Return how many devices run what is not supported any more."""
        return sum(
            one.count
            for one in self.releases
            if has_ended(one.ends_on, is_ended=one.is_ended, today=today)
        )

    def count_ending(self, today: date) -> int:
        """Return how many devices run what is supported for 180 more days at most."""
        return sum(
            one.count
            for one in self.releases
            if one.ends_on is not None and today <= one.ends_on <= today + SOON
        )

    @property
    def unknown_count(self) -> int:
        return sum(count for _, count in self.unknown)

    def count_states(self, today: date) -> dict[DeviceState, int]:
        """Return how many devices are in each state."""
        counts = (
            self.count_ended(today),
            self.count_ending(today),
            self.unpatched,
            self.possible,
            self.silent,
            self.unknown_count,
        )
        return dict(zip(DeviceState, counts, strict=True))


def count_devices(session: Session) -> int:
    """Return how many devices have health, by their index alone."""
    return session.scalar(select(func.count()).select_from(DeviceHealth)) or 0


def load_overview(session: Session, *, now: datetime) -> Overview:
    """Return the sums of the monitoring page."""
    releases = list_release_counts(session)
    count = select(func.count()).select_from(DeviceHealth)
    silent = count.where(DeviceHealth.last_seen_at < now - SILENT_AFTER)
    return Overview(
        releases,
        list_unknown_systems(session),
        session.scalar(count.where(DeviceHealth.last_seen_at.is_not(None))) or 0,
        session.scalar(silent) or 0,
        session.scalar(count.where(DeviceHealth.unpatched > 0)) or 0,
        session.scalar(count.where(DeviceHealth.possible > 0)) or 0,
    )


def list_release_counts(session: Session) -> tuple[ReleaseCount, ...]:
    """Return the releases that devices run, what ends first at the top."""
    columns = (
        DeviceHealth.product,
        DeviceHealth.cycle,
        DeviceHealth.title,
        DeviceHealth.ends_on,
        DeviceHealth.is_ended,
    )
    rows: Sequence[Row[Any]] = session.execute(
        select(*columns, DeviceHealth.is_sure, func.count().label("devices"))
        .where(DeviceHealth.product > "")
        .group_by(*columns, DeviceHealth.is_sure)
    ).all()  # type: ignore[assignment]
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in rows:
        sums = found.setdefault(tuple(row[:5]), [0, 0])
        sums[0] += row.devices
        sums[1] += 0 if row.is_sure else row.devices
    made = (ReleaseCount(*key, *sums) for key, sums in found.items())
    return tuple(sorted(made, key=_order))


def list_unknown_systems(session: Session) -> tuple[tuple[str, int], ...]:
    """Return the systems that no rule knows, the most frequent first."""
    rows = session.execute(
        select(DeviceHealth.system, func.count())
        .where(DeviceHealth.product == "", DeviceHealth.system > "")
        .group_by(DeviceHealth.system)
    )
    return tuple(sorted(((row[0], row[1]) for row in rows), key=lambda one: (-one[1], one[0])))


def _order(one: ReleaseCount) -> tuple[bool, date, str, str]:
    is_known = one.is_ended or one.ends_on is not None
    return not is_known, one.ends_on or date.min, one.product, one.cycle
