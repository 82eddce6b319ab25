"""Keep passkeys, the challenges that they answered, and codes for phones"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0018_passkeys"
down_revision = "0017_printers"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"],
            name="fk_passkey_user_id_user_account", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_user_id", "passkey", ["user_id"])
    op.create_table(
        "used_challenge",
        sa.Column("challenge_hash", sa.Text(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name="pk_used_challenge"),
    )
    op.create_table(
        "phone_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"],
            name="fk_phone_code_user_id_user_account", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_phone_code"),
        sa.UniqueConstraint("token_hash", name="uq_phone_code_token_hash"),
    )
    op.create_index("ix_phone_code_user_id", "phone_code", ["user_id"])


def downgrade() -> None:
    op.drop_table("phone_code")
    op.drop_table("used_challenge")
    op.drop_table("passkey")
