"""Whether, and until when, the person who has a thing may extend the loan by the rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.circulation.due import extend_due
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.refusals import Refusal
from scanner_app.models import Asset, AssetModel, Custody, Location, Person, Scan
from scanner_app.queries.circulation.rules import load_lending
from scanner_app.queries.stockroom.reserved_soon import find_next_start
from scanner_app.sql.conditions import is_undone


@dataclass(frozen=True, slots=True)
class RunningLoan:
    """A loan with an end: who has what, and until when."""

    asset_id: int
    tag: str
    name: str
    person_id: int
    person: str
    due_at: datetime
    path: str

    @property
    def thing(self) -> str:
        return f"{self.tag} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Extension:
    """What an extension by the person would come to: a new due date, or why there is none."""

    due_at: datetime | None = None
    refusal: Refusal | None = None


def find_loan(
    session: Session, *, asset_id: int | None = None, custody_id: int | None = None
) -> RunningLoan | None:
    """Return the loan of an asset, or one by its id; None if it is over, or has no end."""
    is_it = Custody.asset_id == asset_id if custody_id is None else Custody.id == custody_id
    row = session.execute(
        select(
            Asset.id,
            Asset.asset_tag,
            func.coalesce(func.nullif(Asset.name, ""), AssetModel.name, ""),
            Person.id,
            Person.name,
            Custody.due_at,
            func.coalesce(Location.path, ""),
        )
        .join(Asset, Asset.id == Custody.asset_id)
        .join(Person, Person.id == Custody.person_id)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .outerjoin(Location, Location.id == Asset.location_id)
        .where(is_it, Custody.ended_at.is_(None), Custody.due_at.is_not(None))
    ).one_or_none()
    return None if row is None else RunningLoan(*row)


def foresee_extension(
    session: Session, loan: RunningLoan, *, now: datetime, zone: str
) -> Extension:
    """Return what comes of an extension by the person who has the thing.

    A rule has to say how often: where none does, only a clerk extends.

    :param zone: the time zone of places that set none.
    """
    lending = load_lending(
        session, zone=zone, person_ids=[loan.person_id], asset_ids=[loan.asset_id]
    )
    rule = lending.rule_at(loan.path, person_id=loan.person_id, asset_id=loan.asset_id)
    used = count_extensions(session.connection(), [loan.asset_id]).get(loan.asset_id, 0)
    if rule.extensions is None or used >= rule.extensions:
        return Extension(refusal=Refusal.NO_EXTENSION_LEFT)
    local, closed = lending.zone_at(loan.path), lending.closed_at(loan.path)
    due_at = extend_due(loan.due_at, now, rule, zone=local, closed=closed)
    if due_at is None or due_at <= loan.due_at:
        return Extension(refusal=Refusal.NO_EXTENSION_LEFT)
    start = find_next_start(session, loan.asset_id, not_of=loan.person_id, now=now)
    if start is not None and due_at > start:
        return Extension(refusal=Refusal.RESERVED)
    return Extension(due_at)


def count_extensions(connection: Connection, asset_ids: Sequence[int]) -> dict[int, int]:
    """Return how often the running loan of each asset was extended; none is absent."""
    rows = connection.execute(
        select(Scan.asset_id, func.count())
        .join(Custody, (Custody.asset_id == Scan.asset_id) & Custody.ended_at.is_(None))
        .where(
            Scan.asset_id.in_(asset_ids),
            Scan.intent == Intent.EXTEND,
            Scan.outcome == Outcome.APPLIED,
            Scan.effective_at >= Custody.started_at,
            ~is_undone(),
        )
        .group_by(Scan.asset_id)
    )
    return {asset_id: count for asset_id, count in rows if asset_id is not None}
