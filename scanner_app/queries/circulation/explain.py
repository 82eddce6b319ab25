"""Which rule decides: each column with the rule that gave it, for a place, a person and a thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.due import find_due
from scanner_app.domain.circulation.rule_columns import RULE_COLUMNS, show_column
from scanner_app.models import Asset, Location
from scanner_app.queries.circulation.rule_rows import list_rules
from scanner_app.queries.circulation.rules import load_lending
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.register.people import PersonRow


@dataclass(frozen=True, slots=True)
class Decided:
    """One column: what holds, and the rule that says so; None if no rule does."""

    name: str
    label: str
    value: str
    rule_id: int | None
    holds_for: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What holds for a place, a person and a thing.

    :param due_at: when it would be due back if it were lent now.
    """

    columns: list[Decided]
    due_at: datetime | None
    zone: str


def explain(
    session: Session,
    *,
    place: str = "",
    person: PersonRow | None = None,
    asset_tag: str = "",
    zone: str,
    now: datetime,
) -> Explanation:
    """Return what holds, column by column. What is not known by its code is left out.

    :param place: the code of a location; empty for the place of the asset.
    """
    asset = session.execute(
        select(Asset.id, Asset.location_id).where(Asset.asset_tag == asset_tag)
    ).one_or_none()
    place_id = find_location_id(session, place) if place else None
    if place_id is None and asset is not None:
        place_id = asset.location_id
    path = session.scalar(select(Location.path).where(Location.id == place_id)) or ""
    lending = load_lending(
        session,
        zone=zone,
        person_ids=[person.id] if person else [],
        asset_ids=[asset.id] if asset else [],
    )
    found = lending.rule_at(
        path, person_id=person.id if person else None, asset_id=asset.id if asset else None
    )
    names = {row.id: row.holds_for for row in list_rules(session)}
    decided = found.decided_by or {}
    columns = [
        Decided(
            name,
            row.label,
            show_column(name, getattr(found, name) if name in decided else None),
            decided.get(name),
            names[decided[name]] if name in decided else "",
        )
        for name, row in RULE_COLUMNS.items()
    ]
    at_zone = lending.zone_at(path)
    due_at = find_due(now, found, zone=at_zone, closed=lending.closed_at(path))
    return Explanation(columns, due_at, at_zone)
