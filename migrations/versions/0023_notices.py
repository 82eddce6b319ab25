"""Keep notices, whom they are told to, and how each person wants to be told"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0023_notices"
down_revision = "0022_handovers"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
ON_ACCOUNT = ("quiet_from", "quiet_to", "digest_hour")


def upgrade() -> None:
    # Both databases add a column that may be empty without writing a row.
    op.execute(
        "ALTER TABLE user_account ADD COLUMN person_id INTEGER "
        "CONSTRAINT fk_user_account_person_id_person REFERENCES person (id)"
    )
    for name in ON_ACCOUNT:
        op.execute(f"ALTER TABLE user_account ADD COLUMN {name} INTEGER")
    op.execute("ALTER TABLE user_account ADD COLUMN time_zone TEXT")
    create_notices()
    create_choices()


def create_notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("params", JSONType, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["user_account.id"],
            name="fk_notice_taken_by_id_user_account", ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    is_open = sa.text("cleared_at IS NULL")
    op.create_index(
        "ix_notice_topic_open", "notice", ["topic"],
        sqlite_where=is_open, postgresql_where=is_open,
    )
    op.create_table(
        "notice_to",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name="fk_notice_to_notice_id_notice", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"],
            name="fk_notice_to_user_id_user_account", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_notice_to_person_id_person", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_to"),
        sa.UniqueConstraint("notice_id", "user_id", name="uq_notice_to_notice_id_user_id"),
        sa.UniqueConstraint("notice_id", "person_id", name="uq_notice_to_notice_id_person_id"),
        sa.CheckConstraint("(user_id IS NULL) <> (person_id IS NULL)", name="ck_notice_to_to_one"),
    )
    unread = sa.text("read_at IS NULL")
    op.create_index(
        "ix_notice_to_unread", "notice_to", ["user_id"],
        sqlite_where=unread, postgresql_where=unread,
    )
    op.create_index("ix_notice_to_user_id_notice_id", "notice_to", ["user_id", "notice_id"])
    op.create_index("ix_notice_to_person_id", "notice_to", ["person_id"])


def create_choices() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column(
            "digest",
            sa.Enum("none", "daily", "weekly", name="digest", native_enum=False, length=24,
                    create_constraint=True),
            nullable=False,
        ),
        sa.Column("breaks_quiet", sa.Boolean(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("category_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"],
            name="fk_notice_choice_user_id_user_account", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"],
            name="fk_notice_choice_location_id_location", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"],
            name="fk_notice_choice_category_id_category", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notice_choice"),
        sa.UniqueConstraint("user_id", "kind", name="uq_notice_choice_user_id_kind"),
    )
    op.create_index("ix_notice_choice_location_id", "notice_choice", ["location_id"])
    op.create_index("ix_notice_choice_category_id", "notice_choice", ["category_id"])


def downgrade() -> None:
    op.drop_table("notice_choice")
    op.drop_table("notice_to")
    op.drop_table("notice")
    for name in ("time_zone", *reversed(ON_ACCOUNT), "person_id"):
        op.drop_column("user_account", name)
