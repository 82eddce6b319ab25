"""Keep what each approval was given for"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0063_approved_amounts"
down_revision = "0062_coordinates"
branch_labels = None
depends_on = None

# What a request came to when somebody decided: the chosen quote, if it was there by then, else what
# was estimated.
DECIDED = """
SELECT approval.id,
    CASE WHEN quote.created_at <= approval.at THEN quote.price_cents
         ELSE request.estimate_cents END AS cents,
    CASE WHEN quote.created_at <= approval.at THEN quote.currency
         ELSE request.currency END AS currency
FROM approval
JOIN request ON request.id = approval.request_id
LEFT JOIN quote ON quote.request_id = request.id AND quote.is_chosen
"""


def upgrade() -> None:
    op.add_column(
        "request", sa.Column("counts_from", sa.Integer(), nullable=False, server_default="0")
    )
    op.add_column("request", sa.Column("asked_again_at", UTCDateTime(timezone=True)))
    op.add_column("approval", sa.Column("amounts", JSONType, nullable=False, server_default="{}"))
    op.add_column("approval", sa.Column("base_cents", sa.BigInteger()))
    op.add_column("approval", sa.Column("base", sa.Text()))
    op.execute("UPDATE request SET counts_from = round")
    approval = sa.table("approval", sa.column("id"), sa.column("amounts", JSONType))
    for id_, cents, currency in op.get_bind().execute(sa.text(DECIDED)).all():
        if cents is not None:
            op.execute(
                approval.update().where(approval.c.id == id_).values(amounts={currency: cents})
            )


def downgrade() -> None:
    added = {"approval": ("base", "base_cents", "amounts"), "request": ("asked_again_at", "counts_from")}
    for table, columns in added.items():
        for column in columns:
            op.drop_column(table, column)
