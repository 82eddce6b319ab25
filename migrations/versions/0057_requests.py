"""Keep requests with approvals and quotes, budgets, and the history of all that is bought"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0057_requests"
down_revision = "0056_late_scans"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
WORD = sa.String(24)
STATES = "'draft', 'submitted', 'approved', 'ordered', 'fulfilled', 'rejected', 'cancelled'"


def upgrade() -> None:
    _make_budget()
    _make_request()
    _make_decisions()
    op.create_table(
        "buying_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("step", WORD, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changes", JSONType, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_buying_event"),
    )
    op.create_index(
        "ix_buying_event_kind_subject_id", "buying_event", ["kind", "subject_id", "id"]
    )
    # Both databases add these columns without writing a row.
    for table in ("request", "budget"):
        op.execute(
            f"ALTER TABLE order_line ADD COLUMN {table}_id INTEGER"
            f" CONSTRAINT fk_order_line_{table}_id_{table} REFERENCES {table} (id)"
        )
        op.create_index(f"ix_order_line_{table}_id", "order_line", [f"{table}_id"])


def downgrade() -> None:
    for table in ("request", "budget"):
        op.drop_index(f"ix_order_line_{table}_id", "order_line")
    if op.get_bind().dialect.name == "postgresql":
        for table in ("request", "budget"):
            op.drop_column("order_line", f"{table}_id")
    else:
        with op.batch_alter_table("order_line") as batch:
            for table in ("request", "budget"):
                batch.drop_column(f"{table}_id")
    for table in ("buying_event", "quote", "approval", "request", "budget"):
        op.drop_table(table)


def _make_budget() -> None:
    op.create_table(
        "budget",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("category_id", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint("amount_cents >= 0", name="amount_not_negative"),
        _to("budget", "category", ondelete="SET NULL"),
        _to("budget", "user_account", "owner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_budget"),
        sa.UniqueConstraint("name_key", name="uq_budget_name_key"),
    )


def _make_request() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("purpose", WORD, nullable=False),
        sa.Column("requested_for_id", sa.Integer()),
        sa.Column("kind", WORD, nullable=False),
        sa.Column("model_id", sa.Integer()),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("needed_on", sa.Date()),
        sa.Column("estimate_cents", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("budget_id", sa.Integer()),
        sa.Column("justification", sa.Text(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("replaces_id", sa.Integer()),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("from_stock", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("asked_by_key", sa.Text(), nullable=False),
        sa.Column("submitted_at", MOMENT),
        sa.Column("decided_at", MOMENT),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint(f"state IN ({STATES})", name="state"),
        sa.CheckConstraint("quantity > 0", name="asks_for_some"),
        sa.CheckConstraint("from_stock BETWEEN 0 AND quantity", name="given_from_stock"),
        sa.CheckConstraint("estimate_cents >= 0", name="estimate_not_negative"),
        _to("request", "person", "requested_for_id"),
        _to("request", "asset_model", "model_id"),
        _to("request", "budget"),
        _to("request", "asset", "replaces_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_request"),
    )
    for column in ("state", "budget_id", "asked_by_key"):
        op.create_index(f"ix_request_{column}", "request", [column])


def _make_decisions() -> None:
    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("decision", WORD, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _to("approval", "request"),
        sa.PrimaryKeyConstraint("id", name="pk_approval"),
        sa.UniqueConstraint(
            "request_id", "round", "actor", name="uq_approval_request_id_round_actor"
        ),
    )
    op.create_table(
        "quote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=False),
        sa.Column("supplier_id", sa.Integer(), nullable=False),
        sa.Column("price_cents", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("quality", sa.Integer()),
        sa.Column("warranty_months", sa.Integer()),
        sa.Column("sla_hours", sa.Integer()),
        sa.Column("delivery_days", sa.Integer()),
        sa.Column("ends_on", sa.Date()),
        sa.Column("is_chosen", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint("price_cents > 0", name="costs_something"),
        sa.CheckConstraint("quality BETWEEN 1 AND 5", name="quality_of_five"),
        _to("quote", "request"),
        _to("quote", "supplier"),
        sa.PrimaryKeyConstraint("id", name="pk_quote"),
    )
    for column in ("request_id", "supplier_id"):
        op.create_index(f"ix_quote_{column}", "quote", [column])


def _to(
    table: str, other: str, column: str = "", ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    column = column or f"{other}_id"
    name = f"fk_{table}_{column}_{other}"
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name, ondelete=ondelete)
