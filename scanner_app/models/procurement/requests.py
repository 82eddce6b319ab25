"""Requests with their approvals and quotes, budgets, and the history of all that is bought."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.procurement.orders import LineKind
from scanner_app.domain.procurement.requests import ApprovalDecision, Purpose, RequestState
from scanner_app.models.base import Base, enum_column


class Request(Base):
    """What somebody needs, until it is there.

    :param requested_for: the person of the register who gets it; None for who asked.
    :param estimate_cents: for the whole quantity.
    :param round: how often it was sent, or decided about again; a person decides once a round.
    :param counts_from: the first round that was about what is asked for now.
    :param asked_again_at: since when it comes to more than was approved; None if it does not.
    :param from_stock: pieces that were given from stock.
    :param asked_by_key: the person who asked, such as ``user:5``.
    """

    __tablename__ = "request"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    purpose: Mapped[Purpose] = mapped_column(enum_column(Purpose, "purpose", is_checked=False))
    requested_for_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind, "kind", is_checked=False))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    quantity: Mapped[int]
    needed_on: Mapped[date | None]
    estimate_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    budget_id: Mapped[int | None] = mapped_column(ForeignKey("budget.id"))
    justification: Mapped[str]
    state: Mapped[RequestState] = mapped_column(enum_column(RequestState, "state"))
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="SET NULL"))
    round: Mapped[int] = mapped_column(default=0)
    counts_from: Mapped[int] = mapped_column(default=0)
    asked_again_at: Mapped[datetime | None]
    from_stock: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[str]
    asked_by_key: Mapped[str]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    __table_args__ = (
        Index("ix_request_state", "state"),
        Index("ix_request_budget_id", "budget_id"),
        Index("ix_request_asked_by_key", "asked_by_key"),
        CheckConstraint("quantity > 0", name="asks_for_some"),
        CheckConstraint("from_stock BETWEEN 0 AND quantity", name="given_from_stock"),
        CheckConstraint("estimate_cents >= 0", name="estimate_not_negative"),
    )


class Approval(Base):
    """One decision of one person about one round of a request. Rows are only added.

    :param actor: the person, such as ``user:5``, also where a token of theirs decided.
    :param amounts: what it was given for, in hundredths by currency; empty without a price.
    :param base_cents: the same in the organisation's currency `base`; null without a rate.
    """

    __tablename__ = "approval"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id"))
    round: Mapped[int]
    actor: Mapped[str]
    actor_name: Mapped[str]
    decision: Mapped[ApprovalDecision] = mapped_column(
        enum_column(ApprovalDecision, "decision", is_checked=False)
    )
    reason: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    amounts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    base_cents: Mapped[int | None] = mapped_column(BigInteger)
    base: Mapped[str | None]

    __table_args__ = (UniqueConstraint("request_id", "round", "actor"),)


class Quote(Base):
    """What a supplier offers for a request.

    :param price_cents: for the whole quantity, all in.
    :param reason: why it was chosen though it is not the first.
    """

    __tablename__ = "quote"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("request.id"))
    supplier_id: Mapped[int] = mapped_column(ForeignKey("supplier.id"))
    price_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    quality: Mapped[int | None]
    warranty_months: Mapped[int | None]
    sla_hours: Mapped[int | None]
    delivery_days: Mapped[int | None]
    ends_on: Mapped[date | None]
    is_chosen: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        Index("ix_quote_request_id", "request_id"),
        Index("ix_quote_supplier_id", "supplier_id"),
        CheckConstraint("price_cents > 0", name="costs_something"),
        CheckConstraint("quality BETWEEN 1 AND 5", name="quality_of_five"),
    )


class Budget(Base):
    """An amount for what is bought from a day to a day, that day included."""

    __tablename__ = "budget"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="SET NULL"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    created_by: Mapped[str]

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
    )


class BuyingEvent(Base):
    """One step in the life of a request, an order, a supplier or a budget. Rows are only added.

    :param changes: each as word, old text and new text.
    """

    __tablename__ = "buying_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[BuyingKind] = mapped_column(enum_column(BuyingKind, "kind", is_checked=False))
    subject_id: Mapped[int]
    step: Mapped[BuyingStep] = mapped_column(enum_column(BuyingStep, "step", is_checked=False))
    text: Mapped[str] = mapped_column(default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (Index("ix_buying_event_kind_subject_id", "kind", "subject_id", "id"),)
