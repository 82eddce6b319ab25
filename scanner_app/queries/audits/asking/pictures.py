"""Pictures that people added to findings, or to their answers about them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.findings import CONDITION_FLAGS, CONDITIONS
from scanner_app.domain.errors import NotFound
from scanner_app.models import Act, ActFinding, AuditPicture, Finding


@dataclass(frozen=True, slots=True)
class PictureRow:
    """One picture, and the words that came with it; `condition` in words."""

    sha256: str
    finding_id: int
    taken_at: datetime
    by: str
    note: str | None
    condition: str | None = None


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
            Act.about,
        )
        .join(Act, Act.id == AuditPicture.act_id)
        .where(AuditPicture.audit_id == audit_id)
        .order_by(AuditPicture.id)
    )
    if finding_id is not None:
        statement = statement.where(AuditPicture.finding_id == finding_id)
    return [
        PictureRow(sha256, finding, taken_at, by, note, CONDITIONS.get(about.get("condition")))
        for sha256, finding, taken_at, by, note, about in session.execute(statement)
    ]


def find_said_flags(session: Session, audit_id: int, *conditions: Any) -> dict[int, list[str]]:
    """Return the flags that people set with pictures of things, by the finding's id.

    :param conditions: which findings are asked about; all if there are none.
    """
    rows = session.execute(
        select(Finding.id, Act.about)
        .select_from(Act)
        .join(ActFinding, ActFinding.act_id == Act.id)
        .join(Finding, Finding.id == ActFinding.finding_id)
        .where(Act.audit_id == audit_id, Act.kind == ActKind.EVIDENCE_ADDED, *conditions)
        .order_by(Act.id)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for id_, about in rows:
        flag = CONDITION_FLAGS.get(about.get("condition"))
        if flag is not None:
            found[id_].append(flag.value)
    return found


def require_picture(session: Session, audit_id: int, sha256: str) -> None:
    """Raise unless a picture belongs to an audit.

    :raises NotFound: it does not.
    """
    known = select(AuditPicture.id).where(
        AuditPicture.audit_id == audit_id, AuditPicture.sha256 == sha256
    )
    if session.scalar(known.limit(1)) is None:
        raise NotFound("This audit has no such picture.")
