"""Locations lifted to the depth at which an audit compares them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.policy import PlaceDepth, depth_of
from scanner_app.models import Audit, Location


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
