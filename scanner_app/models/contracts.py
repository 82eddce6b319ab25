"""Contracts by their terms, what they cover, their papers, and the days that were checked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.contracts.states import ContractKind, ContractState, Period, Renewal
from scanner_app.models.base import Base, enum_column


class Contract(Base):
    """One term of a contract. All with one number are one contract; a renewal is a further row.

    Triggers refuse a term that begins before another one of the contract ends.

    :param renews_id: the term before; of the first one None.
    """

    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    term: Mapped[int]
    renews_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"), unique=True)
    name: Mapped[str]
    kind: Mapped[ContractKind] = mapped_column(enum_column(ContractKind, "kind", is_checked=False))
    supplier: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    notice_days: Mapped[int]
    renewal: Mapped[Renewal] = mapped_column(enum_column(Renewal, "renewal", is_checked=False))
    renewal_months: Mapped[int | None]
    price_cents: Mapped[int | None] = mapped_column(BigInteger)
    period: Mapped[Period] = mapped_column(enum_column(Period, "period", is_checked=False))
    currency: Mapped[str | None]
    sla_response_hours: Mapped[int | None]
    sla_resolution_hours: Mapped[int | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[ContractState] = mapped_column(enum_column(ContractState, "state"))
    notes: Mapped[str]
    created_at: Mapped[datetime]
    actor_name: Mapped[str]

    __table_args__ = (
        UniqueConstraint("number", "term"),
        Index("ix_contract_state_ends_on", "state", "ends_on"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint(
            "renewal <> 'tacit' OR (ends_on IS NOT NULL AND renewal_months > 0)",
            name="renews_by_months",
        ),
        CheckConstraint("(term = 1) = (renews_id IS NULL)", name="follows_its_term"),
    )


class ContractAsset(Base):
    """An asset that a contract covers, from a day to a day, through all its terms.

    :param contract_id: of the first term, which stands for the contract.
    """

    __tablename__ = "contract_asset"

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    added_at: Mapped[datetime]
    actor_name: Mapped[str]

    __table_args__ = (
        # What is covered on the same days is counted without the rows.
        Index("ix_contract_asset_days", "contract_id", "from_on", "until_on", "asset_id"),
        Index("ix_contract_asset_asset_id", "asset_id"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="ends_after_start"),
    )


class ContractPaper(Base):
    """One document of a contract. Nothing of it is ever changed but its end."""

    __tablename__ = "contract_paper"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    sha256: Mapped[str]
    thumb_sha256: Mapped[str | None]
    media_type: Mapped[str]
    filename: Mapped[str]
    size: Mapped[int]
    taken_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]

    __table_args__ = (Index("ix_contract_paper_contract_id", "contract_id"),)


class ContractEvent(Base):
    """One step in the life of a contract. Rows are only added."""

    __tablename__ = "contract_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    kind: Mapped[str]
    reason: Mapped[str]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (Index("ix_contract_event_contract_id", "contract_id"),)


class DailyCheck(Base):
    """A day that a worker has taken, so that of many one looks. Unfinished, it is taken again."""

    __tablename__ = "daily_check"

    on_day: Mapped[date] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
