"""Keep webhooks, messages on their way, and addresses that get none"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0030_deliveries"
down_revision = "0029_tasks"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
STATES = ("pending", "held", "sending", "sent", "failed", "withdrawn")


def upgrade() -> None:
    # PostgreSQL and SQLite both add a column with a constant default without writing a row.
    op.execute("ALTER TABLE notice ADD COLUMN is_restored BOOLEAN NOT NULL DEFAULT FALSE")
    op.create_table(
        "webhook",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kinds", JSONType, nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("old_secret", sa.Text(), nullable=True),
        sa.Column("old_secret_until", MOMENT, nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("off_reason", sa.Text(), nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
        sa.UniqueConstraint("name", name="uq_webhook_name"),
    )
    create_deliveries()
    op.create_table(
        "mail_stop",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("is_refused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_mail_stop"),
    )


def create_deliveries() -> None:
    def link(column: str, table: str) -> sa.ForeignKeyConstraint:
        name = f"fk_notice_delivery_{column}_{table}"
        return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete="CASCADE")

    op.create_table(
        "notice_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=True),
        sa.Column("notice_to_id", sa.Integer(), nullable=True),
        sa.Column("webhook_id", sa.Integer(), nullable=True),
        sa.Column(
            "channel",
            sa.Enum("mail", "webhook", name="channel", native_enum=False, length=24,
                    create_constraint=True),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, length=24, create_constraint=True),
            nullable=False,
        ),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        link("notice_id", "notice"),
        link("notice_to_id", "notice_to"),
        link("webhook_id", "webhook"),
        sa.PrimaryKeyConstraint("id", name="pk_notice_delivery"),
        sa.UniqueConstraint("name", name="uq_notice_delivery_name"),
        sa.UniqueConstraint(
            "notice_to_id", "channel", name="uq_notice_delivery_notice_to_id_channel"
        ),
        sa.UniqueConstraint(
            "notice_id", "webhook_id", name="uq_notice_delivery_notice_id_webhook_id"
        ),
        sa.CheckConstraint(
            "(notice_to_id IS NULL) <> (webhook_id IS NULL)", name="ck_notice_delivery_one_way"
        ),
    )
    for columns in (["webhook_id", "id"], ["digest"], ["sent_at"], ["state"]):

        op.create_index(f"ix_notice_delivery_{columns[0]}", "notice_delivery", columns)


def downgrade() -> None:
    op.drop_table("mail_stop")
    op.drop_table("notice_delivery")
    op.drop_table("webhook")
    op.drop_column("notice", "is_restored")
