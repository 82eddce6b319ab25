"""All scans of an audit as its report holds them: the leaf of each, and what it says in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.models import Asset, AuditMember, Finding, Location, Person, Scan
from scanner_app.queries.audits.members import frozen
from scanner_app.queries.audits.reconciling.matches import join_matches, seen_asset_id
from scanner_app.queries.seals.leaves import SCAN_COLUMNS, read_scan_leaves
from scanner_app.sql.conditions import is_waiting, may_count


@dataclass(frozen=True, slots=True)
class FrozenWords:
    """What locations and people were called when an audit froze them, by their ids."""

    places: dict[int | None, str]
    people: dict[int | None, str]


@dataclass(frozen=True, slots=True)
class ScanRow:
    """A scan of an audit: its leaf, and what it names in the words that the audit froze.

    :param may_count: it counts unless it was undone.
    :param waits: it arrived late, and nobody took it in.
    """

    id: int
    leaf: dict[str, Any]
    asset_tag: str | None
    location: str | None
    person: str | None
    may_count: bool
    waits: bool


def read_outside_rows(session: Session, audit_id: int, words: FrozenWords) -> Iterator[ScanRow]:
    """Yield the scans outside of an audit by which alone it knows of things, by their ids."""
    taken = select(Finding.outside_scan_id).where(
        Finding.audit_id == audit_id,
        Finding.is_expected,
        Finding.sightings == 0,
        Finding.state != FindingState.MISSING,
    )
    yield from read_scan_rows(session, audit_id, words, Scan.id.in_(taken))


def read_scan_rows(
    session: Session, audit_id: int, words: FrozenWords, condition: Any = None
) -> Iterator[ScanRow]:
    """Yield all scans that were made for an audit, in the order of their ids.

    :param condition: which scans, in place of all that were made for it.
    """
    is_member = and_(AuditMember.audit_id == audit_id, AuditMember.asset_id == seen_asset_id)
    statement = (
        join_matches(
            select(
                *SCAN_COLUMNS,
                frozen(AuditMember.asset_tag, Asset.asset_tag),
                Location.code,
                func.coalesce(Person.number, Person.name),
                may_count(),
                is_waiting(),
            ).select_from(Scan)
        )
        .outerjoin(AuditMember, is_member)
        .outerjoin(Asset, Asset.id == seen_asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .outerjoin(Person, Person.id == Scan.person_id)
        .where(Scan.audit_id == audit_id if condition is None else condition)
        .order_by(Scan.id)
    )
    for row, leaf in read_scan_leaves(session, statement):
        tag, place, person, counts, waits = row[-5:]
        yield ScanRow(
            row[0],
            leaf,
            tag,
            words.places.get(leaf["location"], place),
            words.people.get(leaf["person"], person),
            bool(counts),
            bool(waits),
        )


def load_words(session: Session, audit_id: int) -> FrozenWords:
    """Return the words that an audit froze: what was frozen first is called so."""
    return FrozenWords(
        _load_names(session, audit_id, AuditMember.location_id, AuditMember.location),
        _load_names(session, audit_id, AuditMember.custodian_id, AuditMember.custodian),
    )


def _load_names(session: Session, audit_id: int, key: Any, word: Any) -> dict[int | None, str]:
    """Return the word of each id; extras came later, and a later asset's word is the one."""
    newest: Any = func.max(AuditMember.asset_id)
    rows = session.execute(
        select(key, word)
        .where(AuditMember.audit_id == audit_id, key.is_not(None), word.is_not(None))
        .group_by(key, word, AuditMember.is_expected)
        .order_by(AuditMember.is_expected, newest)
    )
    return {id_: name for id_, name in rows}  # noqa: C416 - rows are no pairs
