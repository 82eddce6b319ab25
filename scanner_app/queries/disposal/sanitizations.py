"""Sanitizations as pages and programs read them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.disposal.levels import (
    Classification,
    Destination,
    Level,
    Medium,
    Technique,
    find_needed,
)
from scanner_app.domain.disposal.sanitizations import Result, SanitizationState, Verification
from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset, Attachment, Sanitization

MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class SanitizationRow:
    """One record, with the tag of its asset. `*_by` names the person as `user:5`."""

    id: int
    uuid: UUID
    asset_tag: str
    asset_name: str
    state: SanitizationState
    medium: Medium
    maker: str | None
    model: str | None
    serial: str | None
    capacity: str | None
    is_encrypted: bool
    classification: Classification
    destination: Destination
    technique: Technique
    level: int
    tool: str | None
    tool_version: str | None
    note: str | None
    picture: UUID | None
    performed_by: str
    performed_name: str
    performed_role: str
    performed_at: datetime
    verification: Verification | None
    sample_percent: int | None
    result: Result | None
    verified_by: str | None
    verified_name: str | None
    verified_role: str | None
    verified_at: datetime | None
    validated_by: str | None
    validated_name: str | None
    validated_role: str | None
    validated_at: datetime | None
    reason: str | None

    @property
    def reached(self) -> Level:
        """Return the level that was reached."""
        return Level(self.level)

    @property
    def needed(self) -> Level:
        """Return the level that its destination and its data need."""
        if self.medium is Medium.NO_MEDIUM:
            return Level.NONE
        return find_needed(self.destination, self.classification)


_OWN: dict[str, Any] = {
    "asset_tag": Asset.asset_tag,
    "asset_name": Asset.name,
    "picture": Attachment.uuid,
}
_COLUMNS: list[Any] = [
    _OWN[one.name] if one.name in _OWN else getattr(Sanitization, one.name)
    for one in fields(SanitizationRow)
]
_SELECT: Select[*tuple[Any, ...]] = (
    select(*_COLUMNS)
    .select_from(Sanitization)
    .join(Asset, Asset.id == Sanitization.asset_id)
    .outerjoin(Attachment, Attachment.id == Sanitization.attachment_id)
)


def list_sanitizations(session: Session, asset_id: int) -> list[SanitizationRow]:
    """Return all records of an asset, the newest first."""
    statement = _SELECT.where(Sanitization.asset_id == asset_id)
    statement = statement.order_by(Sanitization.performed_at.desc(), Sanitization.id.desc())
    return [SanitizationRow(*row) for row in session.execute(statement)]


def page_sanitizations(
    session: Session, *, asset_id: int, after_id: int | None, limit: int
) -> list[SanitizationRow]:
    """Return records of an asset, the oldest first.

    :param after_id: continue a list behind this record.
    """
    statement = _SELECT.where(Sanitization.asset_id == asset_id, Sanitization.id > (after_id or 0))
    rows = session.execute(statement.order_by(Sanitization.id).limit(limit))
    return [SanitizationRow(*row) for row in rows]


def list_waiting(session: Session) -> list[SanitizationRow]:
    """Return the records that wait for somebody to verify or to accept them, the oldest first."""
    waiting = (SanitizationState.PERFORMED, SanitizationState.VERIFIED)
    statement = _SELECT.where(Sanitization.state.in_(waiting)).order_by(Sanitization.id)
    return [SanitizationRow(*row) for row in session.execute(statement.limit(MAX_LISTED))]


def get_sanitization(session: Session, sanitization_id: int) -> SanitizationRow:
    """Return one record.

    :raises NotFound: no record has this id.
    """
    row = session.execute(_SELECT.where(Sanitization.id == sanitization_id)).one_or_none()
    if row is None:
        raise NotFound("That record does not exist. Choose one from the list.")
    return SanitizationRow(*row)


@dataclass(frozen=True, slots=True)
class RetiredRow:
    """A retired asset that is still here."""

    id: int
    asset_tag: str
    name: str
    serial_number: str | None


def list_retired(session: Session) -> tuple[list[RetiredRow], int]:
    """Return retired assets by tag, at most `MAX_LISTED`, and how many there are."""
    of = Asset.status == Stage.RETIRED
    rows = session.execute(
        select(Asset.id, Asset.asset_tag, Asset.name, Asset.serial_number)
        .where(of)
        .order_by(Asset.asset_tag)
        .limit(MAX_LISTED)
    )
    count = session.scalar(select(func.count(Asset.id)).where(of)) or 0
    return [RetiredRow(*row) for row in rows], count
