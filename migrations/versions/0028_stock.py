"""Keep stock: items in pieces, accounts, moves, counts, levels and minimums

A code can mean a stock item now. On SQLite the table of codes is written again, since its CHECK
has to know the new column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0028_stock"
down_revision = "0027_finding_owners"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
KINDS = ("place", "person", "asset", "outside", "used", "lost", "difference")
CLASSES = ("consumable", "accessory", "component")
MOVE_IS_FINAL = "a move of stock cannot be changed"
COUNT_IS_FINAL = "a count of stock cannot be changed, only undone"
COUNT_FIXED = (
    "stock_item_id", "account_id", "quantity", "expected", "effective_at", "recorded_at",
    "scan_id", "reason", "actor", "actor_name",
)
ONE_THING = " + ".join(
    f"(CASE WHEN {name}_id IS NULL THEN 0 ELSE 1 END)"
    for name in ("asset", "location", "person", "stock_item")
)
OF_STOCK = "stock_item_id IS NOT NULL OR (quantity IS NULL AND bin_location_id IS NULL)"


def upgrade() -> None:
    make_items()
    make_moves()
    make_levels()
    op.add_column("scan", sa.Column("details", sa.Text()))
    if op.get_bind().dialect.name == "sqlite":
        rewrite_identifiers()
        guard_sqlite()
    else:
        extend_identifiers()
        guard_postgres()
    op.create_index(
        "ix_identifier_stock_item_id", "identifier", ["stock_item_id"],
        sqlite_where=sa.text("stock_item_id IS NOT NULL"),
        postgresql_where=sa.text("stock_item_id IS NOT NULL"),
    )


def choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(
        *values, name=name, native_enum=False, create_constraint=True, length=24
    )


def key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}"
    )


def make_items() -> None:
    op.create_table(
        "stock_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stock_class", choice("stock_class", CLASSES), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("manufacturer", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("returns", sa.Boolean(), nullable=False),
        sa.Column("lead_days", sa.Integer()),
        sa.Column("safety_quantity", sa.Integer(), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("supplier_code", sa.Text(), nullable=False),
        sa.Column("pack_quantity", sa.Integer(), nullable=False),
        sa.Column("unit_cost_cents", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("custom", JSONType, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("pack_quantity > 0", name=op.f("ck_stock_item_pack_holds_some")),
        key("stock_item", "category_id", "category"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_item"),
        sa.UniqueConstraint("code", name="uq_stock_item_code"),
        sa.UniqueConstraint("code_key", name="uq_stock_item_code_key"),
    )
    op.create_index("ix_stock_item_name", "stock_item", ["name"])
    op.create_table(
        "stock_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", choice("kind", KINDS), nullable=False),
        sa.Column("location_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("asset_id", sa.Integer()),
        sa.CheckConstraint(
            "(kind = 'place') = (location_id IS NOT NULL)"
            " AND (kind = 'person') = (person_id IS NOT NULL)"
            " AND (kind = 'asset') = (asset_id IS NOT NULL)",
            name=op.f("ck_stock_account_is_of_its_kind"),
        ),
        key("stock_account", "location_id", "location"),
        key("stock_account", "person_id", "person"),
        key("stock_account", "asset_id", "asset"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_account"),
        sa.UniqueConstraint("location_id", name="uq_stock_account_location_id"),
        sa.UniqueConstraint("person_id", name="uq_stock_account_person_id"),
        sa.UniqueConstraint("asset_id", name="uq_stock_account_asset_id"),
    )
    unreal = sa.text("kind NOT IN ('place', 'person', 'asset')")
    op.create_index(
        "uq_stock_account_kind", "stock_account", ["kind"], unique=True,
        sqlite_where=unreal, postgresql_where=unreal,
    )


def make_moves() -> None:
    op.create_table(
        "stock_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stock_item_id", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(24), nullable=False),
        sa.Column("from_account_id", sa.Integer(), nullable=False),
        sa.Column("to_account_id", sa.Integer(), nullable=False),
        sa.Column("from_counted_id", sa.Integer()),
        sa.Column("to_counted_id", sa.Integer()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("scan_id", sa.Uuid()),
        sa.Column("voids_id", sa.Integer()),
        sa.Column("for_person_id", sa.Integer()),
        sa.Column("for_asset_id", sa.Integer()),
        sa.Column("order_line", sa.Integer()),
        sa.Column("unit_cost_cents", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("order_number", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_move_moves_some")),
        sa.CheckConstraint(
            "from_account_id <> to_account_id", name=op.f("ck_stock_move_goes_elsewhere")
        ),
        key("stock_move", "stock_item_id", "stock_item"),
        key("stock_move", "from_account_id", "stock_account"),
        key("stock_move", "to_account_id", "stock_account"),
        key("stock_move", "from_counted_id", "stock_account"),
        key("stock_move", "to_counted_id", "stock_account"),
        key("stock_move", "voids_id", "stock_move"),
        key("stock_move", "for_person_id", "person"),
        key("stock_move", "for_asset_id", "asset"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_move"),
        sa.UniqueConstraint("scan_id", name="uq_stock_move_scan_id"),
        sa.UniqueConstraint("voids_id", name="uq_stock_move_voids_id"),
    )
    op.create_index("ix_stock_move_stock_item_id", "stock_move", ["stock_item_id", "effective_at"])
    for side in ("from", "to"):
        op.create_index(
            f"ix_stock_move_{side}_account_id", "stock_move",
            [f"{side}_account_id", "stock_item_id"],
        )


def make_levels() -> None:
    op.create_table(
        "stock_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stock_item_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("scan_id", sa.Uuid()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("undone_at", MOMENT),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_count_counts_none_or_more")),
        key("stock_count", "stock_item_id", "stock_item"),
        key("stock_count", "account_id", "stock_account"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_count"),
        sa.UniqueConstraint("scan_id", name="uq_stock_count_scan_id"),
    )
    op.create_index(
        "ix_stock_count_stock_item_id", "stock_count",
        ["stock_item_id", "account_id", "effective_at"],
    )
    op.create_table(
        "stock_level",
        sa.Column("stock_item_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("counted_at", MOMENT),
        sa.Column("contested_at", MOMENT),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_stock_level_is_never_below_zero")),
        key("stock_level", "stock_item_id", "stock_item"),
        key("stock_level", "account_id", "stock_account"),
        sa.PrimaryKeyConstraint("stock_item_id", "account_id", name="pk_stock_level"),
    )
    op.create_index("ix_stock_level_account_id", "stock_level", ["account_id"])
    op.create_table(
        "stock_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("stock_item_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer()),
        sa.Column("min_quantity", sa.Integer()),
        sa.Column("target_quantity", sa.Integer()),
        sa.Column("is_low", sa.Boolean(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("low_since", MOMENT),
        key("stock_rule", "stock_item_id", "stock_item"),
        key("stock_rule", "location_id", "location"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_rule"),
    )
    for name, columns, where, unique in (
        ("uq_stock_rule_at_one", ["stock_item_id", "location_id"], "location_id IS NOT NULL", True),
        ("uq_stock_rule_of_all", ["stock_item_id"], "location_id IS NULL", True),
        ("ix_stock_rule_low", ["stock_item_id"], "is_low", False),
    ):
        op.create_index(
            name, "stock_rule", columns, unique=unique,
            sqlite_where=sa.text(where), postgresql_where=sa.text(where),
        )


def extend_identifiers() -> None:
    op.add_column("identifier", sa.Column("stock_item_id", sa.Integer()))
    op.add_column("identifier", sa.Column("quantity", sa.Integer()))
    op.add_column("identifier", sa.Column("bin_location_id", sa.Integer()))
    op.create_foreign_key(
        "fk_identifier_stock_item_id_stock_item", "identifier", "stock_item",
        ["stock_item_id"], ["id"],
    )
    op.create_foreign_key(
        "fk_identifier_bin_location_id_location", "identifier", "location",
        ["bin_location_id"], ["id"],
    )
    op.drop_constraint(op.f("ck_identifier_means_one_thing"), "identifier", type_="check")
    op.create_check_constraint(
        op.f("ck_identifier_means_one_thing"), "identifier", f"{ONE_THING} = 1"
    )
    op.create_check_constraint(op.f("ck_identifier_pieces_of_stock"), "identifier", OF_STOCK)


OLD_COLUMNS = "id, scheme, value, asset_id, location_id, person_id, started_at, ended_at"


def rewrite_identifiers() -> None:
    """Copy the table: nothing refers to it, so that it can be dropped."""
    op.create_table(
        "identifier_new",
        *old_columns(),
        sa.Column("stock_item_id", sa.Integer()),
        sa.Column("quantity", sa.Integer()),
        sa.Column("bin_location_id", sa.Integer()),
        sa.CheckConstraint(f"{ONE_THING} = 1", name=op.f("ck_identifier_means_one_thing")),
        sa.CheckConstraint(OF_STOCK, name=op.f("ck_identifier_pieces_of_stock")),
        key("identifier", "stock_item_id", "stock_item"),
        key("identifier", "bin_location_id", "location"),
    )
    swap_identifiers()


def old_columns() -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("location_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_identifier"),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{name}.id"], ondelete="CASCADE",
                name=f"fk_identifier_{name}_id_{name}",
            )
            for name in ("asset", "location", "person")
        ),
    )


def swap_identifiers() -> None:
    op.execute(
        f"INSERT INTO identifier_new ({OLD_COLUMNS}) SELECT {OLD_COLUMNS} FROM identifier"
    )
    op.drop_table("identifier")
    op.rename_table("identifier_new", "identifier")
    for name in ("asset_id", "location_id", "person_id", "value"):
        op.create_index(f"ix_identifier_{name}", "identifier", [name])
    op.create_index(
        "uq_identifier_scheme_value", "identifier", ["scheme", "value"], unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND scheme <> 'serial'"),
    )


def guard_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER stock_move_no_{verb.lower()} BEFORE {verb} ON stock_move "
            f"BEGIN SELECT RAISE(ABORT, '{MOVE_IS_FINAL}'); END"
        )
    for verb in (f"UPDATE OF {', '.join(COUNT_FIXED)}", "DELETE"):
        op.execute(
            f"CREATE TRIGGER stock_count_no_{verb[:6].lower()} BEFORE {verb} ON stock_count "
            f"BEGIN SELECT RAISE(ABORT, '{COUNT_IS_FINAL}'); END"
        )


def guard_postgres() -> None:
    for table, verb, message in (
        ("stock_move", "UPDATE OR DELETE", MOVE_IS_FINAL),
        ("stock_count", f"UPDATE OF {', '.join(COUNT_FIXED)} OR DELETE", COUNT_IS_FINAL),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_is_final BEFORE {verb} ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{message}')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
        )


def downgrade() -> None:
    op.drop_index("ix_identifier_stock_item_id", "identifier")
    op.execute("DELETE FROM identifier WHERE stock_item_id IS NOT NULL")
    three = ONE_THING.rsplit(" + ", 1)[0]
    if op.get_bind().dialect.name == "sqlite":
        op.create_table(
            "identifier_new",
            *old_columns(),
            sa.CheckConstraint(f"{three} = 1", name=op.f("ck_identifier_means_one_thing")),
        )
        swap_identifiers()
    else:
        op.drop_constraint(op.f("ck_identifier_means_one_thing"), "identifier", type_="check")
        op.drop_constraint(op.f("ck_identifier_pieces_of_stock"), "identifier", type_="check")
        for name in ("stock_item_id", "quantity", "bin_location_id"):
            op.drop_column("identifier", name)
        op.create_check_constraint(
            op.f("ck_identifier_means_one_thing"), "identifier", f"{three} = 1"
        )
    op.drop_column("scan", "details")
    for table in ("rule", "level", "count", "move", "account", "item"):
        op.drop_table(f"stock_{table}")
