"""A picture of a shelf: kept as a draft, recorded once as sightings, undone as a whole.

What was found in it becomes scans through the same function as all scans (`services.scanning`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.decoding.picture.symbols import Decoded, Symbol
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.text import visible
from scanner_app.models import Scan, ScanPicture, ShelfShot
from scanner_app.queries.scanning.codes import CodeIndex, place_values, values_of
from scanner_app.queries.scanning.names import find_place_row
from scanner_app.services.scanning.record import record_scans
from scanner_app.sql.conditions import is_undone

# Nobody misses a draft that was not recorded within a day.
DRAFT_DAYS = 1
MAX_DRAFTS = 10
MAX_SHOWN = 80
# Problems of a text that cannot be a label: it is shown, but cannot be recorded.
UNFIT = frozenset({"empty", "too_long", "control_char", "surrogate", "secret"})
# What a label can mean that nobody records as seen on a shelf.
SET_ASIDE = frozenset({"person", "location"})
DEVICE = "shelf picture"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The results of a picture's scans; `is_repeat` if it was recorded before."""

    results: list[Answer]
    is_repeat: bool


def keep_shot(
    session: Session,
    *,
    shot_id: UUID,
    upload: bytes,
    decoded: Decoded,
    audit_id: int | None,
    actor: Actor,
    now: datetime,
    secret: str,
) -> UUID:
    """Store a picture with what was found in it, and return its id.

    The same id with the same file is the same picture. With another file it becomes a new picture.
    """
    digest, author = hashlib.sha256(upload).hexdigest(), actor.key
    ids = DerivedIds(secret, author)
    known = session.get(ShelfShot, shot_id)
    if known is not None:
        if known.actor == author and known.upload_sha256 == digest:
            return known.id
        # The person went back to the form and chose another picture.
        return keep_shot(
            session,
            shot_id=ids.make(shot_id, f"file {digest}"),
            upload=upload,
            decoded=decoded,
            audit_id=audit_id,
            actor=actor,
            now=now,
            secret=secret,
        )
    _forget_drafts(session, author, now)
    session.add(
        ShelfShot(
            id=shot_id,
            upload_sha256=digest,
            sha256=hashlib.sha256(decoded.picture).hexdigest(),
            picture=decoded.picture,
            width=decoded.width,
            height=decoded.height,
            symbols=_describe(shot_id, decoded.symbols, ids),
            taken_at=now,
            actor=author,
            actor_name=actor.name,
            audit_id=audit_id,
        )
    )
    session.flush()
    return shot_id


def _forget_drafts(session: Session, author: str, now: datetime) -> None:
    drafts = session.execute(
        select(ShelfShot.id, ShelfShot.taken_at)
        .where(ShelfShot.actor == author, ShelfShot.recorded_at.is_(None))
        .order_by(ShelfShot.taken_at.desc())
    ).all()
    oldest = now - timedelta(days=DRAFT_DAYS)
    gone = [
        row.id
        for index, row in enumerate(drafts)
        if index >= MAX_DRAFTS - 1 or row.taken_at < oldest
    ]
    if gone:
        session.execute(
            delete(ShelfShot).where(ShelfShot.id.in_(gone), ShelfShot.recorded_at.is_(None))
        )


def _describe(shot_id: UUID, symbols: Sequence[Symbol], ids: DerivedIds) -> list[dict[str, Any]]:
    """Return the symbols as they are stored: in reading order, each with the id of its scan."""
    described = []
    for number, symbol in enumerate(in_reading_order(symbols), 1):
        problem = read_code(symbol.code, symbology=symbol.symbology).problem
        is_unfit = problem in UNFIT
        # What cannot be recorded is stored only as it may be shown. A password is not stored at
        # all.
        text = visible(symbol.text)[:MAX_SHOWN] if is_unfit else symbol.code.strip(" \t\r\n")
        described.append(
            {
                "number": number,
                "text": "" if problem == "secret" else text,
                "symbology": symbol.symbology,
                "polygon": [[round(x, 1), round(y, 1)] for x, y in symbol.polygon],
                "scan_id": str(ids.make(shot_id, f"label {number}")),
                "problem": problem if is_unfit else None,
            }
        )
    return described


