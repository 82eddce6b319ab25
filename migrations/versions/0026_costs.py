"""Keep expenses, exchange rates, rules of book values, and decisions about replacement"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0026_costs"
down_revision = "0025_matches"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
WORD = sa.String(24)


def upgrade() -> None:
    op.create_table(
        "depreciation_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("method", WORD, nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("salvage_cents", sa.BigInteger(), nullable=True),
        sa.Column("salvage_percent", sa.Text(), nullable=False),
        sa.Column("yearly_percent", sa.Text(), nullable=True),
        sa.Column("percents", sa.Text(), nullable=False),
        sa.Column("year", WORD, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_depreciation_rule"),
        sa.UniqueConstraint("name", name="uq_depreciation_rule_name"),
    )
    op.create_table(
        "depreciation_use",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.Column("model_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(category_id IS NULL) <> (model_id IS NULL)", name="ck_depreciation_use_of_one_thing"
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["depreciation_rule.id"],
            name="fk_depreciation_use_rule_id_depreciation_rule", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"],
            name="fk_depreciation_use_category_id_category", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["asset_model.id"],
            name="fk_depreciation_use_model_id_asset_model", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_depreciation_use"),
        sa.UniqueConstraint("category_id", name="uq_depreciation_use_category_id"),
        sa.UniqueConstraint("model_id", name="uq_depreciation_use_model_id"),
    )
    op.create_index("ix_depreciation_use_rule_id", "depreciation_use", ["rule_id"])
    op.create_table(
        "expense",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("source", WORD, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.Column("withdrawn_by", sa.Text(), nullable=True),
        sa.CheckConstraint("amount_cents >= 0", name="ck_expense_not_negative"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_expense_asset_id_asset", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_expense"),
        sa.UniqueConstraint("uuid", name="uq_expense_uuid"),
    )
    op.create_index("ix_expense_asset_id", "expense", ["asset_id"])
    op.create_table(
        "exchange_rate",
        sa.Column("base", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("per_base", sa.Text(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("base", "currency", "on_day", name="pk_exchange_rate"),
    )
    op.create_table(
        "plan_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("decision", WORD, nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_plan_decision_asset_id_asset", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_plan_decision"),
    )
    op.create_index("ix_plan_decision_asset_id", "plan_decision", ["asset_id", "id"])
    op.create_table(
        "replacement_price",
        sa.Column("model_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["model_id"], ["asset_model.id"],
            name="fk_replacement_price_model_id_asset_model", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("model_id", name="pk_replacement_price"),
    )


def downgrade() -> None:
    for table in (
        *("replacement_price", "plan_decision", "exchange_rate", "expense"),
        *("depreciation_use", "depreciation_rule"),
    ):
        op.drop_table(table)
