"""Comments on findings, and who may be asked to clear one up."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.models import Act, ActFinding, User


def count_comments(session: Session, audit_id: int, ids: Collection[int]) -> dict[int, int]:
    """Return how many comments each of these findings has; one without any is left out."""
    rows = session.execute(
        select(ActFinding.finding_id, func.count())
        .join(Act, Act.id == ActFinding.act_id)
        .where(
            Act.audit_id == audit_id,
            Act.kind == ActKind.COMMENTED,
            ActFinding.finding_id.in_(sorted(set(ids))),
        )
        .group_by(ActFinding.finding_id)
    )
    return {finding_id: count for finding_id, count in rows}  # noqa: C416 - rows are no pairs


def list_assignees(session: Session) -> list[tuple[int, str]]:
    """Return the users who may sign in, by name: anyone of them may be asked."""
    rows = session.execute(
        select(User.id, User.name).where(User.is_active).order_by(func.lower(User.name), User.id)
    )
    return [(id_, name) for id_, name in rows]
