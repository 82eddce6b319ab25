"""Keep a picture of a finding, and ask for the label of what has one that cannot be read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.scanning.new_scan import UNREADABLE
from scanner_app.models import Finding
from scanner_app.services.audits.asking.pictures import KeptPicture, add_picture
from scanner_app.services.labels.asked.requests import Asking, ask_for_labels


def add_evidence_of(
    session: Session,
    *,
    audit_id: int,
    finding_id: int,
    picture: KeptPicture,
    note: str,
    condition: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Add a picture to a finding, with what the thing is like.

    :raises NotFound, Conflict, Invalid: as `add_picture`.
    """
    add_picture(
        session, audit_id=audit_id, finding_id=finding_id, picture=picture, note=note,
        condition=condition, actor=actor, now=now,
    )  # fmt: skip
    asset_id = session.scalar(select(Finding.asset_id).where(Finding.id == finding_id))
    if condition == UNREADABLE and asset_id is not None:
        ask_for_labels(session, [Asking(asset_id, now, note.strip())], actor=actor.name)
