"""The conditions behind the filters of asset lists that dashboards count by too."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement

from scanner_app.domain.register.lifecycle import ENDED, THERE, Stage
from scanner_app.domain.register.narrowing import (
    SEEN_ROWS,
    Due,
    Lack,
    Narrowing,
    Seen,
    due_span,
)
from scanner_app.models import Asset

Conditions = tuple[ColumnElement[bool], ...]


def is_overdue(now: datetime) -> Conditions:
    """Return the conditions of a check-out that is past its date."""
    return Asset.due_at < now, Asset.status == Stage.IN_USE


def is_due(due: Due | date, now: datetime) -> Conditions:
    """Return the conditions of a check-out whose date is in a class, or on a day."""
    first, last = due_span(due, now)
    conditions: Conditions = (Asset.due_at < last, Asset.status == Stage.IN_USE)
    return conditions if first is None else (Asset.due_at >= first, *conditions)


def narrow_to(wanted: Narrowing) -> list[ColumnElement[bool]]:
    """Return the conditions of all that a list is narrowed to."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.due is not None:
        conditions.extend(is_due(wanted.due, wanted.now))
    if wanted.seen is not None:
        conditions.extend(was_seen_ago(wanted.seen, wanted.now))
    if wanted.lack is not None:
        conditions.extend(lacks(wanted.lack))
    return conditions


def is_there() -> ColumnElement[bool]:
    """Return the condition of what should be there: not missing, only ordered, or retired."""
    return Asset.status.in_(sorted(THERE - ENDED))


def was_seen_ago(seen: Seen, now: datetime) -> Conditions:
    """Return the conditions of what should be there and was seen as long ago as a class says."""
    return is_there(), *is_of_age(seen, now)


def is_of_age(seen: Seen, now: datetime) -> Conditions:
    """Return the same conditions for a select of only what should be there."""
    row = SEEN_ROWS[seen]
    if row.seen is Seen.NEVER:
        return (Asset.last_seen_at.is_(None),)
    conditions: Conditions = ()
    if row.last is not None:
        conditions += (Asset.last_seen_at >= now - timedelta(days=row.last),)
    if row.first:
        conditions += (Asset.last_seen_at < now - timedelta(days=row.first),)
    return conditions


def lacks(lack: Lack) -> Conditions:
    """Return the conditions of what should be there and whose record lacks something."""
    return is_there(), *is_without(lack)


def is_without(lack: Lack) -> Conditions:
    """Return the same conditions for a select of only what should be there."""
    if lack is Lack.HOLDER:
        return Asset.status == Stage.IN_USE, Asset.custodian_id.is_(None)
    if lack is Lack.LOCATION:
        return (Asset.location_id.is_(None),)
    if lack is Lack.SERIAL:
        return (Asset.serial_number.is_(None),)
    if lack is Lack.COST:
        return (Asset.purchase_cost_cents.is_(None),)
    return (Asset.model_id.is_(None),)
