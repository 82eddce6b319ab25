"""Keep suppliers, orders and deliveries; an expense may be of a line of an order alone"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0046_orders"
down_revision = "0045_consignments"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
WORD = sa.String(24)
EXPENSE = (
    "id, uuid, asset_id, task_id, on_day, kind, amount_cents, currency, source, note, recorded_at,"
    " actor, actor_name, withdrawn_at, withdrawn_by"
)


def upgrade() -> None:
    _make_suppliers()
    _make_orders()
    _make_deliveries()
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("expense", "asset_id", nullable=True)
    else:
        _rebuild_expense(is_nullable=True)
    # Both databases add this column without writing a row.
    op.execute(
        "ALTER TABLE expense ADD COLUMN order_line_id INTEGER"
        " CONSTRAINT fk_expense_order_line_id_order_line REFERENCES order_line (id)"
    )
    op.create_index("ix_expense_order_line_id", "expense", ["order_line_id"])


def downgrade() -> None:
    op.execute("DELETE FROM expense WHERE asset_id IS NULL")
    op.drop_index("ix_expense_order_line_id", "expense")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_column("expense", "order_line_id")
        op.alter_column("expense", "asset_id", nullable=False)
    else:
        _rebuild_expense(is_nullable=False)
    for table in ("delivery_scan", "receipt", "delivery"):
        op.drop_table(table)
    op.execute("DELETE FROM task_answer WHERE task_id IN"
               " (SELECT id FROM task WHERE kind = 'delivery')")
    op.execute("DELETE FROM task WHERE kind = 'delivery'")
    for table in ("order_line", "purchase_order", "supplier_scheme", "supplier"):
        op.drop_table(table)


def _make_suppliers() -> None:
    op.create_table(
        "supplier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("roles", JSONType, nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supplier"),
        sa.UniqueConstraint("name_key", name="uq_supplier_name_key"),
    )
    op.create_table(
        "supplier_scheme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"],
            name="fk_supplier_scheme_supplier_id_supplier", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_supplier_scheme"),
    )
    op.create_index("ix_supplier_scheme_supplier_id", "supplier_scheme", ["supplier_id"])


def _make_orders() -> None:
    op.create_table(
        "purchase_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", sa.Text(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "placed", "closed", "cancelled",
                name="state", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("delivery_cents", sa.BigInteger(), nullable=False),
        sa.Column("placed_on", sa.Date()),
        sa.Column("promised_on", sa.Date()),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by", sa.Text()),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint("delivery_cents >= 0", name="delivery_not_negative"),
        sa.ForeignKeyConstraint(
            ["supplier_id"], ["supplier.id"], name="fk_purchase_order_supplier_id_supplier"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_purchase_order"),
        sa.UniqueConstraint("number_key", name="uq_purchase_order_number_key"),
    )
    op.create_index("ix_purchase_order_supplier_id", "purchase_order", ["supplier_id"])
    op.create_index("ix_purchase_order_state", "purchase_order", ["state"])
    op.create_table(
        "order_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("model_id", sa.Integer()),
        sa.Column("stock_item_id", sa.Integer()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("model_code", sa.Text(), nullable=False),
        sa.Column("model_key", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_cents", sa.BigInteger(), nullable=False),
        sa.Column("warranty_months", sa.Integer()),
        sa.CheckConstraint("quantity > 0", name="asks_for_some"),
        sa.CheckConstraint("unit_price_cents >= 0", name="price_not_negative"),
        sa.CheckConstraint(
            "(CASE WHEN model_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN stock_item_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN text = '' THEN 0 ELSE 1 END) = 1",
            name="is_of_one_thing",
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"],
            name="fk_order_line_order_id_purchase_order", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["asset_model.id"], name="fk_order_line_model_id_asset_model"
        ),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name="fk_order_line_stock_item_id_stock_item"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_line"),
        sa.UniqueConstraint("order_id", "position", name="uq_order_line_order_id_position"),
    )
    op.create_index("ix_order_line_model_id", "order_line", ["model_id"])


def _make_deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("task_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_delivery_task_id_task"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["purchase_order.id"], name="fk_delivery_order_id_purchase_order"
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name="fk_delivery_location_id_location"
        ),
        sa.PrimaryKeyConstraint("task_id", name="pk_delivery"),
    )
    op.create_index("ix_delivery_order_id", "delivery", ["order_id"])
    op.create_table(
        "receipt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.Integer()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("serial", sa.Text()),
        sa.Column("serial_key", sa.Text()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("condition", sa.Text()),
        sa.Column(
            "state",
            sa.Enum(
                "received", "over", "unordered", "already_registered",
                name="state", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("decision", WORD),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("decided_by", sa.Text()),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("stock_item_id", sa.Integer()),
        sa.Column("booked_at", MOMENT),
        sa.CheckConstraint("quantity > 0", name="is_of_some"),
        sa.CheckConstraint("serial_key IS NULL OR quantity = 1", name="one_of_each_serial"),
        sa.CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided_once"),
        sa.ForeignKeyConstraint(
            ["task_id"], ["delivery.task_id"], name="fk_receipt_task_id_delivery"
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name="fk_receipt_line_id_order_line"
        ),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_receipt_asset_id_asset"),
        sa.ForeignKeyConstraint(
            ["stock_item_id"], ["stock_item.id"], name="fk_receipt_stock_item_id_stock_item"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_receipt"),
        sa.UniqueConstraint("task_id", "serial_key", name="uq_receipt_task_id_serial_key"),
    )
    op.create_index("ix_receipt_line_id", "receipt", ["line_id"])
    op.create_index("ix_receipt_asset_id", "receipt", ["asset_id"])
    op.create_table(
        "delivery_scan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Integer()),
        sa.Column("line_id", sa.Integer()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("is_product", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("device", sa.Text()),
        sa.ForeignKeyConstraint(
            ["task_id"], ["delivery.task_id"], name="fk_delivery_scan_task_id_delivery"
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"],
            name="fk_delivery_scan_receipt_id_receipt", ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_line.id"], name="fk_delivery_scan_line_id_order_line"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_delivery_scan"),
    )
    op.create_index("ix_delivery_scan_task_id", "delivery_scan", ["task_id", "actor", "at"])
    op.create_index("ix_delivery_scan_scan_id", "delivery_scan", ["scan_id"])
    op.create_index("ix_delivery_scan_receipt_id", "delivery_scan", ["receipt_id"])


def _rebuild_expense(*, is_nullable: bool) -> None:
    """Make expenses again: SQLite lets a column be empty in no other way."""
    op.execute("CREATE TABLE old_expense AS SELECT * FROM expense")
    op.drop_table("expense")
    op.create_table(
        "expense",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=is_nullable),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.Text()),
        sa.CheckConstraint("amount_cents >= 0", name="ck_expense_not_negative"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_expense_asset_id_asset", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_expense"),
        sa.UniqueConstraint("uuid", name="uq_expense_uuid"),
    )
    # With its key in the column itself: SQLite drops no other column again.
    op.execute(
        "ALTER TABLE expense ADD COLUMN task_id INTEGER"
        " CONSTRAINT fk_expense_task_id_task REFERENCES task (id)"
    )
    op.create_index("ix_expense_asset_id", "expense", ["asset_id"])
    op.create_index("ix_expense_task_id", "expense", ["task_id"])
    op.execute(f"INSERT INTO expense ({EXPENSE}) SELECT {EXPENSE} FROM old_expense")
    op.execute("DROP TABLE old_expense")
