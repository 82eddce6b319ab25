"""Selects over pictures and documents of assets and models."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.attachments import MAX_ATTACHMENTS, AttachmentKind
from scanner_app.models import (
    Asset,
    Attachment,
    AuditPicture,
    ConsignmentDocument,
    ContractPaper,
    FloorPlan,
)


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """One file of an asset, or of its model. The store knows it by `sha256`."""

    uuid: UUID
    kind: AttachmentKind
    is_of_model: bool
    sha256: str
    thumb_sha256: str | None
    media_type: str
    filename: str
    size: int
    width: int | None
    height: int | None
    taken_at: datetime
    actor_name: str


def list_attachments(session: Session, asset_id: int) -> list[AttachmentRow]:
    """Return the files of an asset and of its model: its own first, the newest first."""
    model_id = session.scalar(select(Asset.model_id).where(Asset.id == asset_id))
    of = [Attachment.asset_id == asset_id]
    if model_id is not None:
        of.append(Attachment.model_id == model_id)
    found = session.scalars(
        select(Attachment)
        .where(or_(*of), Attachment.removed_at.is_(None))
        .order_by(Attachment.model_id.is_not(None), Attachment.id.desc())
        .limit(2 * MAX_ATTACHMENTS)
    )
    return [_make_row(row) for row in found]


def load_thumbs(session: Session, asset_ids: Collection[int]) -> dict[int, UUID]:
    """Return the newest picture of each asset that has one: its own, else that of its model."""
    is_picture = (Attachment.removed_at.is_(None), Attachment.thumb_sha256.is_not(None))
    of_models = (
        select(Asset.id, Attachment.uuid)
        .join(Attachment, Attachment.model_id == Asset.model_id)
        .where(Asset.id.in_(asset_ids), *is_picture)
        .order_by(Attachment.id)
    )
    own = (
        select(Attachment.asset_id, Attachment.uuid)
        .where(Attachment.asset_id.in_(asset_ids), *is_picture)
        .order_by(Attachment.id)
    )
    if not asset_ids:
        return {}
    # What comes later replaces what came before: the newer, and then its own.
    rows = [*session.execute(of_models), *session.execute(own)]
    return {asset_id: uuid for asset_id, uuid in rows if asset_id is not None}


def get_attachment(session: Session, uuid: UUID) -> AttachmentRow:
    """Return one file.

    :raises NotFound: there is no such file, or it was removed.
    """
    found = session.scalar(
        select(Attachment).where(Attachment.uuid == uuid, Attachment.removed_at.is_(None))
    )
    if found is None:
        raise NotFound("This file does not exist.")
    return _make_row(found)


def find_attachment(session: Session, asset_id: int, uuid: UUID) -> AttachmentRow:
    """Return one file of an asset or of its model.

    :raises NotFound: neither has this file.
    """
    for row in list_attachments(session, asset_id):
        if row.uuid == uuid:
            return row
    raise NotFound("This file does not exist.")


def list_stored_names(session: Session) -> set[str]:
    """Return the names of all files that rows refer to, in the store."""
    names: set[str] = set()
    for table in (Attachment, ContractPaper):
        for sha256, thumb in session.execute(select(table.sha256, table.thumb_sha256)):
            names.add(sha256)
            if thumb is not None:
                names.add(thumb)
    names.update(session.scalars(select(FloorPlan.sha256)))
    names.update(session.scalars(select(AuditPicture.sha256)))
    names.update(session.scalars(select(ConsignmentDocument.sha256)))
    return names


def _make_row(row: Attachment) -> AttachmentRow:
    return AttachmentRow(
        row.uuid,
        row.kind,
        row.model_id is not None,
        row.sha256,
        row.thumb_sha256,
        row.media_type,
        row.filename,
        row.size,
        row.width,
        row.height,
        row.taken_at,
        row.actor_name,
    )
