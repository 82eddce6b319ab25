"""Add a picture or a document to an asset or its model, and take it off again."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.attachments import MAX_ATTACHMENTS, AttachmentKind
from scanner_app.models import Asset, Attachment
from scanner_app.queries.register.assets import find_asset_id


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file that is in the store already: its names there, and what it is."""

    kind: AttachmentKind
    sha256: str
    thumb_sha256: str | None
    media_type: str
    filename: str
    size: int
    width: int | None = None
    height: int | None = None


def add_attachment(
    session: Session,
    *,
    asset_tag: str,
    uuid: UUID,
    file: KeptFile,
    actor: Actor,
    now: datetime,
    to_model: bool = False,
) -> UUID:
    """Add a file to an asset, or to its model, and return its id.

    The same file is added once: it keeps the id that it was first added with.

    :raises NotFound: no asset has this tag.
    :raises Invalid: it is meant for the model, and the asset has none.
    :raises Conflict: there are too many already, or the id belongs to another file.
    """
    asset = session.get_one(Asset, find_asset_id(session, asset_tag))
    if to_model and asset.model_id is None:
        raise Invalid("This asset has no model. Choose its model first.", code="no_model")
    of = Attachment.model_id == asset.model_id if to_model else Attachment.asset_id == asset.id
    standing = (of, Attachment.removed_at.is_(None))
    known = session.scalar(
        select(Attachment.uuid).where(
            *standing, Attachment.sha256 == file.sha256, Attachment.kind == file.kind
        )
    )
    if known is not None:
        return known
    if session.scalar(select(Attachment.id).where(Attachment.uuid == uuid)) is not None:
        raise Conflict("This id belongs to another file. Make a new one.", code="id_taken")
    count = session.scalar(select(func.count(Attachment.id)).where(*standing)) or 0
    if count >= MAX_ATTACHMENTS:
        raise Conflict(
            f"There are {MAX_ATTACHMENTS} files already. Remove one first.", code="too_many_files"
        )
    session.add(
        Attachment(
            **{field.name: getattr(file, field.name) for field in fields(file)},
            uuid=uuid,
            asset_id=None if to_model else asset.id,
            model_id=asset.model_id if to_model else None,
            taken_at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
    )
    session.flush()
    return uuid


def remove_attachment(session: Session, *, uuid: UUID, actor: Actor, now: datetime) -> None:
    """Take a file off its asset or model. Its row and its content are kept.

    :raises NotFound: there is no such file, or it was removed before.
    """
    found = session.scalar(
        select(Attachment).where(Attachment.uuid == uuid, Attachment.removed_at.is_(None))
    )
    if found is None:
        raise NotFound("This file does not exist any more.")
    found.removed_at = now
    found.removed_by = actor.name
    session.flush()
