"""Keep tasks, their answers, and checklists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0029_tasks"
down_revision = "0028_stock"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
RUNNING = sa.text("state IN ('open', 'waiting')")


def upgrade() -> None:
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "waiting", "done", "cancelled",
                name="state", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("assignee_id", sa.Integer()),
        sa.Column("due_on", sa.Date()),
        sa.Column("items", JSONType, nullable=False),
        sa.Column("data", JSONType, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_task_asset_id_asset", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["user_account.id"], name="fk_task_assignee_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("key", name="uq_task_key"),
    )
    op.create_index("ix_task_asset_id", "task", ["asset_id"])
    op.create_index(
        "ix_task_running", "task", ["due_on"], sqlite_where=RUNNING, postgresql_where=RUNNING
    )
    op.create_table(
        "task_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("item_key", sa.Text(), nullable=False),
        sa.Column("is_ticked", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text()),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["task.id"], name="fk_task_answer_task_id_task", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_task_answer"),
        sa.UniqueConstraint("uuid", name="uq_task_answer_uuid"),
    )
    op.create_index("ix_task_answer_task_id", "task_answer", ["task_id", "id"])
    op.create_table(
        "checklist",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("items", JSONType, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"],
            name="fk_checklist_category_id_category", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_checklist"),
        sa.UniqueConstraint("key", name="uq_checklist_key"),
    )


def downgrade() -> None:
    op.drop_table("checklist")
    op.drop_table("task_answer")
    op.drop_table("task")
