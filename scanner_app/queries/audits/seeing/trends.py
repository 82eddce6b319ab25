"""Audits of one scope: the ones before, their figures, and what changed between two of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import APPLIED
from scanner_app.domain.audits.seeing.trends import (
    AuditFigures,
    Changes,
    Loss,
    Offender,
    find_offenders,
    to_part,
)
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Audit, AuditMember, Finding, Scan
from scanner_app.queries.audits.list import AuditRow, to_row
from scanner_app.queries.audits.members import CURRENCY, frozen, join_members
from scanner_app.queries.audits.tallies import PARTS, load_tallies, load_tally

# Audits of the same scope are looked for among this many.
MAX_SEARCHED = 500
# The newest of these are compared.
MAX_TREND = 12


def list_closed(session: Session) -> list[AuditRow]:
    """Return the closed audits, newest first."""
    rows = session.scalars(
        select(Audit)
        .where(Audit.state == AuditState.CLOSED, Audit.closed_at.is_not(None))
        .order_by(Audit.closed_at.desc(), Audit.id.desc())
        .limit(MAX_SEARCHED)
    )
    return [to_row(row) for row in rows]


def list_prior(session: Session, audit: AuditRow, *, limit: int) -> list[AuditRow]:
    """Return the closed audits of the same scope before this one, newest first."""
    prior = [
        one
        for one in list_closed(session)
        if one.scope == audit.scope
        and one.id != audit.id
        and (audit.closed_at is None or _order(one) < _order(audit))
    ]
    return prior[:limit]


def _order(audit: AuditRow) -> tuple[float, int]:
    return (audit.closed_at.timestamp() if audit.closed_at else 0.0, audit.id)


def load_figures(session: Session, audit: AuditRow) -> AuditFigures:
    """Return what an audit found."""
    tally = load_tally(session, audit.id)
    missing = _load_losses(session, audit.id)
    return AuditFigures(
        audit.id,
        audit.name,
        audit.closed_at,
        tally.show_counts(),
        tally.show_accuracy(),
        tally.foreign,
        tuple(
            Loss(currency, missing.get(currency, 0), tally.worth[currency].expected)
            for currency in sorted(tally.worth)
        ),
        _load_minutes(session, audit.id),
    )


def _load_losses(session: Session, audit_id: int) -> dict[str, int]:
    """Return the value of what was accepted as missing, by currency."""
    currency: Any = func.coalesce(CURRENCY, "")
    cents: Any = func.sum(Finding.value_cents)
    statement = join_members(select(currency, cents).select_from(Finding))
    statement = statement.outerjoin(Asset, Asset.id == Finding.asset_id)
    rows = session.execute(
        statement.where(
            Finding.audit_id == audit_id,
            Finding.state == FindingState.MISSING,
            Finding.decision.in_(APPLIED),
            Finding.value_cents.is_not(None),
        ).group_by(literal_column("1"))
    )
    found: dict[str, int] = defaultdict(int)
    for name, total in rows:
        found[name] += int(total)
    return found


def _load_minutes(session: Session, audit_id: int) -> float | None:
    """Return the minutes from the first to the last scan at a location, on average."""
    rows = session.execute(
        select(func.min(Scan.effective_at), func.max(Scan.effective_at))
        .where(Scan.audit_id == audit_id, Scan.location_id.is_not(None))
        .group_by(Scan.location_id)
    ).all()
    taken = [(last - first).total_seconds() / 60 for first, last in rows]
    return sum(taken) / len(taken) if taken else None


def compare_audits(session: Session, audit_id: int, earlier_id: int) -> Changes:
    """Return what changed of the assets that both audits expected, by the tags of the newer."""
    then = aliased(Finding)
    tag = frozen(AuditMember.asset_tag, Asset.asset_tag)
    pairs = (
        join_members(select(tag, then.state, Finding.state).select_from(Finding))
        .join(then, then.asset_id == Finding.asset_id)
        .outerjoin(Asset, Asset.id == Finding.asset_id)
        .where(
            Finding.audit_id == audit_id,
            Finding.is_expected,
            then.audit_id == earlier_id,
            then.is_expected,
        )
    )
    gone = FindingState.MISSING
    rows = session.execute(
        pairs.where((Finding.state == gone) | (then.state == gone)).order_by(tag)
    ).all()
    both = session.scalar(select(func.count()).select_from(pairs.subquery())) or 0
    return Changes(
        both,
        [name for name, was, now in rows if was is gone and now is gone],
        [name for name, was, now in rows if was is gone and now is not gone],
        [name for name, was, now in rows if was is not gone and now is gone],
    )


def list_offenders(session: Session, audit_id: int, earlier_id: int) -> Sequence[Offender]:
    """Return what was worse than the audit in both of two audits."""
    found: list[Offender] = []
    for by in PARTS:
        now, before = (
            {name: to_part(tally) for name, tally in load_tallies(session, id_, by=by).items()}
            for id_ in (audit_id, earlier_id)
        )
        found += find_offenders(by, now, before)
    return found


@dataclass(frozen=True, slots=True)
class Trend:
    """The closed audits of one scope, newest first, and what changed between the newest two.

    :param changes: None where there is one audit.
    """

    figures: Sequence[AuditFigures]
    changes: Changes | None
    offenders: Sequence[Offender]


def load_trend(session: Session, audits: Sequence[AuditRow]) -> Trend:
    """Return the trend of closed audits of one scope, the newest first."""
    same = audits[:MAX_TREND]
    figures = [load_figures(session, one) for one in same]
    if len(same) < 2:  # noqa: PLR2004 - two are compared
        return Trend(figures, None, [])
    now, before = same[0].id, same[1].id
    changes = compare_audits(session, now, before)
    return Trend(figures, changes, list_offenders(session, now, before))


def list_found_again(session: Session, audit_id: int) -> list[str]:
    """Return the tags of what was seen and was missing by the register, written off or not."""
    tag = frozen(AuditMember.asset_tag, Asset.asset_tag)
    statement = join_members(select(tag).select_from(Finding))
    return list(
        session.scalars(
            statement.outerjoin(Asset, Asset.id == Finding.asset_id)
            .where(
                Finding.audit_id == audit_id,
                Finding.recorded_status == Stage.MISSING.value,
                Finding.state != FindingState.MISSING,
            )
            .order_by(tag)
        )
    )
