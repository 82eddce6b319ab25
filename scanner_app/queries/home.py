"""What the start page shows: the register in figures, and which audits are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Asset, Audit, Finding, Person
from scanner_app.queries.register.assets import is_overdue


@dataclass(frozen=True, slots=True)
class OpenAudit:
    id: int
    name: str
    state: AuditState
    is_blind: bool
    expected: int
    seen: int


@dataclass(frozen=True, slots=True)
class RegisterSummary:
    """The register in a few figures."""

    total: int
    by_stage: dict[str, int]
    overdue: int


@dataclass(frozen=True, slots=True)
class Overdue:
    asset_tag: str
    name: str | None
    custodian: str | None
    due_at: datetime


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


def list_overdue(session: Session, *, now: datetime, limit: int) -> list[Overdue]:
    """Return the check-outs that are past their date, the longest overdue first."""
    rows = session.execute(
        select(Asset.asset_tag, Asset.name, Person.name, Asset.due_at)
        .outerjoin(Person, Person.id == Asset.custodian_id)
        .where(*is_overdue(now))
        .order_by(Asset.due_at, Asset.id)
        .limit(limit)
    )
    return [Overdue(tag, name, custodian, due) for tag, name, custodian, due in rows if due]


def list_open_audits(session: Session) -> list[OpenAudit]:
    """Return the audits that are being counted or reconciled, newest first."""
    seen = case((Finding.state != FindingState.MISSING, 1), else_=0)
    rows = session.execute(
        select(
            Audit.id,
            Audit.name,
            Audit.state,
            Audit.is_blind,
            func.count(Finding.id),
            func.coalesce(func.sum(seen), 0),
        )
        .outerjoin(Finding, (Finding.audit_id == Audit.id) & Finding.is_expected)
        .where(Audit.state.in_((AuditState.COUNTING, AuditState.RECONCILING)))
        .group_by(Audit.id)
        .order_by(Audit.id.desc())
    )
    return [
        OpenAudit(id_, name, state, is_blind, expected, int(got))
        for id_, name, state, is_blind, expected, got in rows
    ]
