"""Keep policies with versions, results and waivers; three of them are there from the start"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0051_policies"
down_revision = "0050_languages"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
WORD = sa.String(24)
SHIPPED_AT = datetime(2026, 12, 1, tzinfo=UTC)
SHIPPED = (
    {
        "code": "approvals", "title": "What costs much is approved", "stage": 1,
        "check": "approved_by", "gate": "order", "mode": "block", "severity": "high",
        "params": {"bands": [[0, 0], [50000, 1], [500000, 2]], "needs_request": False},
    },
    {
        "code": "quotes", "title": "What costs much is compared", "stage": 1,
        "check": "quotes_at_least", "gate": "order", "mode": "warn", "severity": "normal",
        "params": {"n": 3, "above": 500000},
    },
    {
        "code": "signed-for", "title": "Who gets a device signs for it", "stage": 2,
        "check": "signed_for", "gate": "deploy", "mode": "warn", "severity": "normal",
        "params": {},
    },
)


def upgrade() -> None:
    policy = op.create_table(
        "policy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("applies", JSONType, nullable=False),
        sa.Column("check", WORD, nullable=False),
        sa.Column("params", JSONType, nullable=False),
        sa.Column("gate", WORD, nullable=False),
        sa.Column("mode", WORD, nullable=False),
        sa.Column("severity", WORD, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.CheckConstraint("stage BETWEEN 1 AND 5", name="is_of_a_stage"),
        sa.PrimaryKeyConstraint("id", name="pk_policy"),
        sa.UniqueConstraint("code", name="uq_policy_code"),
    )
    op.create_index("ix_policy_gate", "policy", ["gate"])
    version = op.create_table(
        "policy_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", JSONType, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        _of_policy("policy_version"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_version"),
        sa.UniqueConstraint("policy_id", "version", name="uq_policy_version_policy_id_version"),
    )
    op.create_table(
        "policy_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", WORD, nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("state", WORD, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('pass', 'fail', 'unknown', 'waived')", name="state"),
        _of_policy("policy_result"),
        sa.PrimaryKeyConstraint("id", name="pk_policy_result"),
        sa.UniqueConstraint(
            "policy_id", "subject_kind", "subject_id",
            name="uq_policy_result_policy_id_subject_kind_subject_id",
        ),
    )
    op.create_table(
        "waiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("policy_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", WORD, nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_key", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.Column("withdrawn_by", sa.Text()),
        _of_policy("waiver"),
        sa.PrimaryKeyConstraint("id", name="pk_waiver"),
    )
    for table in ("policy_result", "waiver"):
        columns = ["subject_kind", "subject_id"]
        op.create_index(f"ix_{table}_subject_kind_subject_id", table, columns)
    _ship(policy, version)


def _of_policy(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["policy_id"], ["policy.id"], ondelete="CASCADE", name=f"fk_{table}_policy_id_policy"
    )


def _ship(policy: sa.Table, version: sa.Table) -> None:
    for row in SHIPPED:
        content = {**row, "reference": "", "applies": {}, "is_active": True}
        op.bulk_insert(
            policy,
            [{**content, "version": 1, "changed_at": SHIPPED_AT, "changed_by": "scanner-app"}],
        )
        added = sa.select(policy.c.id, sa.literal(1), sa.literal(content, JSONType))
        moment = sa.literal(SHIPPED_AT, MOMENT)
        op.execute(
            version.insert().from_select(
                ["policy_id", "version", "content", "at", "by"],
                added.add_columns(moment, sa.literal("scanner-app")).where(
                    policy.c.code == row["code"]
                ),
            )
        )


def downgrade() -> None:
    for table in ("waiver", "policy_result", "policy_version", "policy"):
        op.drop_table(table)
