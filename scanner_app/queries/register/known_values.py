"""Values that the register knows, offered where people would otherwise invent another spelling."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.spelling import find_nearest
from scanner_app.models import Asset
from scanner_app.queries.register.assets import list_categories

MAX_OFFERED = 500


def list_suppliers(session: Session) -> list[str]:
    """Return the names of suppliers in use, sorted."""
    rows = session.scalars(
        select(Asset.supplier)
        .where(Asset.supplier.is_not(None))
        .distinct()
        .order_by(Asset.supplier)
        .limit(MAX_OFFERED)
    )
    return [name for name in rows if name]


def suggest_category(session: Session, name: str) -> str | None:
    """Return the known category that is most like a name, or None if none is like it."""
    known = {one.casefold(): one for one in list_categories(session)}
    wanted = name.casefold()
    longer = [one for one in sorted(known) if one.startswith(wanted) or wanted.startswith(one)]
    nearest = longer[0] if longer else find_nearest(wanted, known)
    return known[nearest] if nearest else None
