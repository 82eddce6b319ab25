"""The history of a request, an order, a supplier or a budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.procurement.events import BUYING_STEPS, BuyingKind, BuyingStepRow
from scanner_app.models import BuyingEvent

MAX_EVENTS = 200


@dataclass(frozen=True, slots=True)
class EventLine:
    """One step. `changes` are words with the text before and after."""

    facts: BuyingStepRow
    text: str
    changes: Sequence[Sequence[str]]
    at: datetime
    actor_name: str


def list_events(session: Session, kind: BuyingKind, subject_id: int) -> list[EventLine]:
    """Return the newest steps of a subject, the newest first."""
    rows = session.scalars(
        select(BuyingEvent)
        .where(BuyingEvent.kind == kind, BuyingEvent.subject_id == subject_id)
        .order_by(BuyingEvent.id.desc())
        .limit(MAX_EVENTS)
    )
    return [
        EventLine(
            BUYING_STEPS[row.step], row.text, row.changes.get("changes", []), row.at,
            row.actor_name,
        )
        for row in rows
    ]  # fmt: skip
