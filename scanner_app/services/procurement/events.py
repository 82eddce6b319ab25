"""Note a step in the history of a request, an order, a supplier or a budget."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep, list_changes
from scanner_app.models import BuyingEvent


def note_step(
    session: Session,
    subject: tuple[BuyingKind, int],
    step: BuyingStep,
    *,
    actor: Actor,
    now: datetime,
    text: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Note a step, in the transaction of the step.

    A change that changes nothing is not noted.

    :param text: what was done, or a person's reason.
    :param before: what was said before by word; `after` alike. Both are left out where the step
        says it all.
    """
    changes = list_changes(before or {}, after or {})
    if step in {BuyingStep.CHANGED, BuyingStep.LINE_CHANGED} and not changes:
        return
    session.add(
        BuyingEvent(
            kind=subject[0],
            subject_id=subject[1],
            step=step,
            text=text,
            changes={"changes": changes} if changes else {},
            at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
    )
    session.flush()
