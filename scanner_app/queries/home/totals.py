"""The state of the register in figures that take a walk through all of it.

One walk answers for all of them, and the pages keep the answer for some minutes. An index over
`last_seen_at` would make it quick, but every scan would pay for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import IN_PLACE
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.narrowing import AGES, Lack, Seen
from scanner_app.models import Asset, Audit, Location
from scanner_app.queries.audits.tallies import load_counts
from scanner_app.queries.register.narrowing import is_of_age, is_there, is_without


@dataclass(frozen=True, slots=True)
class SiteAges:
    """How long ago the assets of one site were seen. `code` None: those without a location."""

    code: str | None
    name: str
    counts: dict[Seen, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def seen_in_a_year(self) -> int:
        return self.counts[Seen.RECENT] + self.counts[Seen.YEAR]


@dataclass(frozen=True, slots=True)
class RegisterTotals:
    """The whole register at one moment.

    :param values: of what should be there, in hundredths by currency.
    :param missing_values: the same of what is missing.
    """

    counted_at: datetime
    sites: tuple[SiteAges, ...]
    lacking: dict[Lack, int]
    values: dict[str, int]
    missing_values: dict[str, int]

    @property
    def there(self) -> int:
        return sum(site.total for site in self.sites)

    @property
    def seen_in_a_year(self) -> int:
        return sum(site.seen_in_a_year for site in self.sites)


def load_totals(session: Session, *, now: datetime) -> RegisterTotals:
    """Return the figures of the register, counted in one walk and one sum."""
    names = [*AGES, *Lack]
    conditions = [*(is_of_age(s, now) for s in AGES), *(is_without(lack) for lack in Lack)]
    # Not grouped by the bare column: the index would lead through the table in its order.
    place = (Asset.location_id + 0).label("place")
    sums_of_place = select(place, *(_count_if(*found) for found in conditions))
    walk = sums_of_place.where(is_there()).group_by(place)
    counts: dict[int | None, list[int]] = {
        place: [int(number) for number in numbers] for place, *numbers in session.execute(walk)
    }
    sums = [sum(column) for column in zip(*counts.values(), strict=True)] or [0] * len(names)
    values = _sum_values(session)
    return RegisterTotals(
        now,
        tuple(_group_by_site(session, counts)),
        {lack: sums[names.index(lack)] for lack in Lack},
        {currency: there for currency, (there, _) in values.items() if there},
        {currency: gone for currency, (_, gone) in values.items() if gone},
    )


def _count_if(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((and_(*conditions), 1), else_=0))


def _sum_values(session: Session) -> dict[str, tuple[int, int]]:
    cost = Asset.purchase_cost_cents
    there = func.sum(case((is_there(), cost), else_=0))
    gone = func.sum(case((Asset.status == Stage.MISSING, cost), else_=0))
    rows = session.execute(
        select(Asset.currency, there, gone).where(cost.is_not(None)).group_by(Asset.currency)
    )
    return {currency or "": (int(a or 0), int(b or 0)) for currency, a, b in rows}


def _group_by_site(session: Session, counts: dict[int | None, list[int]]) -> list[SiteAges]:
    """Return the counts of rooms as counts of the sites around them, by name."""
    places = {
        row.id: row
        for row in session.execute(select(Location.id, Location.code, Location.name, Location.path))
    }
    by_site: dict[int | None, list[int]] = {}
    for place, numbers in counts.items():
        row = places.get(place) if place is not None else None
        site = int(row.path.strip("/").split("/")[0]) if row is not None else None
        sums = by_site.setdefault(site, [0] * len(AGES))
        for index in range(len(AGES)):
            sums[index] += numbers[index]
    found = [
        SiteAges(
            places[site].code if site is not None else None,
            places[site].name if site is not None else "No location",
            dict(zip(AGES, sums, strict=True)),
        )
        for site, sums in by_site.items()
        if any(sums)
    ]
    return sorted(found, key=lambda one: (one.code is None, one.name.casefold()))


@dataclass(frozen=True, slots=True)
class AuditAccuracy:
    """The share of a closed audit's expected assets that were in the right place."""

    id: int
    name: str
    closed_at: datetime
    share: float | None


def list_accuracy(session: Session, *, limit: int) -> list[AuditAccuracy]:
    """Return the accuracy of the audits that were closed last, oldest first."""
    rows = session.execute(
        select(Audit.id, Audit.name, Audit.closed_at)
        .where(Audit.state == AuditState.CLOSED, Audit.closed_at.is_not(None))
        .order_by(Audit.closed_at.desc())
        .limit(limit)
    ).all()
    counts = load_counts(session, [row.id for row in rows])
    found = []
    for id_, name, closed_at in reversed(rows):
        right, expected = sum(counts[id_][s.value] for s in IN_PLACE), counts[id_]["expected"]
        if closed_at is not None:
            found.append(
                AuditAccuracy(id_, name, closed_at, right / expected if expected else None)
            )
    return found