def in_reading_order(symbols: Sequence[Symbol]) -> list[Symbol]:
    """Return symbols row by row from the top, each row from the left."""
    if not symbols:
        return []
    boxes = [_box(symbol) for symbol in symbols]
    heights = sorted(bottom - top for _, top, _, bottom in boxes)
    step = max(heights[len(heights) // 2], 1.0) * 0.7
    order = sorted(range(len(symbols)), key=lambda i: boxes[i][1] + boxes[i][3])
    rows: list[list[int]] = []
    for index in order:
        middle = (boxes[index][1] + boxes[index][3]) / 2
        if rows:
            last = boxes[rows[-1][0]]
            if middle - (last[1] + last[3]) / 2 <= step:
                rows[-1].append(index)
                continue
        rows.append([index])
    return [symbols[i] for row in rows for i in sorted(row, key=lambda i: boxes[i][0])]


def _box(symbol: Symbol) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in symbol.polygon], [y for _, y in symbol.polygon]
    return min(xs), min(ys), max(xs), max(ys)


def record_shot(
    session: Session,
    *,
    shot_id: UUID,
    keep: Collection[int],
    place: str | None,
    actor: Actor,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
) -> Recorded:
    """Record the labels that were kept as sightings, with the picture as their evidence.

    The same picture again records nothing, whatever is kept then.

    :param keep: numbers of the labels.
    :param place: the code of the location where they were seen; None for no location.
    :raises NotFound: this actor has no such picture.
    :raises Invalid: no label is kept, or the location is not known.
    """
    shot = session.scalar(select(ShelfShot).where(ShelfShot.id == shot_id).with_for_update())
    if shot is None or shot.actor != actor.key:
        raise NotFound("This picture does not exist. Take it again.")
    if shot.recorded_at is not None:
        return Recorded([], is_repeat=True)
    shot.symbols = _set_aside(session, shot, rules)
    kept = [s for s in shot.symbols if s["number"] in keep and s["problem"] is None]
    if not kept:
        raise Invalid(
            "Keep at least one label, or take another picture.",
            errors={"keep": ["No label is kept."]},
        )
    shot.location_id = require_place(session, place, shot.taken_at) if place else None
    code = None
    if shot.location_id is not None:
        row = find_place_row(session.connection(), shot.location_id)
        code = row.code if row else None
    scans = [_make_sighting(shot, symbol, code) for symbol in kept]
    results = record_scans(session, scans=scans, actor=actor, now=now, skew=skew, rules=rules)
    stored = [a.scan_id for a in results if a.status in {Status.RECORDED, Status.REPEATED}]
    if stored:
        session.execute(
            insert(ScanPicture), [{"scan_id": UUID(i), "shot_id": shot.id} for i in stored]
        )
    shot.recorded_at = now
    session.flush()
    return Recorded(results, is_repeat=False)


def _set_aside(session: Session, shot: ShelfShot, rules: TagRules) -> list[dict[str, Any]]:
    """Return the labels of a picture with those of people and locations marked: neither is seen.

    Everyone who reads the register sees a recorded picture, so it keeps no badge's code.
    """
    symbols = [dict(symbol) for symbol in shot.symbols]
    fit = [symbol for symbol in symbols if symbol["problem"] is None]
    readings = [read_code(s["text"], symbology=s["symbology"], rules=rules) for s in fit]
    values = {value for reading in readings for value in values_of(reading)}
    index = CodeIndex(session.connection(), values)
    for symbol, reading in zip(fit, readings, strict=True):
        kind = index.find(reading, at=shot.taken_at).kind
        if kind in SET_ASIDE:
            symbol |= {"problem": kind, "text": "" if kind == "person" else symbol["text"]}
    return symbols


def _make_sighting(shot: ShelfShot, symbol: Mapping[str, Any], place: str | None) -> NewScan:
    return NewScan(
        scan_id=UUID(symbol["scan_id"]),
        code=symbol["text"],
        intent=Intent.SIGHTING,
        scanned_at=shot.taken_at,
        symbology=symbol["symbology"],
        source="photo",
        location=place,
        audit=shot.audit_id,
        device=DEVICE,
    )


def require_place(session: Session, place: str, at: datetime) -> int:
    values = place_values(place)
    meaning = CodeIndex(session.connection(), values).find_place(values, at)
    if meaning.kind != "location" or meaning.id is None:
        raise Invalid(
            "This location is not known. Choose another one.",
            errors={"place": ["That location does not exist."]},
        )
    return meaning.id


def undo_shot(
    session: Session,
    *,
    shot_id: UUID,
    actor: Actor,
    now: datetime,
    skew: timedelta,
    rules: TagRules,
    secret: str,
) -> list[Answer]:
    """Undo every sighting of a picture that is not undone yet. Return one result for each.

    :raises NotFound: this actor has no such recorded picture.
    """
    shot = session.scalar(select(ShelfShot).where(ShelfShot.id == shot_id).with_for_update())
    if shot is None or shot.actor != actor.key or shot.recorded_at is None:
        raise NotFound("This recorded picture does not exist.")
    standing = session.execute(
        select(Scan.scan_id, Scan.code)
        .join(ScanPicture, ScanPicture.scan_id == Scan.scan_id)
        .where(
            ScanPicture.shot_id == shot.id,
            Scan.outcome != Outcome.REFUSED,
            ~is_undone(),
        )
        .order_by(Scan.id)
    ).all()
    ids = DerivedIds(secret, actor.key)
    scans = [
        NewScan(
            scan_id=ids.make(row.scan_id, "undo"),
            code=row.code,
            intent=Intent.VOID,
            scanned_at=now,
            source="photo",
            voids=row.scan_id,
            device=DEVICE,
        )
        for row in standing
    ]
    if not scans:
        return []
    return record_scans(session, scans=scans, actor=actor, now=now, skew=skew, rules=rules)
