"""Find the health of devices, and keep it where it changed.

What is kept follows from what devices said, from releases and from the catalogue. A second look
changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from scanner_app.domain.health.devices import Lookups, describe_health
from scanner_app.domain.health.exploited import Grade, Hit
from scanner_app.models import DeviceHealth
from scanner_app.queries.health.lookups import load_lookups
from scanner_app.queries.health.reports import load_reports
from scanner_app.services.health.policies import (
    DevicePolicies,
    Wanted,
    judge_device,
    keep_results,
    load_device_policies,
)
from scanner_app.sql.value_list import is_one_of

_COLUMNS = [column for column in DeviceHealth.__table__.columns if column.name != "checked_at"]


def check_devices(
    session: Session,
    ids: Collection[int],
    *,
    today: date,
    now: datetime,
    lookups: Lookups | None = None,
    counts: Counter[tuple[str, Grade]] | None = None,
    policies: DevicePolicies | None = None,
) -> int:
    """Find the health of some devices, check their policies, and return of how many it changed.

    :param lookups: what they are looked up in, where the caller has it; `policies` alike.
    :param counts: to which the devices of each vulnerability and grade are added.
    """
    if not ids:
        return 0
    lookups = lookups or load_lookups(session)
    policies = policies or load_device_policies(session)
    wanted: Wanted = {}
    fresh: dict[int, dict[str, Any]] = {}
    for report in load_reports(session, ids):
        found = describe_health(report, lookups, today=today)
        if found is None:
            continue
        row, hits = found[0], _take_first(found[1])
        fresh[report.asset_id] = row
        wanted |= judge_device(report, row, hits, policies, today=today)
        if counts is not None:
            counts.update((hit.vulnerability.cve, hit.grade) for hit in hits)
    keep_results(session, ids, wanted, now=now)
    return _keep_health(session, ids, fresh, now=now)


def _keep_health(
    session: Session, ids: Collection[int], fresh: dict[int, dict[str, Any]], *, now: datetime
) -> int:
    """Keep the rows that differ from those that are there, and return how many did."""
    known = {
        row[0]: dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name
        for row in session.execute(
            select(*_COLUMNS).where(is_one_of(DeviceHealth.asset_id.expression, ids))
        )
    }
    gone = known.keys() - fresh.keys()
    changed = [row for asset_id, row in fresh.items() if known.get(asset_id) != row]
    stale = gone | {row["asset_id"] for row in changed}
    if stale:
        session.execute(
            delete(DeviceHealth).where(is_one_of(DeviceHealth.asset_id.expression, stale))
        )
    if changed:
        table = DeviceHealth.__table__
        assert isinstance(table, Table)  # noqa: S101 - a model stands for a table, never a join
        session.execute(table.insert(), [{**row, "checked_at": now} for row in changed])
    return len(stale)


def _take_first(hits: list[Hit]) -> list[Hit]:
    """Return the most pressing hit of each vulnerability: a device counts once."""
    return list({hit.vulnerability.cve: hit for hit in reversed(hits)}.values())
