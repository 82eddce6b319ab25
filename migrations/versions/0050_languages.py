"""Add the language that an account reads"""

from __future__ import annotations

from alembic import op

revision = "0050_languages"
down_revision = "0049_licences"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both databases add this column without writing a row.
    op.execute("ALTER TABLE user_account ADD COLUMN language TEXT")


def downgrade() -> None:
    op.drop_column("user_account", "language")
