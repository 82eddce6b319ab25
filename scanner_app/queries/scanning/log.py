"""The scan log, read: newest first, with what each scan resolved to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.scanning.answer import Answer, decode_answer
from scanner_app.models import Asset, Location, Person, Scan
from scanner_app.sql.conditions import is_passing_tag, is_undone

# How far back in the log a person's own last scans are searched. There is no index on the actor,
# because every scan would pay for it; without this bound the page of a person who never scanned
# would read the whole log.
OWN_AMONG = 20_000


@dataclass(frozen=True, slots=True)
class ScanRow:
    id: int
    scan_id: UUID
    code: str
    intent: str
    scanned_at: datetime
    recorded_at: datetime
    is_clock_suspect: bool
    symbology: str | None
    source: str | None
    asset: str | None
    asset_name: str | None
    location: str | None
    location_name: str | None
    custodian: str | None
    audit: int | None
    voids: UUID | None
    is_undone: bool
    condition: str | None
    note: str | None
    device: str | None
    actor: str
    outcome: str
    refusal: str | None
    answer: str
    message: str
    reader_said: str | None
    is_faint: bool


def find_answer(session: Session, *, scan_id: UUID) -> Answer | None:
    """Return the answer that a scan got, None if it is not in the log."""
    text = session.scalar(select(Scan.answer).where(Scan.scan_id == scan_id))
    return decode_answer(text) if text is not None else None


def list_scans(
    session: Session,
    *,
    asset_tag: str | None = None,
    audit_id: int | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    without_strangers: bool = False,
    limit: int = 100,
) -> list[ScanRow]:
    """Return scans, newest first, at most `limit`; `before_id` continues an earlier list.

    :param actor: only those of one actor, among the newest `OWN_AMONG` of the log.
    :param without_strangers: leave out the tags that mean nothing and that a reader passed.
    """
    wanted = _choose(
        session,
        asset_tag=asset_tag,
        audit_id=audit_id,
        actor=actor,
        since=since,
        before_id=before_id,
        without_strangers=without_strangers,
        limit=limit,
    )
    return [_make_row(*found) for found in session.execute(_with_names(wanted))]


def _choose(
    session: Session,
    *,
    asset_tag: str | None,
    audit_id: int | None,
    actor: str | None,
    since: datetime | None,
    before_id: int | None,
    without_strangers: bool,
    limit: int,
) -> Select[int]:
    """Return the statement for the ids of the rows.

    Names and undos are then looked up for those alone, and not for the fifty thousand scans of an
    audit before they are sorted.
    """
    wanted = select(Scan.id).order_by(Scan.id.desc()).limit(limit)
    if asset_tag is not None:
        of_asset = select(Asset.id).where(Asset.tag_key == tag_key(asset_tag))
        wanted = wanted.where(Scan.asset_id.in_(of_asset))
    if audit_id is not None:
        wanted = wanted.where(Scan.audit_id == audit_id)
    if actor is not None:
        # A separate select: PostgreSQL does not see that a computed bound leaves few rows.
        newest = session.scalar(select(func.max(Scan.id))) or 0
        wanted = wanted.where(Scan.actor == actor, Scan.id > newest - OWN_AMONG)
    if since is not None:
        wanted = wanted.where(Scan.recorded_at >= since)
    if without_strangers:
        wanted = wanted.where(~is_passing_tag())
    if before_id is not None:
        wanted = wanted.where(Scan.id < before_id)
    return wanted


def _with_names(wanted: Select[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Scan,
            Asset.asset_tag,
            Asset.name,
            Location.code,
            Location.name,
            Person.number,
            Person.name,
            is_undone(),
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .outerjoin(Person, Person.id == Scan.person_id)
        .where(Scan.id.in_(wanted))
        .order_by(Scan.id.desc())
    )


def _make_row(
    scan: Scan,
    tag: str | None,
    name: str | None,
    place_code: str | None,
    place_name: str | None,
    number: str | None,
    person_name: str | None,
    undone: bool,
) -> ScanRow:
    answer = decode_answer(scan.answer)
    return ScanRow(
        scan.id,
        scan.scan_id,
        scan.code,
        scan.intent.value,
        scan.scanned_at,
        scan.recorded_at,
        scan.is_clock_suspect,
        scan.symbology,
        scan.source,
        tag,
        name,
        place_code,
        place_name,
        number or person_name,
        scan.audit_id,
        scan.voids,
        undone,
        scan.condition,
        scan.note,
        scan.device,
        scan.actor_name,
        scan.outcome.value,
        scan.refusal,
        answer.answer.value,
        answer.message,
        scan.reader_said,
        scan.is_faint,
    )
