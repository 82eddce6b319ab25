"""What is missing for good: what may be written off, in which audits it was missing, its data."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.disposal.levels import Classification
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import ENDED, Stage
from scanner_app.models import Asset, Audit, ConsignmentItem, Finding, Seal

MAX_LISTED = 200
# What the form of a data asset keeps as custom fields.
KEPT_ON, CLASSIFICATION = "Kept on", "Classification"


@dataclass(frozen=True, slots=True)
class LostRow:
    """An asset that two audits in a row missed, and that is in no consignment yet."""

    id: int
    asset_tag: str
    name: str
    serial_number: str | None
    lost_since: date | None
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class MissedIn:
    """One closed audit that expected an asset and did not find it, with its seal."""

    audit: int
    name: str
    closed_at: datetime
    seal: int
    sha256: str


@dataclass(frozen=True, slots=True)
class HeldData:
    """A data set that is kept on an asset, as the register says."""

    asset_tag: str
    name: str
    classification: str | None

    @property
    def is_sensitive(self) -> bool:
        """Return whether it may not be lost quietly. What nobody classified counts as internal."""
        word = (self.classification or "").casefold()
        return word in {Classification.CONFIDENTIAL.value, Classification.RESTRICTED.value}


def list_lost(session: Session, tags: Collection[str] | None = None) -> list[LostRow]:
    """Return what may be written off, by tag.

    :param tags: only of these; None for the first of all.
    """
    packed = exists().where(
        ConsignmentItem.asset_id == Asset.id, ConsignmentItem.removed_at.is_(None)
    )
    statement = (
        select(
            Asset.id, Asset.asset_tag, Asset.name, Asset.serial_number, Asset.lost_since,
            Asset.last_seen_at,
        )
        .where(Asset.status == Stage.MISSING, Asset.lost_since.is_not(None), ~packed)
        .order_by(Asset.asset_tag)
        .limit(MAX_LISTED)
    )  # fmt: skip
    if tags is not None:
        statement = statement.where(Asset.asset_tag.in_(tags))
    return [LostRow(*row) for row in session.execute(statement)]


def list_missed(session: Session, asset_id: int) -> list[MissedIn]:
    """Return the closed audits that expected an asset and did not find it, the newest first."""
    rows = session.execute(
        select(Audit.id, Audit.name, Audit.closed_at, Seal.number, Seal.sha256)
        .join(Finding, Finding.audit_id == Audit.id)
        .join(Seal, Seal.audit_id == Audit.id)
        .where(
            Finding.asset_id == asset_id,
            Finding.state == FindingState.MISSING,
            Audit.state == AuditState.CLOSED,
        )
        .order_by(Seal.number.desc())
        .limit(MAX_LISTED)
    )
    return [
        MissedIn(id_, name, at, number, sha256)
        for id_, name, at, number, sha256 in rows
        if at is not None
    ]


def find_held_data(session: Session, tags: Collection[str]) -> Mapping[str, list[HeldData]]:
    """Return the data sets that are kept on assets, by the asset's tag: what the register says."""
    by_key = {tag.casefold(): tag for tag in tags}
    found: dict[str, list[HeldData]] = {tag: [] for tag in tags}
    rows = session.execute(
        select(Asset.asset_tag, Asset.name, Asset.custom)
        .where(Asset.kind == AssetKind.DATA, Asset.status.not_in(ENDED))
        .order_by(Asset.asset_tag)
    )
    for tag, name, custom in rows:
        for word in str(custom.get(KEPT_ON) or "").split(","):
            holder = by_key.get(word.strip().casefold())
            if holder is not None:
                found[holder].append(HeldData(tag, name, custom.get(CLASSIFICATION) or None))
    return found
