"""Requests for approval: the newest of each audit, and those that wait for one person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import ROLES, Action, Role
from scanner_app.domain.audits.acts import ACT_KINDS, ActKind
from scanner_app.domain.audits.states import AuditState
from scanner_app.models import Act, Audit, User

_TELLING = [ActKind.SENT_FOR_APPROVAL, *(k for k, row in ACT_KINDS.items() if row.ends_request)]
CLOSERS = [role for role, facts in ROLES.items() if Action.CLOSE_AUDITS in facts.actions]


@dataclass(frozen=True, slots=True)
class ApprovalNote:
    """A request for approval that still waits, or the answer that sent it back.

    :param approver: the person key of who is asked; None where it was sent back.
    :param by_key: the person key of who asked or sent it back; None for a token that nobody owns.
    """

    audit_id: int
    at: datetime
    by: str
    approver: str | None
    approver_name: str
    comment: str | None
    by_key: str | None = None

    @property
    def waits(self) -> bool:
        """Whether somebody is asked to close; otherwise it was sent back."""
        return self.approver is not None


@dataclass(frozen=True, slots=True)
class Closer:
    """A person who may close audits."""

    id: int
    name: str
    role: Role

    @property
    def person_key(self) -> str:
        return f"user:{self.id}"


def find_approval(session: Session, audit_id: int) -> ApprovalNote | None:
    """Return the request that waits or the answer that sent it back; None if neither is newest.

    What was changed after the request withdraws it.
    """
    newest = session.execute(
        select(Act.kind, Act.at, Act.actor_name, Act.about, Act.text, Act.person_key)
        .where(Act.audit_id == audit_id, Act.kind.in_(_TELLING))
        .order_by(Act.id.desc())
        .limit(1)
    ).one_or_none()
    if newest is None or newest.kind not in {ActKind.SENT_FOR_APPROVAL, ActKind.SENT_BACK}:
        return None
    asked = newest.about if newest.kind is ActKind.SENT_FOR_APPROVAL else {}
    return ApprovalNote(
        audit_id, newest.at, newest.actor_name, asked.get("approver"),
        asked.get("approver_name", ""), newest.text, newest.person_key,
    )  # fmt: skip


def list_waiting(session: Session, person_key: str) -> list[tuple[str, ApprovalNote]]:
    """Return the audits that wait for this person's approval, with their names, oldest first."""
    rows = session.execute(
        select(Audit.id, Audit.name).where(Audit.state == AuditState.RECONCILING)
    ).all()
    found = [(name, find_approval(session, id_)) for id_, name in rows]
    waiting = [(n, note) for n, note in found if note is not None and note.approver == person_key]
    return sorted(waiting, key=lambda one: one[1].at)


def list_closers(session: Session) -> list[Closer]:
    """Return the people who may close audits, by name."""
    rows = session.execute(
        select(User.id, User.name, User.role)
        .where(User.role.in_(CLOSERS), User.is_active)
        .order_by(User.name, User.id)
    )
    return [Closer(*row) for row in rows]
