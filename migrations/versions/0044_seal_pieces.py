"""Keep the text of a long record in pieces, which nothing changes

A machine of the last version that still runs shows every record but a long one that was sealed
meanwhile, whose text it takes for empty.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044_seal_pieces"
down_revision = "0043_reservations"
branch_labels = None
depends_on = None

MESSAGE = "a seal cannot be changed"


def upgrade() -> None:
    op.create_table(
        "seal_piece",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["seal.number"], name="fk_seal_piece_number_seal"),
        sa.PrimaryKeyConstraint("number", "position", name="pk_seal_piece"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER seal_piece_no_{verb.lower()} BEFORE {verb} ON seal_piece "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    # They are compressed already.
    op.execute("ALTER TABLE seal_piece ALTER COLUMN content SET STORAGE EXTERNAL")
    op.execute(
        "CREATE TRIGGER seal_piece_is_final BEFORE UPDATE OR DELETE ON seal_piece "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )
    op.execute(
        "CREATE TRIGGER seal_piece_is_not_emptied BEFORE TRUNCATE ON seal_piece "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )


def downgrade() -> None:
    op.drop_table("seal_piece")
