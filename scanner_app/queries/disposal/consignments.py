"""Consignments and certificates as pages and programs read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.disposal.consignments import Confirmed, ConsignmentState, ItemDecision
from scanner_app.domain.disposal.levels import Destination
from scanner_app.domain.errors import NotFound
from scanner_app.models import (
    Asset,
    Certificate,
    Consignment,
    ConsignmentDocument,
    ConsignmentItem,
    ConsignmentTransfer,
    Seal,
)
from scanner_app.queries.seals.texts import SealedText

MAX_LISTED = 200


@dataclass(frozen=True, slots=True)
class ConsignmentRow:
    """One consignment, with how many things are in it."""

    id: int
    state: ConsignmentState
    method: Destination
    recipient: str
    scheme: str | None
    scheme_number: str | None
    scheme_ends_on: date | None
    carrier: str | None
    pickup_on: date | None
    people: Mapping[str, Mapping[str, str]]
    opened_at: datetime
    closed_at: datetime | None
    count: int
    certificate: str | None

    @property
    def number(self) -> str:
        """Return the number that people read: `C3`."""
        return f"C{self.id}"


@dataclass(frozen=True, slots=True)
class ConsignmentItemRow:
    """One thing of a consignment. `asset_tag` is None for a line of the recipient's list alone."""

    id: int
    code: str
    asset_tag: str | None
    asset_name: str | None
    serial_number: str | None
    box: str | None
    weight_g: int | None
    packed_by: str | None
    packed_name: str | None
    packed_at: datetime | None
    out_at: datetime | None
    removed_reason: str | None
    confirmed: Confirmed | None
    proceeds_cents: int | None
    decision: ItemDecision | None
    reason: str | None
    decided_name: str | None


_OF_ASSET: dict[str, Any] = {
    "asset_tag": Asset.asset_tag,
    "asset_name": Asset.name,
    "serial_number": Asset.serial_number,
}
_COUNT = (
    select(func.count(ConsignmentItem.id))
    .where(
        ConsignmentItem.consignment_id == Consignment.id,
        ConsignmentItem.removed_at.is_(None),
        ConsignmentItem.asset_id.is_not(None),
    )
    .scalar_subquery()
)
_SELECT = select(
    Consignment.id, Consignment.state, Consignment.method, Consignment.recipient,
    Consignment.scheme, Consignment.scheme_number, Consignment.scheme_ends_on,
    Consignment.carrier, Consignment.pickup_on, Consignment.people, Consignment.opened_at,
    Consignment.closed_at, _COUNT, Certificate.number,
).outerjoin(Certificate, Certificate.consignment_id == Consignment.id)  # fmt: skip


def list_consignments(session: Session) -> list[ConsignmentRow]:
    """Return the newest consignments."""
    rows = session.execute(_SELECT.order_by(Consignment.id.desc()).limit(MAX_LISTED))
    return [ConsignmentRow(*row) for row in rows]


def page_consignments(
    session: Session, *, after_id: int | None, limit: int
) -> list[ConsignmentRow]:
    """Return consignments, the oldest first.

    :param after_id: continue a list behind this one.
    """
    statement = _SELECT.where(Consignment.id > (after_id or 0)).order_by(Consignment.id)
    return [ConsignmentRow(*row) for row in session.execute(statement.limit(limit))]


def get_consignment(session: Session, number: str) -> ConsignmentRow:
    """Return one consignment by its number.

    :raises NotFound: none has it.
    """
    digits = number[1:]
    is_number = number[:1] == "C" and digits.isascii() and digits.isdigit() and len(digits) < 10  # noqa: PLR2004 - fits the id
    row = (
        session.execute(_SELECT.where(Consignment.id == int(digits))).one_or_none()
        if is_number
        else None
    )
    if row is None:
        raise NotFound("That consignment does not exist. Choose one from the list.")
    return ConsignmentRow(*row)


def list_consigned(session: Session, consignment_id: int) -> list[ConsignmentItemRow]:
    """Return what is in a consignment and what its recipient's list has besides, by code."""
    columns: list[Any] = [
        _OF_ASSET[one.name] if one.name in _OF_ASSET else getattr(ConsignmentItem, one.name)
        for one in fields(ConsignmentItemRow)
    ]
    rows = session.execute(
        select(*columns)
        .select_from(ConsignmentItem)
        .outerjoin(Asset, Asset.id == ConsignmentItem.asset_id)
        .where(
            ConsignmentItem.consignment_id == consignment_id,
            ConsignmentItem.removed_at.is_(None),
        )
        .order_by(ConsignmentItem.asset_id.is_(None), ConsignmentItem.code)
    )
    return [ConsignmentItemRow(*row) for row in rows]


def list_transfers(session: Session, consignment_id: int) -> list[Mapping[str, Any]]:
    """Return the chain of custody, the first step first."""
    return list(
        session.scalars(
            select(ConsignmentTransfer.facts)
            .where(ConsignmentTransfer.consignment_id == consignment_id)
            .order_by(ConsignmentTransfer.position)
        )
    )


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """One paper of the recipient."""

    id: int
    filename: str
    media_type: str
    sha256: str
    added_at: datetime
    added_by: str


def list_papers(session: Session, consignment_id: int) -> list[DocumentRow]:
    """Return the papers of a consignment, the oldest first."""
    rows = session.execute(
        select(
            ConsignmentDocument.id,
            ConsignmentDocument.filename,
            ConsignmentDocument.media_type,
            ConsignmentDocument.sha256,
            ConsignmentDocument.added_at,
            ConsignmentDocument.added_by,
        )
        .where(ConsignmentDocument.consignment_id == consignment_id)
        .order_by(ConsignmentDocument.id)
    )
    return [DocumentRow(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A sealed certificate: its exact text, and its place in the row of seals."""

    number: str
    text: str
    sha256: str
    seal_number: int
    made_at: datetime


def get_certificate(session: Session, number: str) -> CertificateRow:
    """Return a certificate by its number.

    :raises NotFound: none has it.
    """
    row = session.execute(
        select(Certificate.number, Seal.sha256, Seal.number, Certificate.made_at)
        .join(Seal, Seal.number == Certificate.seal_number)
        .where(Certificate.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound("That certificate does not exist.")
    # A long text is kept in pieces.
    text = SealedText(session, row[2]).load().decode()
    return CertificateRow(row[0], text, *row[1:])
