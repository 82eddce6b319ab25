"""The parts of a report from which anybody computes its findings again: scans, acts, places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import FIGURE_FORMULAS, Tally
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.leaves import show_moment
from scanner_app.domain.seals.long_parts import LongList, Rooted
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.models import (
    AuditMatch,
    AuditPicture,
    Finding,
    Location,
    Scan,
    ScanPicture,
    ShelfShot,
)
from scanner_app.queries.access import load_owners
from scanner_app.queries.audits.reconciling.matches import list_matches
from scanner_app.queries.audits.records.findings import list_undone
from scanner_app.queries.audits.records.scans import FrozenWords, read_scan_rows
from scanner_app.queries.seals.leaves import read_acts_of
from scanner_app.services.files.signatures import load_signature

LATE_REFUSAL = "audit_not_counting"


def show_scans(session: Session, audit_id: int, words: FrozenWords) -> Rooted:
    """Return every scan that was made for an audit, whether it counts, and the root over them."""
    undone = list_undone(session, audit_id)

    def read() -> Iterator[dict[str, Any]]:
        for row in read_scan_rows(session, audit_id, words):
            is_undone = row.id in undone
            counts = row.may_count and not is_undone
            yield {
                "scan_id": row.leaf["scan_id"],
                "asset_tag": row.asset_tag,
                "location": row.location,
                "person": row.person,
                "counts": counts or _why_not(row.leaf, is_undone=is_undone, waits=row.waits),
                "leaf": row.leaf,
            }

    return Rooted(LongList(read))


def show_matches(session: Session, audit_id: int) -> list[dict[str, Any]]:
    """Return the unknown labels that were matched with assets, each with its scans."""
    scans: dict[str, list[str]] = defaultdict(list)
    for key, scan_id in session.execute(
        select(AuditMatch.code_key, Scan.scan_id)
        .join(Scan, and_(Scan.audit_id == audit_id, Scan.code_key == AuditMatch.code_key))
        .where(AuditMatch.audit_id == audit_id, Scan.asset_id.is_(None))
        .order_by(Scan.id)
    ):
        scans[key].append(str(scan_id))
    return [
        {
            "code": match.code,
            "asset": match.asset_id,
            "asset_tag": match.asset_tag,
            "becomes_code": match.becomes_code,
            "by": match.by,
            "at": show_moment(match.at),
            "note": match.note,
            "scan_ids": scans[match.code_key],
        }
        for match in list_matches(session, audit_id)
    ]


def _why_not(leaf: Mapping[str, Any], *, is_undone: bool, waits: bool) -> str:
    if is_undone:
        return "undone"
    if waits:
        return "held"
    if leaf["refusal"] == LATE_REFUSAL:
        return "late"
    return "refused" if leaf["outcome"] == "refused" else "no_sighting"


def show_acts(session: Session, audit_id: int) -> dict[str, Any]:
    """Return every act of an audit, and the root over them."""
    return _with_root([leaf for _id, leaf in read_acts_of(session, audit_id)])


def _with_root(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    root = root_of_items(dump_canonical(dict(item)) for item in items)
    return {"count": len(items), "root": root.hex(), "items": list(items)}


def show_places(session: Session, audit_id: int, words: FrozenWords) -> dict[str, dict[str, Any]]:
    """Return the locations of an audit, and all that contain them: what each is in, its kind."""
    scanned = session.scalars(
        select(Scan.location_id)
        .where(Scan.audit_id == audit_id, Scan.location_id.is_not(None))
        .distinct()
    )
    outside = session.scalars(
        select(Finding.seen_location_id)
        .where(Finding.audit_id == audit_id, Finding.seen_location_id.is_not(None))
        .distinct()
    )
    wanted = {*scanned, *outside, *words.places}
    paths = session.execute(select(Location.id, Location.path)).all()
    ids = {int(part) for id_, path in paths if id_ in wanted for part in path.strip("/").split("/")}
    rows = [
        row
        for row in session.execute(
            select(Location.id, Location.code, Location.parent_id, Location.kind)
        )
        if row.id in ids
    ]
    by_id = {row.id: words.places.get(row.id, row.code) for row in rows}
    return {by_id[row.id]: {"in": by_id.get(row.parent_id), "kind": row.kind} for row in rows}


def show_figures(tally: Tally) -> list[dict[str, Any]]:
    """Return each figure as part and whole, with its formula."""
    return [
        {
            "name": name,
            "currency": currency,
            "part": part,
            "whole": whole,
            "formula": FIGURE_FORMULAS[name],
        }
        for name, currency, part, whole in tally.list_figures()
    ]


def show_statements(session: Session, acts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what people stated about an audit, in their words, with the lines of signatures."""
    statements = []
    for act in acts:
        if act["kind"] != ActKind.STATEMENT:
            continue
        signature = load_signature(session, act["about"].get("signature", ""))
        statements.append(
            {
                "at": act["at"],
                "name": act["actor_name"],
                "person": act["person_key"],
                "text": act["text"],
                "as": act["about"].get("as"),
                "signature": signature.to_json() if signature else None,
            }
        )
    return statements


def show_pictures(session: Session, audit_id: int) -> list[dict[str, Any]]:
    """Return the pictures of an audit by their hashes, and which scans or findings each is of."""
    rows = session.execute(
        select(ShelfShot.sha256, ShelfShot.taken_at, ShelfShot.actor_name, Scan.scan_id)
        .join(ScanPicture, ScanPicture.shot_id == ShelfShot.id)
        .join(Scan, Scan.scan_id == ScanPicture.scan_id)
        .where(Scan.audit_id == audit_id)
        .order_by(ShelfShot.taken_at, ShelfShot.sha256, Scan.id)
    )
    found: dict[str, dict[str, Any]] = {}
    for sha256, taken_at, by, scan_id in rows:
        picture = found.setdefault(
            sha256, {"sha256": sha256, "taken_at": show_moment(taken_at), "by": by, "about": []}
        )
        picture["about"].append(str(scan_id))
    for sha256, taken_at, by, finding_id in _read_added(session, audit_id):
        picture = found.setdefault(
            sha256, {"sha256": sha256, "taken_at": show_moment(taken_at), "by": by, "about": []}
        )
        picture.setdefault("findings", []).append(finding_id)
    return list(found.values())


def _read_added(session: Session, audit_id: int) -> Sequence[Any]:
    """Return the pictures that people added to findings, or to their answers about them."""
    return session.execute(
        select(
            AuditPicture.sha256, AuditPicture.taken_at, AuditPicture.actor_name,
            AuditPicture.finding_id,
        )
        .where(AuditPicture.audit_id == audit_id)
        .order_by(AuditPicture.id)
    ).all()  # fmt: skip


def load_persons(session: Session, actors: set[str]) -> dict[str, str]:
    """Return the person behind each account and token; a token of nobody is named by its key."""
    owners = load_owners(session, actors)
    return {actor: owners.get(actor, actor) for actor in actors}
