"""Name the owner of a token by key

Until now the address of the admin who made it said who answers for it.
"""

from __future__ import annotations

from alembic import op

revision = "0005_token_owner"
down_revision = "0004_findings_stay_out"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Both databases add a column that may be empty without writing a row.
    op.execute(
        "ALTER TABLE api_token ADD COLUMN owner_user_id INTEGER "
        "CONSTRAINT fk_api_token_owner_user_id_user_account REFERENCES user_account (id)"
    )
    op.execute(
        "UPDATE api_token SET owner_user_id = "
        "(SELECT id FROM user_account WHERE email = api_token.created_by)"
    )


def downgrade() -> None:
    op.drop_column("api_token", "owner_user_id")
