"""Keep which checkpoints somebody outside has seen, with the time stamps of an authority"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0067_log_witness"
down_revision = "0066_model_minimums"
branch_labels = None
depends_on = None

STAMP = "a time stamp cannot be changed"


def upgrade() -> None:
    op.create_table(
        "log_witness",
        sa.Column("tree", sa.String(24), nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("way", sa.String(24), nullable=False),
        sa.Column("since", UTCDateTime(timezone=True), nullable=False),
        sa.Column("done_at", UTCDateTime(timezone=True)),
        sa.Column("stated_at", UTCDateTime(timezone=True)),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", UTCDateTime(timezone=True)),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tree", "size", "way", name="pk_log_witness"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER log_witness_stamp_no_{verb.lower()} BEFORE {verb} ON log_witness "
                f"WHEN OLD.answer IS NOT NULL BEGIN SELECT RAISE(ABORT, '{STAMP}'); END"
            )
    else:
        op.execute(
            "CREATE TRIGGER log_witness_stamp_is_final BEFORE UPDATE OR DELETE ON log_witness "
            "FOR EACH ROW WHEN (OLD.answer IS NOT NULL) "
            f"EXECUTE FUNCTION refuse_change('{STAMP}')"
        )


def downgrade() -> None:
    op.drop_table("log_witness")
