"""Keep rules by which decisions are suggested, each version a row"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0047_suggestions"
down_revision = "0046_orders"
branch_labels = None
depends_on = None

MESSAGE = "a version of a rule cannot be changed"
KEPT = "name, version, conditions, suggest, reason, created_at, created_by"
SHIPPED_AT = datetime(2026, 12, 1, tzinfo=UTC)


def _is(field: str, op_: str, value: object) -> dict[str, object]:
    return {"field": field, "op": op_, "value": value}


SHIPPED = (
    (
        "Same building",
        "accept",
        "It was seen elsewhere in the building where it is recorded.",
        [
            _is("state", "=", "misplaced"),
            _is("common_place", "in", ["building", "floor", "room"]),
            _is("evidence", "=", "held"),
            _is("proposal", "=", "move"),
        ],
    ),
    (
        "Just checked out",
        "accept",
        "It was checked out shortly before it was seen.",
        [_is("state", "=", "misplaced"), _is("days_since_check_out", "<=", 7)],
    ),
    (
        "At home",
        "accept",
        "It was seen at its home location.",
        [_is("state", "=", "misplaced"), _is("is_at_home", "=", True)],
    ),
    (
        "One metre",
        "none",
        "It was seen in a location that contains the recorded one.",
        [_is("flags", "has", "coarse_place")],
    ),
)


def upgrade() -> None:
    table = op.create_table(
        "suggestion_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("conditions", JSONType, nullable=False),
        sa.Column("suggest", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion_rule"),
        sa.UniqueConstraint("name", "version", name="uq_suggestion_rule_name_version"),
    )
    op.bulk_insert(
        table,
        [
            {
                "name": name, "version": 1, "conditions": conditions, "suggest": suggest,
                "reason": reason, "is_active": False, "created_at": SHIPPED_AT,
                "created_by": "scanner-app",
            }
            for name, suggest, reason, conditions in SHIPPED
        ],
    )  # fmt: skip
    guard()


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER suggestion_rule_no_update BEFORE UPDATE OF {KEPT} ON suggestion_rule "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        op.execute(
            "CREATE TRIGGER suggestion_rule_no_delete BEFORE DELETE ON suggestion_rule "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        return
    op.execute(
        f"CREATE TRIGGER suggestion_rule_is_kept BEFORE UPDATE OF {KEPT} OR DELETE "
        "ON suggestion_rule "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )


def downgrade() -> None:
    op.drop_table("suggestion_rule")
