"""How far the first steps are."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.first_run import FIRST_STEPS, FirstStep, StepState, list_steps
from scanner_app.models import Asset, Audit, Identifier, Location, Person, Scan, Setting, User

SKIPPED = "first_run_skipped"
# A count is shown, never used. It stops here, so that a large register costs the page nothing.
MAX_COUNTED = 10_000
# Codes that come with an asset, not by binding a label.
OWN_SCHEMES = ("tag", "serial")


def load_first_steps(session: Session) -> list[StepState]:
    """Return the first steps with their counts; empty once each is done or skipped."""
    skipped = _find_skipped(session)
    if set(FirstStep) <= skipped:
        return []
    counts = (  # in the order of the steps
        _count(Location.id),
        _count(Person.id),
        _count(Asset.id),
        _count(User.id, User.is_active),
        _count(Identifier.id, Identifier.asset_id > 0, Identifier.scheme.not_in(OWN_SCHEMES)),
        _count(Scan.id),
        _count(Audit.id, Audit.state == AuditState.CLOSED),
    )
    found = session.execute(select(*counts)).one()
    return list_steps(dict(zip(FIRST_STEPS, found, strict=True)), skipped)


def _count(column: Any, *where: Any) -> Any:
    some = select(column).where(*where).limit(MAX_COUNTED).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _find_skipped(session: Session) -> set[str]:
    text = session.scalar(select(Setting.value).where(Setting.key == SKIPPED))
    return set((text or "").split())
