"""Keep kits and their pieces; a code can mean a kit

On SQLite the table of codes is written again, since its CHECK has to know the new column.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0040_kits"
down_revision = "0039_sanitizations"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
FOUR = " + ".join(
    f"(CASE WHEN {name}_id IS NULL THEN 0 ELSE 1 END)"
    for name in ("asset", "location", "person", "stock_item")
)
FIVE = f"{FOUR} + (CASE WHEN kit_id IS NULL THEN 0 ELSE 1 END)"
OF_STOCK = "stock_item_id IS NOT NULL OR (quantity IS NULL AND bin_location_id IS NULL)"
OF_KIT = sa.text("kit_id IS NOT NULL")
COLUMNS = (
    "id, scheme, value, asset_id, location_id, person_id, started_at, ended_at, stock_item_id,"
    " quantity, bin_location_id"
)


def upgrade() -> None:
    make_kits()
    if op.get_bind().dialect.name == "sqlite":
        write_codes_again(FIVE, sa.Column("kit_id", sa.Integer()), key("identifier", "kit_id", "kit"))
    else:
        op.add_column("identifier", sa.Column("kit_id", sa.Integer()))
        op.create_foreign_key(
            "fk_identifier_kit_id_kit", "identifier", "kit", ["kit_id"], ["id"]
        )
        check_one_thing(FIVE)
    op.create_index(
        "ix_identifier_kit_id", "identifier", ["kit_id"],
        sqlite_where=OF_KIT, postgresql_where=OF_KIT,
    )


def key(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}"
    )


def make_kits() -> None:
    op.create_table(
        "kit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("tag_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
        sa.Column("home_location_id", sa.Integer()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        key("kit", "home_location_id", "location"),
        sa.PrimaryKeyConstraint("id", name="pk_kit"),
        sa.UniqueConstraint("tag_key", name="uq_kit_tag_key"),
    )
    op.create_index("ix_kit_name", "kit", ["name"])
    op.create_table(
        "kit_piece",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kit_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("model_id", sa.Integer()),
        sa.Column("stock_item_id", sa.Integer()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("is_fixed", sa.Boolean(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint(
            "(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN model_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN stock_item_id IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_kit_piece_is_one_thing"),
        ),
        sa.CheckConstraint(
            "quantity > 0 AND (asset_id IS NULL OR quantity = 1)",
            name=op.f("ck_kit_piece_of_something"),
        ),
        key("kit_piece", "kit_id", "kit"),
        key("kit_piece", "asset_id", "asset"),
        key("kit_piece", "model_id", "asset_model"),
        key("kit_piece", "stock_item_id", "stock_item"),
        sa.PrimaryKeyConstraint("id", name="pk_kit_piece"),
    )
    for name in ("kit_id", "asset_id", "model_id", "stock_item_id"):
        op.create_index(f"ix_kit_piece_{name}", "kit_piece", [name])
    live = sa.text("ended_at IS NULL AND is_fixed")
    op.create_index(
        "uq_kit_piece_fixed", "kit_piece", ["asset_id"], unique=True,
        sqlite_where=live, postgresql_where=live,
    )


def check_one_thing(sum_of: str) -> None:
    name = op.f("ck_identifier_means_one_thing")
    op.drop_constraint(name, "identifier", type_="check")
    op.create_check_constraint(name, "identifier", f"{sum_of} = 1")


def write_codes_again(sum_of: str, *more: sa.schema.SchemaItem) -> None:
    """Copy the table: nothing refers to it, so that the old one can go."""
    op.create_table(
        "identifier_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("location_id", sa.Integer()),
        sa.Column("person_id", sa.Integer()),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("stock_item_id", sa.Integer()),
        sa.Column("quantity", sa.Integer()),
        sa.Column("bin_location_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_identifier"),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"{name}.id"], ondelete="CASCADE",
                name=f"fk_identifier_{name}_id_{name}",
            )
            for name in ("asset", "location", "person")
        ),
        key("identifier", "stock_item_id", "stock_item"),
        key("identifier", "bin_location_id", "location"),
        *more,
        sa.CheckConstraint(f"{sum_of} = 1", name=op.f("ck_identifier_means_one_thing")),
        sa.CheckConstraint(OF_STOCK, name=op.f("ck_identifier_pieces_of_stock")),
    )
    op.execute(f"INSERT INTO identifier_new ({COLUMNS}) SELECT {COLUMNS} FROM identifier")
    op.execute("DROP TABLE identifier")
    op.execute("ALTER TABLE identifier_new RENAME TO identifier")
    for name in ("asset_id", "location_id", "person_id", "value"):
        op.create_index(f"ix_identifier_{name}", "identifier", [name])
    op.create_index(
        "ix_identifier_stock_item_id", "identifier", ["stock_item_id"],
        sqlite_where=sa.text("stock_item_id IS NOT NULL"),
    )
    op.create_index(
        "uq_identifier_scheme_value", "identifier", ["scheme", "value"], unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND scheme <> 'serial'"),
    )


def downgrade() -> None:
    op.drop_index("ix_identifier_kit_id", "identifier")
    op.execute("DELETE FROM identifier WHERE kit_id IS NOT NULL")
    if op.get_bind().dialect.name == "sqlite":
        write_codes_again(FOUR)
    else:
        check_one_thing(FOUR)
        op.drop_column("identifier", "kit_id")
    for table in ("kit_piece", "kit"):
        op.drop_table(table)
