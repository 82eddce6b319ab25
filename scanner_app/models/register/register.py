"""The register: assets, their identifiers, their locations and who they are assigned to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models.base import Base, enum_column

LENT = text("due_at IS NOT NULL")
OF_STOCK = text("stock_item_id IS NOT NULL")
OF_KIT = text("kit_id IS NOT NULL")


class Category(Base):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class AssetModel(Base):
    __tablename__ = "asset_model"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    # Empty and not NULL: with NULL, the same model could be added twice.
    model_number: Mapped[str] = mapped_column(default="")
    manufacturer: Mapped[str] = mapped_column(default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    # At or under it the model is low; NULL: never.
    min_in_stock: Mapped[int | None]

    __table_args__ = (UniqueConstraint("name", "model_number", "manufacturer"),)


class Location(Base):
    """A location in the tree. `path` holds the ids from the root: all inside share its prefix."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    code_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="room")
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    path: Mapped[str] = mapped_column(default="")
    full_name: Mapped[str] = mapped_column(default="")
    is_active: Mapped[bool] = mapped_column(default=True)
    # Of it and of all inside that set none, such as Europe/Berlin.
    time_zone: Mapped[str | None]
    # In degrees: both or none.
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_location_path", "path", postgresql_ops={"path": "text_pattern_ops"}),
        Index("ix_location_parent_id", "parent_id"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
    )


class Asset(Base):
    """One asset as it is now. The columns of its state repeat the newest row of its history."""

    __tablename__ = "asset"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_tag: Mapped[str] = mapped_column(unique=True)
    tag_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(default="")
    kind: Mapped[AssetKind] = mapped_column(
        enum_column(AssetKind, "kind", is_checked=False),
        default=AssetKind.HARDWARE,
        server_default=AssetKind.HARDWARE.value,
    )
    serial_number: Mapped[str | None]
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    status: Mapped[Stage] = mapped_column(enum_column(Stage, "status"), default=Stage.IN_STOCK)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    home_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime | None]
    condition: Mapped[str | None]
    # The newest event, refused or not, that the state includes. An older event that arrives later
    # is inserted before it, and the state is computed again.
    state_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]
    last_seen_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    purchase_date: Mapped[date | None]
    # Hundredths of the currency: sums are exact on both databases.
    purchase_cost_cents: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str | None]
    supplier: Mapped[str | None]
    order_number: Mapped[str | None]
    warranty_months: Mapped[int | None]
    eol_date: Mapped[date | None]
    # When an audit wrote it off. It counts only as long as the asset is missing.
    lost_since: Mapped[date | None]
    notes: Mapped[str | None]
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        # With the status, so that what is where is counted without the rows.
        Index("ix_asset_location_id_status", "location_id", "status"),
        Index("ix_asset_home_location_id", "home_location_id"),
        Index("ix_asset_custodian_id", "custodian_id"),
        Index("ix_asset_category_id", "category_id"),
        Index("ix_asset_model_id", "model_id"),
        Index("ix_asset_status", "status"),
        # Few assets are lent until a day. Scans that only see an asset do not touch this index.
        Index("ix_asset_due_at", "due_at", "status", sqlite_where=LENT, postgresql_where=LENT),
        CheckConstraint(
            "condition IS NULL OR condition IN ('good', 'damaged', 'unreadable_label')",
            name="condition_known",
        ),
    )


