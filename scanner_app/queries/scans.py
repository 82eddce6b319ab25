"""The scan log, read: newest first, with what each scan resolved to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.custody import Outcome
from scanner_app.models import Asset, Location, Person, Scan

# How far back in the log somebody's own last scans are looked for. Whoever never scanned has the
# page at once: there is no index on the actor, which each scan would pay for.
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
    """Give scans, newest first, at most `limit`; `before_id` continues an earlier list.

    :param actor: only those of somebody, among the newest `OWN_AMONG` of the log.
    :param without_strangers: leave out the tags that mean nothing and that a reader passed.
    """
    # Which ones, first: what is joined to a scan, and whether it was undone, is then looked up
    # for those alone, and not for the fifty thousand of an audit before they are sorted.
    wanted = select(Scan.id).order_by(Scan.id.desc()).limit(limit)
    if asset_tag is not None:
        of_asset = select(Asset.id).where(Asset.tag_key == tag_key(asset_tag))
        wanted = wanted.where(Scan.asset_id.in_(of_asset))
    if audit_id is not None:
        wanted = wanted.where(Scan.audit_id == audit_id)
    if actor is not None:
        # Asked for first: PostgreSQL does not see that a bound that it computes leaves few.
        newest = session.scalar(select(func.max(Scan.id))) or 0
        wanted = wanted.where(Scan.actor == actor, Scan.id > newest - OWN_AMONG)
    if since is not None:
        wanted = wanted.where(Scan.recorded_at >= since)
    if without_strangers:
        is_stranger = and_(
            Scan.outcome == Outcome.UNREGISTERED, func.coalesce(Scan.source, "") == "rfid"
        )
        wanted = wanted.where(~is_stranger)
    if before_id is not None:
        wanted = wanted.where(Scan.id < before_id)
    undo = aliased(Scan)
    undone = (
        select(undo.id)
        .where(undo.voids == Scan.scan_id, undo.outcome.in_((Outcome.APPLIED, Outcome.NOTED)))
        .exists()
    )
    statement = (
        select(
            Scan,
            Asset.asset_tag,
            Asset.name,
            Location.code,
            Location.name,
            Person.number,
            Person.name,
            undone,
        )
        .outerjoin(Asset, Asset.id == Scan.asset_id)
        .outerjoin(Location, Location.id == Scan.location_id)
        .outerjoin(Person, Person.id == Scan.person_id)
        .where(Scan.id.in_(wanted))
        .order_by(Scan.id.desc())
    )
    rows = []
    for scan, tag, name, place_code, place_name, number, person_name, is_undone in session.execute(
        statement
    ):
        told = json.loads(scan.answer)
        rows.append(
            ScanRow(
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
                is_undone,
                scan.condition,
                scan.note,
                scan.device,
                scan.actor_name,
                scan.outcome.value,
                scan.refusal,
                told.get("answer", "fine"),
                told.get("message", ""),
            )
        )
    return rows
