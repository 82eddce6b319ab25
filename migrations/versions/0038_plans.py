"""Keep plans of recurring maintenance, and what a task costs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0038_plans"
down_revision = "0037_attestations"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("model_id", sa.Integer()),
        sa.Column("every_months", sa.Integer()),
        sa.Column("every_check_outs", sa.Integer()),
        sa.Column("first_on", sa.Date()),
        sa.Column("next_on", sa.Date()),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("items", JSONType, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(every_months IS NULL) <> (every_check_outs IS NULL)", name="of_one_kind"
        ),
        sa.CheckConstraint(
            "(every_months IS NULL) = (next_on IS NULL)"
            " AND (every_months IS NULL) = (first_on IS NULL)",
            name="has_its_days",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"],
            name="fk_plan_category_id_category",
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["asset_model.id"],
            name="fk_plan_model_id_asset_model",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_plan"),
        sa.UniqueConstraint("name", name="uq_plan_name"),
    )
    # Both databases add these columns without writing a row.
    op.execute(
        "ALTER TABLE task ADD COLUMN plan_id INTEGER"
        " CONSTRAINT fk_task_plan_id_plan REFERENCES plan (id)"
    )
    op.create_index("ix_task_plan_id", "task", ["plan_id"])
    op.execute(
        "ALTER TABLE expense ADD COLUMN task_id INTEGER"
        " CONSTRAINT fk_expense_task_id_task REFERENCES task (id)"
    )
    op.create_index("ix_expense_task_id", "expense", ["task_id"])


def downgrade() -> None:
    op.drop_index("ix_expense_task_id", "expense")
    op.drop_column("expense", "task_id")
    op.drop_index("ix_task_plan_id", "task")
    op.drop_column("task", "plan_id")
    op.drop_table("plan")