class Identifier(Base):
    """A code that, when scanned, means one asset, location, person, stock item or kit.

    Of a stock item, `quantity` is how many pieces the code stands for, as on a box of ten, and
    `bin_location_id` where the label of a bin says that the item lies.

    `value` is the canonical form, made by `decoding`. A label that is taken off gets an end and is
    not deleted, so that a scan of last week still means what it meant then.
    """

    __tablename__ = "identifier"

    id: Mapped[int] = mapped_column(primary_key=True)
    scheme: Mapped[str]
    value: Mapped[str]
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    stock_item_id: Mapped[int | None] = mapped_column(ForeignKey("stock_item.id"))
    quantity: Mapped[int | None]
    bin_location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    kit_id: Mapped[int | None] = mapped_column(ForeignKey("kit.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        # Makers reuse serial numbers; two assets with one serial are an ambiguity, not an error.
        Index(
            "uq_identifier_scheme_value",
            "scheme",
            "value",
            unique=True,
            sqlite_where=text("ended_at IS NULL AND scheme <> 'serial'"),
            postgresql_where=text("ended_at IS NULL AND scheme <> 'serial'"),
        ),
        Index("ix_identifier_value", "value"),
        Index("ix_identifier_asset_id", "asset_id"),
        Index("ix_identifier_location_id", "location_id"),
        Index("ix_identifier_person_id", "person_id"),
        Index(
            "ix_identifier_stock_item_id",
            "stock_item_id",
            sqlite_where=OF_STOCK,
            postgresql_where=OF_STOCK,
        ),
        Index("ix_identifier_kit_id", "kit_id", sqlite_where=OF_KIT, postgresql_where=OF_KIT),
        CheckConstraint(
            # PostgreSQL cannot add booleans.
            "(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN stock_item_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN kit_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="means_one_thing",
        ),
        CheckConstraint(
            "stock_item_id IS NOT NULL OR (quantity IS NULL AND bin_location_id IS NULL)",
            name="pieces_of_stock",
        ),
    )


class Custody(Base):
    """To whom an asset was assigned, from its start up to its end. No end: it is so now."""

    __tablename__ = "custody"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_custody_one_open",
            "asset_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_custody_asset_id", "asset_id"),
        Index("ix_custody_person_id", "person_id"),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
    )


class Placement(Base):
    """Where an asset was, from its start up to its end. No end: it is there now."""

    __tablename__ = "placement"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_placement_one_open",
            "asset_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_placement_asset_id", "asset_id"),
        Index("ix_placement_location_id", "location_id"),
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
    )


class RegisterChange(Base):
    """One change of an asset that is not a scan: created, edited, imported or audited.

    `changes` holds the old and new values, for people to read. When the state is computed from
    the history, the `sets_*` columns replace it at the time `at`, whatever it was.
    """

    __tablename__ = "register_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    kind: Mapped[str]
    actor: Mapped[str]
    audit_id: Mapped[int | None]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    sets_status: Mapped[Stage | None] = mapped_column(enum_column(Stage, "sets_status"))
    sets_location: Mapped[bool] = mapped_column(default=False)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    sets_custodian: Mapped[bool] = mapped_column(default=False)
    custodian_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (Index("ix_register_change_asset_id", "asset_id"),)


class StatusName(Base):
    """A name that imported files use for a stage. An admin can change these."""

    __tablename__ = "status_name"

    id: Mapped[int] = mapped_column(primary_key=True)
    name_key: Mapped[str] = mapped_column(unique=True)
    stage: Mapped[Stage] = mapped_column(enum_column(Stage, "stage"))


class Attachment(Base):
    """One file of one asset or one model.

    `sha256` names it in the file store, `thumb_sha256` its small picture. Nothing of it is ever
    changed but its end: `removed_at` takes it off the pages and keeps what was there.
    """

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    uuid: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[AttachmentKind] = mapped_column(
        enum_column(AttachmentKind, "kind", is_checked=False)
    )
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="CASCADE"))
    model_id: Mapped[int | None] = mapped_column(ForeignKey("asset_model.id"))
    sha256: Mapped[str]
    thumb_sha256: Mapped[str | None]
    media_type: Mapped[str]
    filename: Mapped[str]
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    taken_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str | None]

    __table_args__ = (
        Index("ix_attachment_asset_id", "asset_id"),
        Index("ix_attachment_model_id", "model_id"),
        CheckConstraint("(asset_id IS NULL) <> (model_id IS NULL)", name="of_one_thing"),
    )
