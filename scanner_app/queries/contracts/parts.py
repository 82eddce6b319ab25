"""What belongs to a contract: the assets it covers, its papers and its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.contracts.states import RUNNING_STATES, ContractKind, ContractState
from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import (
    Asset,
    AssetModel,
    Contract,
    ContractAsset,
    ContractEvent,
    ContractPaper,
)
from scanner_app.queries.register.attachments import AttachmentRow

MAX_COVERED = 500
MAX_EVENTS = 200


@dataclass(frozen=True, slots=True)
class CoveredRow:
    """An asset that a contract covers."""

    asset_tag: str
    name: str
    status: Stage
    from_on: date
    until_on: date | None

    def holds_on(self, day: date) -> bool:
        """Return whether it is covered on a day."""
        return self.from_on <= day and (self.until_on is None or self.until_on >= day)


@dataclass(frozen=True, slots=True)
class EventRow:
    """One step in the life of a contract."""

    kind: str
    term: int
    reason: str
    changes: Mapping[str, Any]
    at: datetime
    actor_name: str


@dataclass(frozen=True, slots=True)
class CoveringRow:
    """A contract that covers an asset, with its newest term."""

    number: str
    name: str
    kind: ContractKind
    supplier: str
    state: ContractState
    ends_on: date | None
    from_on: date
    until_on: date | None


def list_covered(session: Session, number: str, *, limit: int = MAX_COVERED) -> list[CoveredRow]:
    """Return the assets that a contract covers or covered, by tag and day."""
    rows = session.execute(
        select(
            Asset.asset_tag,
            func.coalesce(func.nullif(Asset.name, ""), AssetModel.name, ""),
            Asset.status,
            ContractAsset.from_on,
            ContractAsset.until_on,
        )
        .join(Asset, Asset.id == ContractAsset.asset_id)
        .join(Contract, Contract.id == ContractAsset.contract_id)
        .outerjoin(AssetModel, AssetModel.id == Asset.model_id)
        .where(Contract.number == number)
        .order_by(Asset.asset_tag, ContractAsset.from_on)
        .limit(limit)
    )
    return [CoveredRow(*row) for row in rows]


def count_covered(session: Session, number: str, day: date) -> int:
    """Return how many assets a contract covers on a day."""
    found = session.scalar(
        select(func.count(ContractAsset.asset_id.distinct()))
        .join(Contract, Contract.id == ContractAsset.contract_id)
        .where(
            Contract.number == number,
            ContractAsset.from_on <= day,
            func.coalesce(ContractAsset.until_on, date.max) >= day,
        )
    )
    return found or 0


def list_covering(session: Session, asset_id: int) -> list[CoveringRow]:
    """Return the contracts that cover an asset and are not over, by number."""
    newest, later = aliased(Contract), aliased(Contract)
    rows = session.execute(
        select(
            newest.number,
            newest.name,
            newest.kind,
            newest.supplier,
            newest.state,
            newest.ends_on,
            ContractAsset.from_on,
            ContractAsset.until_on,
        )
        .join(Contract, Contract.id == ContractAsset.contract_id)
        .join(newest, newest.number == Contract.number)
        .outerjoin(later, later.renews_id == newest.id)
        .where(
            ContractAsset.asset_id == asset_id,
            later.id.is_(None),
            newest.state.in_(RUNNING_STATES),
        )
        .order_by(newest.number, ContractAsset.from_on)
    )
    return [CoveringRow(*row) for row in rows]


def list_events(session: Session, number: str) -> list[EventRow]:
    """Return the life of a contract, the newest first."""
    rows = session.execute(
        select(
            ContractEvent.kind,
            Contract.term,
            ContractEvent.reason,
            ContractEvent.changes,
            ContractEvent.at,
            ContractEvent.actor_name,
        )
        .join(Contract, Contract.id == ContractEvent.contract_id)
        .where(Contract.number == number)
        .order_by(ContractEvent.id.desc())
        .limit(MAX_EVENTS)
    )
    return [EventRow(*row) for row in rows]


def list_papers(session: Session, number: str) -> list[AttachmentRow]:
    """Return the documents of a contract, the newest first."""
    rows = session.scalars(
        select(ContractPaper)
        .join(Contract, Contract.id == ContractPaper.contract_id)
        .where(Contract.number == number, ContractPaper.removed_at.is_(None))
        .order_by(ContractPaper.id.desc())
    )
    return [_make_row(row) for row in rows]


def get_paper(session: Session, uuid: UUID) -> AttachmentRow:
    """Return one document.

    :raises NotFound: there is no such document, or it was removed.
    """
    found = session.scalar(
        select(ContractPaper).where(ContractPaper.uuid == uuid, ContractPaper.removed_at.is_(None))
    )
    if found is None:
        raise NotFound("This file does not exist.")
    return _make_row(found)


def _make_row(row: ContractPaper) -> AttachmentRow:
    return AttachmentRow(
        uuid=row.uuid,
        kind=AttachmentKind.DOCUMENT,
        is_of_model=False,
        sha256=row.sha256,
        thumb_sha256=row.thumb_sha256,
        media_type=row.media_type,
        filename=row.filename,
        size=row.size,
        width=None,
        height=None,
        taken_at=row.taken_at,
        actor_name=row.actor_name,
    )
