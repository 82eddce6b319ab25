"""The work that there is to do: audits that are open, what is overdue, what is missing nearby."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.accuracy import EXPECTED
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.narrowing import LATE, Due
from scanner_app.models import Asset, AssetModel, Audit, Location, Person, Scan
from scanner_app.queries.audits.counted.states import count_by_state
from scanner_app.queries.register.narrowing import is_due, is_overdue
from scanner_app.queries.scanning.log import OWN_AMONG

WEEK = 7


@dataclass(frozen=True, slots=True)
class OpenAudit:
    """An audit that is counted or reconciled; `undecided` differences have no decision yet."""

    id: int
    name: str
    state: AuditState
    is_blind: bool
    due_on: date | None
    expected: int
    seen: int
    undecided: int


@dataclass(frozen=True, slots=True)
class RegisterSummary:
    """The register in a few figures."""

    total: int
    by_stage: dict[str, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class AssetLine:
    """An asset in a short list: what it is, who has it or where it was seen last."""

    asset_tag: str
    name: str
    custodian: str | None
    due_at: datetime | None
    last_seen_at: datetime | None
    last_seen_location: str | None


def load_summary(session: Session, *, now: datetime) -> RegisterSummary:
    """Return the number of assets by status, and of check-outs that are past their date."""
    counts = {
        stage.value: count
        for stage, count in session.execute(
            select(Asset.status, func.count()).group_by(Asset.status)
        )
    }
    overdue = session.scalar(select(func.count(Asset.id)).where(*is_overdue(now)))
    return RegisterSummary(sum(counts.values()), counts, overdue or 0)


def count_due(session: Session, *, now: datetime) -> dict[Due, int]:
    """Return how many check-outs are in each class of lateness."""
    sums = [func.sum(case((and_(*is_due(due, now)), 1), else_=0)) for due in LATE]
    row = session.execute(select(*sums).where(*is_overdue(now))).one()
    return {due: int(number or 0) for due, number in zip(LATE, row, strict=True)}


def count_due_by_day(session: Session, *, now: datetime) -> dict[date, int]:
    """Return how many check-outs are due on each of the next seven days, today first."""
    first = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo)
    days = [first + timedelta(days=number) for number in range(WEEK)]
    found = dict.fromkeys((day.date() for day in days), 0)
    due = session.scalars(
        select(Asset.due_at).where(
            Asset.status == Stage.IN_USE,
            Asset.due_at >= first,
            Asset.due_at < first + timedelta(days=WEEK),
        )
    )
    for moment in due:
        if moment is not None:
            found[moment.date()] += 1
    return found


def list_overdue(session: Session, *, now: datetime, limit: int) -> list[AssetLine]:
    """Return the check-outs that are past their date, the longest overdue first."""
    wanted = _select_lines().where(*is_overdue(now)).order_by(Asset.due_at, Asset.id)
    return _read_lines(session, wanted.limit(limit))


def list_with_status(session: Session, status: Stage, *, limit: int) -> list[AssetLine]:
    """Return assets in a status, what changed last first."""
    wanted = _select_lines().where(Asset.status == status).order_by(Asset.updated_at.desc())
    return _read_lines(session, wanted.limit(limit))


@dataclass(frozen=True, slots=True)
class MissingNearby:
    """What is missing on the site of somebody's last scan, or anywhere; with its number."""

    site_code: str | None
    site_name: str | None
    count: int
    assets: list[AssetLine]


def find_missing_nearby(session: Session, *, actor: str, limit: int) -> MissingNearby:
    """Return what is missing near where somebody scanned last, what was seen last first."""
    site = _find_site(session, actor)
    conditions = [Asset.status == Stage.MISSING]
    if site is not None:
        inside = select(Location.id).where(Location.path.startswith(site.path))
        conditions.append(Asset.location_id.in_(inside))
    count = session.scalar(select(func.count(Asset.id)).where(*conditions)) or 0
    wanted = _select_lines().where(*conditions).order_by(
        Asset.last_seen_at.is_(None), Asset.last_seen_at.desc(), Asset.id
    )  # fmt: skip
    return MissingNearby(
        site.code if site is not None else None,
        site.name if site is not None else None,
        count,
        _read_lines(session, wanted.limit(limit)) if count else [],
    )


def _find_site(session: Session, actor: str) -> Any:
    newest = session.scalar(select(func.max(Scan.id))) or 0
    path = session.scalar(
        select(Location.path)
        .join(Scan, Scan.location_id == Location.id)
        .where(Scan.actor == actor, Scan.id > newest - OWN_AMONG)
        .order_by(Scan.id.desc())
        .limit(1)
    )
    if path is None:
        return None
    site_id = int(path.strip("/").split("/")[0])
    return session.execute(
        select(Location.code, Location.name, Location.path).where(Location.id == site_id)
    ).one_or_none()


def _select_lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Asset.asset_tag,
            func.coalesce(func.nullif(Asset.name, ""), AssetModel.name, ""),
            Person.name,
            Asset.due_at,
            Asset.last_seen_at,
            Location.full_name,
        )
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .outerjoin(Person, Person.id == Asset.custodian_id)
        .outerjoin(Location, Location.id == Asset.last_seen_location_id)
    )


def _read_lines(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[AssetLine]:
    return [AssetLine(*row) for row in session.execute(wanted)]


def list_open_audits(session: Session) -> list[OpenAudit]:
    """Return the audits that are being counted or reconciled, newest first."""
    rows = session.execute(
        select(Audit.id, Audit.name, Audit.state, Audit.is_blind, Audit.due_on)
        .where(Audit.state.in_((AuditState.COUNTING, AuditState.RECONCILING)))
        .order_by(Audit.id.desc())
    ).all()
    return [_show_open(session, row) for row in rows]


def _show_open(session: Session, row: Any) -> OpenAudit:
    counts = count_by_state(session, row.id)
    expected = sum(counts[state].total for state in EXPECTED)
    return OpenAudit(
        row.id,
        row.name,
        row.state,
        row.is_blind,
        row.due_on,
        expected=expected,
        seen=expected - counts[FindingState.MISSING].total,
        undecided=sum(count.undecided for count in counts.values()),
    )
