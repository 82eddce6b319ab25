"""Give weak reads, readers' remarks and the actor of an import columns of their own

Until now a weak read was marked by a text within the scan's note, where a person may write the same
words, and who applied an import stood among the names of its file's headers.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scan", sa.Column("reader_said", sa.Text(), nullable=True))
    op.add_column(
        "scan", sa.Column("is_faint", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "import_run", sa.Column("actor", sa.Text(), nullable=False, server_default="")
    )
    key = (
        "json_extract(headers, '$.actor')"
        if op.get_bind().dialect.name == "sqlite"
        else "headers::json ->> 'actor'"
    )
    op.execute(f"UPDATE import_run SET actor = coalesce({key}, '')")


def downgrade() -> None:
    op.drop_column("import_run", "actor")
    op.drop_column("scan", "is_faint")
    op.drop_column("scan", "reader_said")
