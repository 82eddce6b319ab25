"""Locations in an audit: lifted to its depth, and where assets were seen in several of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, select, union_all
from sqlalchemy.orm import Session

from scanner_app.domain.audits.policy import PlaceDepth, depth_of
from scanner_app.domain.audits.spans import sighted_at
from scanner_app.domain.audits.travel import PlacedSighting, Spot
from scanner_app.domain.register.coordinates import Point
from scanner_app.models import Audit, AuditMatch, Finding, Location, Scan
from scanner_app.queries.audits.reconciling.matches import has_matches, join_matches, seen_asset_id
from scanner_app.sql.conditions import counts_as_sighting


def find_depth(session: Session, audit_id: int) -> PlaceDepth:
    """Return the depth at which an audit compares places."""
    return depth_of(session.scalar(select(Audit.policy).where(Audit.id == audit_id)) or {})


def lift_paths(
    session: Session, paths: Iterable[str | None], depth: PlaceDepth
) -> dict[str | None, str | None]:
    """Return each path up to the nearest location of the depth's kind that holds it, or is it.

    A path without such a location stays as it is. Lifting the recorded path is enough: what is
    inside of it stays inside, however far the path that was seen is lifted.
    """
    wanted = set(paths)
    if depth is PlaceDepth.EXACT:
        return {path: path for path in wanted}
    ids = {int(part) for path in wanted if path for part in path.strip("/").split("/")}
    if not ids:
        return {path: path for path in wanted}
    held = set(
        session.scalars(
            select(Location.path).where(Location.id.in_(sorted(ids)), Location.kind == depth.value)
        )
    )
    return {path: _lift(path, held) for path in wanted}


def _lift(path: str | None, held: set[str]) -> str | None:
    part = path or ""
    while part.strip("/"):
        if part in held:
            return part
        part = part.rstrip("/").rpartition("/")[0] + "/"
    return path


def load_placed(
    session: Session, audit_id: int, *conditions: Any
) -> dict[int, list[PlacedSighting]]:
    """Return the sightings of assets that were seen in several locations, by asset, oldest first.

    :param conditions: which findings are asked about; all if there are none.
    """
    # Without a match the index of assets serves it: a late scan asks for one asset.
    is_plain = not has_matches(session, audit_id)
    asset_id = Scan.asset_id if is_plain else seen_asset_id
    # One pass over the scans of the audit, whatever the planner believes of how many there are.
    sightings = select(
        Scan.id,
        asset_id.label("asset_id"),
        func.min(Scan.location_id).over(partition_by=asset_id).label("first"),
        func.max(Scan.location_id).over(partition_by=asset_id).label("last"),
    ).where(Scan.audit_id == audit_id, Scan.location_id.is_not(None), asset_id.is_not(None))
    if conditions:
        asked = select(Finding.asset_id).where(Finding.audit_id == audit_id, *conditions)
        sightings = sightings.where(
            Scan.asset_id.in_(asked) if is_plain else Scan.id.in_(_select_scans(audit_id, asked))
        )
    placed = (sightings if is_plain else join_matches(sightings)).subquery()
    statement = (
        select(
            placed.c.asset_id,
            Scan.effective_at,
            Scan.recorded_at,
            Location.path,
            func.coalesce(Scan.device, Scan.actor),
            Scan.scan_id,
        )
        .join(placed, placed.c.id == Scan.id)
        .join(Location, Location.id == Scan.location_id)
        .where(placed.c.first != placed.c.last, counts_as_sighting())
        .order_by(Scan.effective_at, Scan.id)
    )
    found: dict[int, list[PlacedSighting]] = defaultdict(list)
    for seen_id, at, recorded_at, *told in session.execute(statement):
        found[seen_id].append(PlacedSighting(sighted_at(at, recorded_at), *told))
    return {seen_id: sorted(seen, key=lambda one: one.at) for seen_id, seen in found.items()}


def _select_scans(audit_id: int, asset_ids: Select[int | None]) -> CompoundSelect[int]:
    """Return the ids of the scans of assets, and of the labels that are matched with them.

    Asked in two, each has an index: an expression over both would read all scans of the audit.
    """
    known = select(Scan.id).where(Scan.audit_id == audit_id, Scan.asset_id.in_(asset_ids))
    matched = join_matches(select(Scan.id)).where(
        Scan.audit_id == audit_id, Scan.asset_id.is_(None), AuditMatch.asset_id.in_(asset_ids)
    )
    return union_all(known, matched)


def load_spots(session: Session, paths: Iterable[str]) -> dict[str, Spot]:
    """Return kind and coordinates of each location that is on one of the paths, by its own path."""
    ids = sorted({int(part) for path in paths for part in path.strip("/").split("/")})
    rows = session.execute(
        select(Location.path, Location.kind, Location.latitude, Location.longitude).where(
            Location.id.in_(ids)
        )
    )
    return {
        path: Spot(kind, Point(north, east) if north is not None and east is not None else None)
        for path, kind, north, east in rows
    }
