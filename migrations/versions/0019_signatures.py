"""Keep signatures by their hash, which nothing changes"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019_signatures"
down_revision = "0018_passkeys"
branch_labels = None
depends_on = None

MESSAGE = "signatures are append-only"


def upgrade() -> None:
    op.create_table(
        "signature",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("strokes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_signature"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER signature_no_{verb.lower()} BEFORE {verb} ON signature "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER signature_is_final BEFORE UPDATE OR DELETE ON signature "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )
    op.execute(
        "CREATE TRIGGER signature_is_not_emptied BEFORE TRUNCATE ON signature "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )


def downgrade() -> None:
    op.drop_table("signature")
