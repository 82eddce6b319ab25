"""The acts of an audit or of one finding, and what follows from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.acts import ActKind, show_act
from scanner_app.models import Act, ActFinding


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act, with names as they were when it was done.

    :param person_key: who is behind it; None for a program that depends on nobody.
    :param findings: how many findings it is about.
    """

    id: int
    at: datetime
    actor: str
    actor_name: str
    person_key: str | None
    role: Role | None
    kind: ActKind
    about: dict[str, Any]
    text: str | None
    findings: int

    @property
    def sentence(self) -> str:
        """What was done, in words."""
        return show_act(self.kind, self.about, self.findings)


_COUNT = (
    select(func.count())
    .select_from(ActFinding)
    .where(ActFinding.act_id == Act.id)
    .correlate(Act)
    .scalar_subquery()
)
_SELECT = select(
    Act.id, Act.at, Act.actor, Act.actor_name, Act.person_key, Act.role, Act.kind, Act.about,
    Act.text, _COUNT,
)  # fmt: skip


def list_acts(
    session: Session,
    audit_id: int,
    *,
    finding_id: int | None = None,
    after_id: int | None = None,
    before_id: int | None = None,
    newest_first: bool = False,
    limit: int = 100,
) -> list[ActRow]:
    """Return acts of an audit, oldest first unless the newest are wanted first.

    :param finding_id: only those that are about this finding.
    :param after_id, before_id: continue a list behind or before this act.
    """
    statement = _SELECT.where(Act.audit_id == audit_id)
    if finding_id is not None:
        about = select(ActFinding.act_id).where(ActFinding.finding_id == finding_id)
        statement = statement.where(Act.id.in_(about))
    if after_id is not None:
        statement = statement.where(Act.id > after_id)
    if before_id is not None:
        statement = statement.where(Act.id < before_id)
    order = Act.id.desc() if newest_first else Act.id
    return [ActRow(*row) for row in session.execute(statement.order_by(order).limit(limit))]


def find_act(session: Session, audit_id: int, kind: ActKind) -> ActRow | None:
    """Return the newest act of a kind in an audit, None if there is none."""
    statement = _SELECT.where(Act.audit_id == audit_id, Act.kind == kind)
    row = session.execute(statement.order_by(Act.id.desc()).limit(1)).one_or_none()
    return ActRow(*row) if row is not None else None


def count_acts(session: Session, audit_id: int) -> int:
    """Count the acts of an audit."""
    return session.scalar(select(func.count(Act.id)).where(Act.audit_id == audit_id)) or 0


_BEGINS = (ActKind.COUNTING_STARTED, ActKind.COUNTING_RESUMED)
_ENDS = (ActKind.COUNTING_ENDED, ActKind.CANCELLED)


def list_counting_spans(session: Session, audit_id: int) -> list[tuple[datetime, datetime | None]]:
    """Return from when to when an audit counted, oldest first; None while it still counts."""
    rows = session.execute(
        select(Act.kind, Act.at)
        .where(Act.audit_id == audit_id, Act.kind.in_([*_BEGINS, *_ENDS]))
        .order_by(Act.id)
    )
    spans: list[tuple[datetime, datetime | None]] = []
    for kind, at in rows:
        if kind in _BEGINS:
            spans.append((at, None))
        elif spans and spans[-1][1] is None:
            spans[-1] = (spans[-1][0], at)
    return spans


def list_persons_of(session: Session, audit_id: int, kinds: Sequence[ActKind]) -> set[str]:
    """Return the person keys behind acts of these kinds, in one audit."""
    rows = session.scalars(
        select(Act.person_key)
        .where(Act.audit_id == audit_id, Act.kind.in_(kinds), Act.person_key.is_not(None))
        .distinct()
    )
    return {key for key in rows if key is not None}
