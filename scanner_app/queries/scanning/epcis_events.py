"""Scans as observations for EPCIS, in chunks; assets and places by the URI that they had then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from urllib.parse import quote

from sqlalchemy import ColumnElement, Row, Select, and_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.epc.keys import digital_link
from scanner_app.domain.epcis import Observation
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.scanning.intents import EVENT_INTENTS, Intent
from scanner_app.models import Asset, Audit, Identifier, Location, Scan
from scanner_app.sql.conditions import took_effect, undoes

CHUNK = 1000
# What identifies an asset to the world, the best first. Our own address is the last resort.
KEYS = {"giai": "8004", "grai": "8003", "sgtin": "01"}

_undo = aliased(Scan, name="undo")
# asset, scheme, value, from, until
_Label = tuple[str, str, datetime, datetime | None]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which scans to export: those of an audit, or those recorded from `since` up to `until`."""

    audit_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def check_filter(session: Session, wanted: EventFilter) -> None:
    """Raise unless a filter names something.

    :raises Invalid: it names nothing, or a range that ends before it begins.
    :raises NotFound: the audit does not exist.
    """
    if wanted.audit_id is not None:
        if wanted.audit_id > MAX_ID or session.get(Audit, wanted.audit_id) is None:
            raise NotFound(f"Audit {wanted.audit_id} does not exist.")
    elif wanted.since is None:
        text = "Give an audit, or the time since when scans were recorded."
        raise Invalid(text, errors={"since": [text]})
    if wanted.since and wanted.until and wanted.until <= wanted.since:
        text = "The range ends before it begins: until must be later than since."
        raise Invalid(text, errors={"until": [text]})


def stream_observations(
    session: Session, *, wanted: EventFilter, base_url: str
) -> Iterator[Observation]:
    """Return what a filter names, in the order in which it was recorded.

    A scan that was recorded before the range and undone within it comes once more: anyone who took
    it from an earlier export learns from its declaration that it was an error.

    :param base_url: our own address; assets and places without a GS1 key are named below it.
    """
    rows = chain(
        _stream(session, _select_scans(wanted)),
        _stream(session, _select_undone(wanted)) if wanted.since else (),
    )
    names = _Names(session, base_url.rstrip("/"))
    while chunk := list(_take(rows, CHUNK)):
        yield from names.observe(chunk)


def _stream(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Row[Any]]:
    return iter(
        session.execute(statement, execution_options={"stream_results": True, "yield_per": CHUNK})
    )


def _take(rows: Iterator[Row[Any]], count: int) -> Iterator[Row[Any]]:
    # islice would ask a cursor again that has ended.
    for _ in range(count):
        row = next(rows, None)
        if row is None:
            return
        yield row


_COLUMNS = (
    Scan.scan_id,
    Scan.intent,
    Scan.effective_at,
    Scan.recorded_at,
    Scan.asset_id,
    Scan.location_id,
    Scan.audit_id,
    Scan.condition,
    _undo.recorded_at.label("undone_at"),
)
_UNDOES = undoes(_undo)
_TELLS = and_(Scan.asset_id.is_not(None), Scan.intent.in_(EVENT_INTENTS), took_effect())


def _select_scans(wanted: EventFilter) -> Select[*tuple[Any, ...]]:
    conditions: list[ColumnElement[bool]] = [_TELLS]
    if wanted.audit_id is not None:
        conditions.append(Scan.audit_id == wanted.audit_id)
    if wanted.since is not None:
        conditions.append(Scan.recorded_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Scan.recorded_at < wanted.until)
    statement: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    return (
        statement.outerjoin(_undo, _UNDOES).where(*conditions).order_by(Scan.recorded_at, Scan.id)
    )


def _select_undone(wanted: EventFilter) -> Select[*tuple[Any, ...]]:
    conditions = [_TELLS, Scan.recorded_at < wanted.since, _undo.recorded_at >= wanted.since]
    if wanted.audit_id is not None:
        conditions.append(Scan.audit_id == wanted.audit_id)
    if wanted.until is not None:
        conditions.append(_undo.recorded_at < wanted.until)
    statement: Select[*tuple[Any, ...]] = select(*_COLUMNS)
    return (
        statement.join(_undo, _UNDOES)
        .where(_undo.intent == Intent.VOID, *conditions)
        .order_by(_undo.recorded_at, _undo.id)
    )


class _Names:
    """The URIs of assets, places and audits."""

    def __init__(self, session: Session, base_url: str) -> None:
        self._session = session
        self._base = base_url

    def observe(self, rows: Sequence[Row[Any]]) -> Iterator[Observation]:
        assets = {row.asset_id for row in rows}
        places = {row.location_id for row in rows if row.location_id is not None}
        tags = self._load(Asset.id, Asset.asset_tag, assets)
        codes = self._load(Location.id, Location.code, places)
        keys = self._labels(Identifier.asset_id, assets, tuple(KEYS))
        glns = self._labels(Identifier.location_id, places, ("gln",))
        for row in rows:
            place = row.location_id
            yield Observation(
                scan_id=row.scan_id,
                intent=row.intent,
                at=row.effective_at,
                recorded_at=row.recorded_at,
                epc=_name_asset(keys[row.asset_id], row.effective_at)
                or self._own("a", tags[row.asset_id]),
                place=(
                    (_name_place(glns[place], row.effective_at) or self._own("l", codes[place]))
                    if place is not None
                    else None
                ),
                audit=f"{self._base}/audits/{row.audit_id}" if row.audit_id is not None else None,
                is_damaged=row.condition == "damaged",
                undone_at=row.undone_at,
            )

    def _own(self, kind: str, name: str) -> str:
        return f"{self._base}/{kind}/{quote(name, safe='')}"

    def _load(self, key: Any, value: Any, ids: set[int]) -> dict[int, str]:
        rows = self._session.execute(select(key, value).where(key.in_(ids)))
        return {row[0]: row[1] for row in rows}

    def _labels(
        self, owner: Any, ids: set[int], schemes: tuple[str, ...]
    ) -> dict[int, list[_Label]]:
        found: dict[int, list[_Label]] = defaultdict(list)
        for holder, *label in self._session.execute(
            select(
                owner,
                Identifier.scheme,
                Identifier.value,
                Identifier.started_at,
                Identifier.ended_at,
            )
            .where(owner.in_(ids), Identifier.scheme.in_(schemes))
            .order_by(Identifier.started_at, Identifier.id)
        ):
            found[holder].append((label[0], label[1], label[2], label[3]))
        return found


def _worn(labels: Sequence[_Label], at: datetime) -> list[tuple[str, str]]:
    """Return the keys that were on a thing at a moment: events of last year keep their names."""
    return [
        (scheme, value)
        for scheme, value, started_at, ended_at in labels
        if started_at <= at and (ended_at is None or at < ended_at)
    ]


def _name_asset(labels: Sequence[_Label], at: datetime) -> str | None:
    worn = _worn(labels, at)
    for scheme, ai in KEYS.items():
        for name, value in worn:
            if name != scheme:
                continue
            if scheme == "sgtin":
                gtin, _, serial = value.partition(".")
                return digital_link((("01", gtin), ("21", serial))) if serial else None
            return digital_link(((ai, value),))
    return None


def _name_place(labels: Sequence[_Label], at: datetime) -> str | None:
    for _, value in _worn(labels, at):
        gln, _, extension = value.partition(".")
        elements = (("414", gln), ("254", extension)) if extension else (("414", gln),)
        return digital_link(elements)
    return None
