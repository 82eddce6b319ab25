"""Keep lists that people save, under a name, for themselves or for everybody"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models import UTCDateTime

revision = "0013_saved_views"
down_revision = "0012_samples"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["user_account.id"],
            name="fk_saved_view_user_id_user_account",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.UniqueConstraint("user_id", "list", "name", name="uq_saved_view_user_id_list_name"),
    )


def downgrade() -> None:
    op.drop_table("saved_view")
