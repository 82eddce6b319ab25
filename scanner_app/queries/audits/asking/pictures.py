"""Pictures that people added to findings, or to their answers about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.models import Act, AuditPicture


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One picture, and the words that came with it."""

    sha256: str
    finding_id: int
    taken_at: datetime
    by: str
    note: str | None


def list_pictures(
    session: Session, audit_id: int, *, finding_id: int | None = None
) -> list[PictureRow]:
    """Return the pictures of an audit, or of one finding, oldest first."""
    statement = (
        select(
            AuditPicture.sha256,
            AuditPicture.finding_id,
            AuditPicture.taken_at,
            AuditPicture.actor_name,
            Act.text,
        )
        .join(Act, Act.id == AuditPicture.act_id)
        .where(AuditPicture.audit_id == audit_id)
        .order_by(AuditPicture.id)
    )
    if finding_id is not None:
        statement = statement.where(AuditPicture.finding_id == finding_id)
    return [PictureRow(*row) for row in session.execute(statement)]


def require_picture(session: Session, audit_id: int, sha256: str) -> None:
    """Raise unless a picture belongs to an audit.

    :raises NotFound: it does not.
    """
    known = select(AuditPicture.id).where(
        AuditPicture.audit_id == audit_id, AuditPicture.sha256 == sha256
    )
    if session.scalar(known.limit(1)) is None:
        raise NotFound("This audit has no such picture.")
