"""Add a document to a contract, and take it off again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.contracts.events import ContractStep
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.register.attachments import MAX_ATTACHMENTS
from scanner_app.models import Contract, ContractPaper
from scanner_app.services.contracts.write import find_first_id, note
from scanner_app.services.register.attachments import KeptFile


def add_paper(
    session: Session, *, number: str, uuid: UUID, file: KeptFile, actor: Actor, now: datetime
) -> UUID:
    """Add a file that the store has to a contract; the same file is added once.

    :raises NotFound: no contract has the number.
    :raises Conflict: there are too many already.
    """
    first_id = find_first_id(session, number)
    standing = (ContractPaper.contract_id == first_id, ContractPaper.removed_at.is_(None))
    known = session.scalar(
        select(ContractPaper.uuid).where(*standing, ContractPaper.sha256 == file.sha256)
    )
    if known is not None:
        return known
    count = session.scalar(select(func.count(ContractPaper.id)).where(*standing)) or 0
    if count >= MAX_ATTACHMENTS:
        raise Conflict(
            f"There are {MAX_ATTACHMENTS} files already. Remove one first.", code="too_many_files"
        )
    session.add(
        ContractPaper(
            uuid=uuid,
            contract_id=first_id,
            sha256=file.sha256,
            thumb_sha256=file.thumb_sha256,
            media_type=file.media_type,
            filename=file.filename,
            size=file.size,
            taken_at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
    )
    session.flush()
    said = {"document": ["", file.filename]}
    note(session, first_id, ContractStep.PAPER_ADDED, actor=actor, now=now, changes=said)
    return uuid


def remove_paper(session: Session, *, uuid: UUID, actor: Actor, now: datetime) -> str:
    """Take a document off its contract, and return the contract's number. Its row is kept.

    :raises NotFound: there is no such document, or it was removed before.
    """
    found = session.scalar(
        select(ContractPaper)
        .where(ContractPaper.uuid == uuid, ContractPaper.removed_at.is_(None))
        .with_for_update()
    )
    if found is None:
        raise NotFound("This file does not exist any more.")
    found.removed_at, found.removed_by = now, actor.name
    session.flush()
    said = {"document": [found.filename, ""]}
    note(session, found.contract_id, ContractStep.PAPER_REMOVED, actor=actor, now=now, changes=said)
    return session.get_one(Contract, found.contract_id).number
