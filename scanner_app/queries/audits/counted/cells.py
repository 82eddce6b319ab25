"""The expected findings of audits, counted by cell: what is kept, and what has changed since.

A tally counts a finding as its column `tallied` says. Where that is no longer so, an index has it:
those few are taken out and counted again. One statement reads both, so that they fit together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    literal_column,
    null,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session

from scanner_app.domain.audits.counted.cells import FIRST_CELL, Cell, read_cell
from scanner_app.models import (
    Asset,
    AuditMember,
    AuditTally,
    Category,
    Finding,
    Location,
    Person,
)
from scanner_app.models.audits.tally import CELL_SQL, UNTALLIED_SQL
from scanner_app.queries.audits.members import CURRENCY, frozen

# What is counted by: nothing, the number of the recorded location, and frozen words.
WHOLE, ROOM = "", "room"
WORDS = ("location", "category", "custodian")
_LIVE: dict[str, Any] = {
    "location": Location.code,
    "category": Category.name,
    "custodian": func.coalesce(Person.number, Person.name),
}


@dataclass(frozen=True, slots=True)
class CellCount:
    """How many findings of one part of an audit are in one cell, and what they are worth."""

    audit_id: int
    key: str
    currency: str
    cell: Cell
    count: int
    value_cents: int
    valued: int


def count_cells(
    session: Session, audit_ids: Collection[int], part: str, *, with_worth: bool = False
) -> list[CellCount]:
    """Count the expected findings of audits by one part and cell.

    :param part: WHOLE, ROOM or one of WORDS.
    :param with_worth: with their currency and value, which other tables hold.
    """
    if not audit_ids:
        return []
    kept = select(
        AuditTally.audit_id,
        AuditTally.key,
        AuditTally.currency,
        AuditTally.cell,
        AuditTally.count,
        AuditTally.value_cents,
        AuditTally.valued,
    ).where(AuditTally.audit_id.in_(list(audit_ids)), AuditTally.part == part)
    changed = _changed(audit_ids)
    now = _group(changed, changed.c.cell, part, 1, with_worth=with_worth)
    before = _group(changed, changed.c.tallied, part, -1, with_worth=with_worth)
    before = before.where(changed.c.tallied.is_not(None))
    sums: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    rows: Iterable[Any] = session.execute(union_all(kept, now, before))
    for audit_id, key, currency, cell, count, value, valued in rows:
        found = sums[audit_id, key, currency, cell]
        found[0], found[1], found[2] = found[0] + count, found[1] + int(value), found[2] + valued
    return [
        CellCount(audit_id, key, currency, read_cell(cell), *numbers)
        for (audit_id, key, currency, cell), numbers in sums.items()
        if numbers[0]
    ]


def select_changed(audit_id: int, ids: Sequence[int] = ()) -> Select[Any]:
    """Return a select of what tallies do not hold yet, with all that they count it by.

    :param ids: of these findings alone.
    """
    changed = _changed([audit_id], ids)
    words = [func.coalesce(frozen(getattr(AuditMember, by), _LIVE[by]), "") for by in WORDS]
    statement = _join(changed, *WORDS)
    return statement.with_only_columns(
        changed.c.tallied,
        changed.c.cell,
        _key_of(changed, ROOM),
        *words,
        func.coalesce(CURRENCY, ""),
        func.count(),
        func.coalesce(func.sum(changed.c.value_cents), 0),
        func.count(changed.c.value_cents),
    ).group_by(*map(literal_column, "1234567"))


def select_first(audit_id: int) -> Select[Any]:
    """Return the same select of an expected list that was made now, all of it as frozen."""
    words = (func.coalesce(getattr(AuditMember, by), "") for by in WORDS)
    return (
        select(
            null(),
            literal(FIRST_CELL),
            func.coalesce(cast(Finding.recorded_location_id, Text), ""),
            *words,
            func.coalesce(AuditMember.currency, ""),
            func.count(),
            func.coalesce(func.sum(Finding.value_cents), 0),
            func.count(Finding.value_cents),
        )
        .join(
            AuditMember,
            and_(
                AuditMember.audit_id == Finding.audit_id, AuditMember.asset_id == Finding.asset_id
            ),
        )
        .where(Finding.audit_id == audit_id, Finding.is_expected)
        .group_by(*map(literal_column, "34567"))
    )


def _changed(audit_ids: Collection[int], ids: Sequence[int] = ()) -> FromClause:
    """Return the expected findings of which the tallies do not say what they are now."""
    columns = (
        Finding.audit_id,
        Finding.asset_id,
        Finding.recorded_location_id,
        Finding.recorded_custodian_id,
        Finding.value_cents,
        Finding.tallied,
        literal_column(CELL_SQL, Finding.tallied.type).label("cell"),
    )
    # As the index has it, word by word.
    statement = select(*columns).where(Finding.audit_id.in_(list(audit_ids)), text(UNTALLIED_SQL))
    if ids:
        statement = statement.where(Finding.id.in_(ids))
    return statement.subquery("changed")


def _key_of(changed: FromClause, part: str) -> Any:
    if part == ROOM:
        return func.coalesce(cast(changed.c.recorded_location_id, Text), "")
    if part == WHOLE:
        return literal("", Text)
    return func.coalesce(frozen(getattr(AuditMember, part), _LIVE[part]), "")


def _join(changed: FromClause, *parts: str) -> Select[Any]:
    """Return a select of changed findings with the tables that name what they are counted by."""
    is_member = and_(
        AuditMember.audit_id == changed.c.audit_id, AuditMember.asset_id == changed.c.asset_id
    )
    statement = (
        select(changed)
        .outerjoin(AuditMember, is_member)
        .outerjoin(Asset, Asset.id == changed.c.asset_id)
    )
    if "location" in parts:
        statement = statement.outerjoin(Location, Location.id == changed.c.recorded_location_id)
    if "category" in parts:
        statement = statement.outerjoin(Category, Category.id == Asset.category_id)
    if "custodian" in parts:
        statement = statement.outerjoin(Person, Person.id == changed.c.recorded_custodian_id)
    return statement


def _group(
    changed: FromClause, cell: Any, part: str, sign: int, *, with_worth: bool
) -> Select[Any]:
    # By their places in the list: PostgreSQL takes two texts with parameters for two expressions.
    groups: list[ColumnElement[Any]] = [literal_column(place) for place in "1234"]
    one: ColumnElement[int] = literal_column(str(sign))
    if not with_worth and part in (WHOLE, ROOM):
        zero: ColumnElement[int] = literal_column("0")
        columns = (literal("", Text).label("currency"), cell, one * func.count(), zero, zero)
        key = _key_of(changed, part)
        return select(changed.c.audit_id, key, *columns).group_by(*groups)
    return (
        _join(changed, part)
        .with_only_columns(
            changed.c.audit_id,
            _key_of(changed, part),
            func.coalesce(CURRENCY, ""),
            cell,
            one * func.count(),
            one * func.coalesce(func.sum(changed.c.value_cents), 0),
            one * func.count(changed.c.value_cents),
        )
        .group_by(*groups)
    )


def read_groups(rows: Iterable[Any]) -> Iterator[tuple[str, str, str, int, int, int, int]]:
    """Yield what changes each tally, as part, key, currency, cell, count, value and valued.

    :param rows: as `select_changed` returns them.
    """
    for before, now, room, location, category, custodian, currency, *numbers in rows:
        count, value, valued = (int(number) for number in numbers)
        keys = {
            WHOLE: "",
            ROOM: room,
            **dict(zip(WORDS, (location, category, custodian), strict=True)),
        }
        for part, key in keys.items():
            yield part, key, currency, now, count, value, valued
            if before is not None:
                yield part, key, currency, before, -count, -value, -valued
