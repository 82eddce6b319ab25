"""Expenses of assets, exchange rates, the rules of book values, and decisions about replacement."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.costs.choices import Choice
from scanner_app.domain.costs.depreciation import Method, YearKind
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.models.base import Base, enum_column


class DepreciationRule(Base):
    """How things lose their value. Percentages are decimal texts, exact on both databases."""

    __tablename__ = "depreciation_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    method: Mapped[Method] = mapped_column(enum_column(Method, "method", is_checked=False))
    months: Mapped[int]
    salvage_cents: Mapped[int | None] = mapped_column(BigInteger)
    salvage_percent: Mapped[str]
    yearly_percent: Mapped[str | None]
    # Of a table, the percentages separated by spaces.
    percents: Mapped[str]
    year: Mapped[YearKind] = mapped_column(enum_column(YearKind, "year", is_checked=False))
    created_at: Mapped[datetime]
    actor_name: Mapped[str]


class DepreciationUse(Base):
    """What a rule stands for: one category or one model. A model's goes before its category's."""

    __tablename__ = "depreciation_use"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule_id: Mapped[int] = mapped_column(ForeignKey("depreciation_rule.id", ondelete="CASCADE"))
    category_id: Mapped[int | None] = mapped_column(
        ForeignKey("category.id", ondelete="CASCADE"), unique=True
    )
    model_id: Mapped[int | None] = mapped_column(
        ForeignKey("asset_model.id", ondelete="CASCADE"), unique=True
    )

    __table_args__ = (
        CheckConstraint("(category_id IS NULL) <> (model_id IS NULL)", name="of_one_thing"),
        Index("ix_depreciation_use_rule_id", "rule_id"),
    )


class Expense(Base):
    """One amount spent on an asset, or got back for it. Nothing of it changes but its end.

    Pieces of stock that an order brought have no asset: their expense names the line alone.
    """

    __tablename__ = "expense"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    # The work that it was paid for, and the line of the order that it was bought by.
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    order_line_id: Mapped[int | None] = mapped_column(ForeignKey("order_line.id"))
    on_day: Mapped[date]
    kind: Mapped[ExpenseKind] = mapped_column(enum_column(ExpenseKind, "kind", is_checked=False))
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    source: Mapped[ExpenseSource] = mapped_column(
        enum_column(ExpenseSource, "source", is_checked=False)
    )
    note: Mapped[str]
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None]

    __table_args__ = (
        Index("ix_expense_asset_id", "asset_id"),
        Index("ix_expense_task_id", "task_id"),
        Index("ix_expense_order_line_id", "order_line_id"),
        CheckConstraint("amount_cents >= 0", name="not_negative"),
    )


class ExchangeRate(Base):
    """How many units of a currency one unit of the base currency bought on a day."""

    __tablename__ = "exchange_rate"

    base: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    on_day: Mapped[date] = mapped_column(primary_key=True)
    per_base: Mapped[str]
    recorded_at: Mapped[datetime]
    actor_name: Mapped[str]


class PlanDecision(Base):
    """What was decided about an asset that was due. The newest one holds; rows never change."""

    __tablename__ = "plan_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    decision: Mapped[Choice] = mapped_column(enum_column(Choice, "decision", is_checked=False))
    until_on: Mapped[date | None]
    reason: Mapped[str]
    decided_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (Index("ix_plan_decision_asset_id", "asset_id", "id"),)


class ReplacementPrice(Base):
    """What a new one of a model costs, in the base currency; without it, the newest price paid."""

    __tablename__ = "replacement_price"

    model_id: Mapped[int] = mapped_column(
        ForeignKey("asset_model.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    set_at: Mapped[datetime]
    actor_name: Mapped[str]
