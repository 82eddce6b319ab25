"""Write an act: the one function by which a step of an audit gets its trail."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.acts import SERVICE_KEY, SERVICE_NAME, ActKind
from scanner_app.models import Act, ActFinding

CHUNK = 5000


class Acting(Protocol):
    """Who takes a step: somebody signed in, a program, or a person who holds a link."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def person_key(self) -> str | None: ...
    @property
    def role(self) -> Role | None: ...


def record_act(
    session: Session,
    *,
    kind: ActKind,
    actor: Acting | None,
    now: datetime,
    audit_id: int | None = None,
    about: Mapping[str, Any] | None = None,
    text: str | None = None,
    finding_ids: Collection[int] = (),
) -> int:
    """Record a step in the transaction of the step itself, and return the act's id.

    :param actor: who did it, kept with key, name, person and role as they are now; None for the
        service itself.
    :param about: what the step was about, as JSON.
    :param text: a person's own words, such as a reason.
    :param finding_ids: the findings that it is about, in one act however many they are.
    """
    act_id: int = session.execute(
        insert(Act).returning(Act.id),
        {
            "at": now,
            "actor": actor.key if actor else SERVICE_KEY,
            "actor_name": actor.name if actor else SERVICE_NAME,
            "person_key": actor.person_key if actor else None,
            "role": actor.role if actor else None,
            "kind": kind,
            "audit_id": audit_id,
            "about": dict(about or {}),
            "text": text or None,
        },
    ).scalar_one()
    wanted = sorted(set(finding_ids))
    for start in range(0, len(wanted), CHUNK):
        session.execute(
            insert(ActFinding),
            [{"act_id": act_id, "finding_id": one} for one in wanted[start : start + CHUNK]],
        )
    return act_id
