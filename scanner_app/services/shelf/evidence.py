"""A picture of one thing whose label means nothing, taken for the auditor with a person's words.

It is a sighting of the label like any other, through the same door, and the picture is its evidence
from the start: the log's seal covers both, so a picture is never added to a scan afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.decoding.picture.symbols import Decoded, Symbol
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import ScanPicture, ShelfShot
from scanner_app.queries.scanning.codes import CodeIndex, values_of
from scanner_app.services.scanning.record import record_scans
from scanner_app.services.shelf.shots import DEVICE, keep_shot, require_place


def record_evidence(
    session: Session,
    *,
    shot_id: UUID,
    upload: bytes,
    decoded: Decoded,
    scan: NewScan,
    actor: Actor,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
    secret: str,
) -> Answer | None:
    """Record a sighting of an unknown label with a picture. Return None if it was recorded before.

    :param scan: what was scanned before, where, in which audit, and the person's words as its note.
    :raises Invalid: the label means something: an asset has its pictures on its page, and a badge
        is not kept in a picture.
    :raises Conflict: the picture's id is that of another picture.
    """
    _require_unknown(session, scan, rules, now)
    kept = keep_shot(
        session,
        shot_id=shot_id,
        upload=upload,
        decoded=_label(decoded, scan),
        audit_id=scan.audit,
        actor=actor,
        now=now,
        secret=secret,
    )
    shot = session.scalars(select(ShelfShot).where(ShelfShot.id == kept).with_for_update()).one()
    if shot.recorded_at is not None:
        return None
    sighting = _make_sighting(shot, scan, now)
    [answer] = record_scans(session, scans=[sighting], actor=actor, now=now, skew=skew, rules=rules)
    if answer.status not in {Status.RECORDED, Status.REPEATED}:
        raise Conflict("This picture was not recorded. Take it again.")
    session.execute(insert(ScanPicture), [{"scan_id": sighting.scan_id, "shot_id": shot.id}])
    shot.location_id = require_place(session, scan.location, now) if scan.location else None
    shot.recorded_at = now
    session.flush()
    return answer


def _require_unknown(session: Session, scan: NewScan, rules: TagRules, now: datetime) -> None:
    reading = read_code(scan.code, symbology=scan.symbology, rules=rules)
    meaning = CodeIndex(session.connection(), set(values_of(reading))).find(reading, at=now)
    if meaning.kind != "unregistered":
        raise Invalid("This label is known by now. Scan it again to see what it is.")


def _label(decoded: Decoded, scan: NewScan) -> Decoded:
    """Return the picture with the label over all of it: it shows the thing, seldom the label."""
    wide, high = float(decoded.width), float(decoded.height)
    corners = ((0.0, 0.0), (wide, 0.0), (wide, high), (0.0, high))
    symbol = Symbol(scan.code, scan.code.encode(), scan.symbology or "", corners)
    return replace(decoded, symbols=(symbol,))


def _make_sighting(shot: ShelfShot, scan: NewScan, now: datetime) -> NewScan:
    """Return the sighting, with the id that a second delivery of the picture would have too."""
    [described] = shot.symbols
    if described["problem"] is not None:
        raise Invalid("This is not a label.")
    return scan._replace(
        scan_id=UUID(described["scan_id"]),
        intent=Intent.SIGHTING,
        scanned_at=now,
        source="photo",
        device=DEVICE,
    )
