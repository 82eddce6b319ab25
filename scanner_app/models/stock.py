"""Stock: items that are counted in pieces, where the pieces are, and each move between accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.stock.acts import Act
from scanner_app.domain.stock.items import AccountKind, StockClass
from scanner_app.models.base import Base, enum_column

LOW = text("is_low")
AT_ONE = text("location_id IS NOT NULL")
OF_ALL = text("location_id IS NULL")


class StockItem(Base):
    """Something that is counted in pieces: it has no serial number, and no piece has a tag."""

    __tablename__ = "stock_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    code_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    stock_class: Mapped[StockClass] = mapped_column(enum_column(StockClass, "stock_class"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    manufacturer: Mapped[str] = mapped_column(default="")
    unit: Mapped[str] = mapped_column(default="")
    returns: Mapped[bool]
    lead_days: Mapped[int | None]
    safety_quantity: Mapped[int] = mapped_column(default=0)
    supplier: Mapped[str] = mapped_column(default="")
    supplier_code: Mapped[str] = mapped_column(default="")
    pack_quantity: Mapped[int] = mapped_column(default=1)
    unit_cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    notes: Mapped[str] = mapped_column(default="")
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_stock_item_name", "name"),
        CheckConstraint("pack_quantity > 0", name="pack_holds_some"),
    )


class StockAccount(Base):
    """Where pieces can be: a location, a person, an asset, or one that balances the books."""

    __tablename__ = "stock_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[AccountKind] = mapped_column(enum_column(AccountKind, "kind"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"), unique=True)

    __table_args__ = (
        Index(
            "uq_stock_account_kind",
            "kind",
            unique=True,
            sqlite_where=text("kind NOT IN ('place', 'person', 'asset')"),
            postgresql_where=text("kind NOT IN ('place', 'person', 'asset')"),
        ),
        CheckConstraint(
            "(kind = 'place') = (location_id IS NOT NULL)"
            " AND (kind = 'person') = (person_id IS NOT NULL)"
            " AND (kind = 'asset') = (asset_id IS NOT NULL)",
            name="is_of_its_kind",
        ),
    )


class StockMove(Base):
    """Pieces that went from one account to another. Triggers refuse every UPDATE and DELETE.

    If an account was counted after `effective_at`, the count saw the pieces gone already: that leg
    is booked against the account `difference`, and `..._counted_id` names the account itself.

    :param act: what somebody did; a move that undoes another has the act of that one.
    """

    __tablename__ = "stock_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    stock_item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"))
    act: Mapped[Act] = mapped_column(enum_column(Act, "act", is_checked=False))
    from_account_id: Mapped[int] = mapped_column(ForeignKey("stock_account.id"))
    to_account_id: Mapped[int] = mapped_column(ForeignKey("stock_account.id"))
    from_counted_id: Mapped[int | None] = mapped_column(ForeignKey("stock_account.id"))
    to_counted_id: Mapped[int | None] = mapped_column(ForeignKey("stock_account.id"))
    quantity: Mapped[int]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    scan_id: Mapped[UUID | None] = mapped_column(unique=True)
    voids_id: Mapped[int | None] = mapped_column(ForeignKey("stock_move.id"), unique=True)
    for_person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    for_asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id"))
    order_line: Mapped[int | None]
    unit_cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    order_number: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    actor: Mapped[str]
    actor_name: Mapped[str]

    __table_args__ = (
        Index("ix_stock_move_stock_item_id", "stock_item_id", "effective_at"),
        Index("ix_stock_move_from_account_id", "from_account_id", "stock_item_id"),
        Index("ix_stock_move_to_account_id", "to_account_id", "stock_item_id"),
        CheckConstraint("quantity > 0", name="moves_some"),
        CheckConstraint("from_account_id <> to_account_id", name="goes_elsewhere"),
    )


class StockCount(Base):
    """How many pieces of an item somebody counted at a location. Only its end is ever changed.

    :param expected: how many the books expected there at that time.
    """

    __tablename__ = "stock_count"

    id: Mapped[int] = mapped_column(primary_key=True)
    stock_item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("stock_account.id"))
    quantity: Mapped[int]
    expected: Mapped[int]
    effective_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    scan_id: Mapped[UUID | None] = mapped_column(unique=True)
    reason: Mapped[str] = mapped_column(default="")
    actor: Mapped[str]
    actor_name: Mapped[str]
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_stock_count_stock_item_id", "stock_item_id", "account_id", "effective_at"),
        CheckConstraint("quantity >= 0", name="counts_none_or_more"),
    )


class StockLevel(Base):
    """How many pieces of an item an account has now: what its moves say.

    :param counted_at: when the newest count was made that was not undone.
    :param contested_at: since when a move that arrived late found too little: it is to be counted.
    """

    __tablename__ = "stock_level"

    stock_item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("stock_account.id"), primary_key=True)
    quantity: Mapped[int]
    counted_at: Mapped[datetime | None]
    contested_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_stock_level_account_id", "account_id"),
        CheckConstraint("quantity >= 0", name="is_never_below_zero"),
    )


class StockRule(Base):
    """The minimum and the target of an item, at one location or, without one, at all together.

    :param episode: how often it became low. A notice of low stock names it, so that there is one
        until somebody fills up.
    """

    __tablename__ = "stock_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    stock_item_id: Mapped[int] = mapped_column(ForeignKey("stock_item.id"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    min_quantity: Mapped[int | None]
    target_quantity: Mapped[int | None]
    is_low: Mapped[bool] = mapped_column(default=False)
    episode: Mapped[int] = mapped_column(default=0)
    low_since: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_stock_rule_at_one",
            "stock_item_id",
            "location_id",
            unique=True,
            sqlite_where=AT_ONE,
            postgresql_where=AT_ONE,
        ),
        Index(
            "uq_stock_rule_of_all",
            "stock_item_id",
            unique=True,
            sqlite_where=OF_ALL,
            postgresql_where=OF_ALL,
        ),
        Index("ix_stock_rule_low", "stock_item_id", sqlite_where=LOW, postgresql_where=LOW),
    )
