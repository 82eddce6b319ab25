"""Rename a category or a model in what policies apply to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.models import Policy, PolicyVersion

# As `Scope` calls what a policy applies to.
Named = Literal["categories", "models"]


def rename_in_policies(
    session: Session, named: Named, *, old: str, new: str, actor: Actor, now: datetime
) -> None:
    """Add a version of each policy that applies to a name, which says another name instead.

    Otherwise a policy that blocks would apply to nothing, and hold nothing any more.
    """
    for policy in session.scalars(select(Policy).order_by(Policy.id).with_for_update()).all():
        names = policy.applies.get(named, [])
        if old.casefold() not in {name.casefold() for name in names}:
            continue
        kept = {new if name.casefold() == old.casefold() else name for name in names}
        policy.applies = {**policy.applies, named: sorted(kept)}
        last = session.scalars(
            select(PolicyVersion.content)
            .where(PolicyVersion.policy_id == policy.id)
            .order_by(PolicyVersion.version.desc())
            .limit(1)
        ).one()
        policy.version += 1
        policy.changed_at, policy.changed_by = now, actor.name
        session.add(
            PolicyVersion(
                policy_id=policy.id,
                version=policy.version,
                content={**last, "applies": policy.applies},
                at=now,
                by=actor.name,
            )
        )
    session.flush()
