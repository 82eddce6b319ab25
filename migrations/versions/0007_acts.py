"""Keep every step of an audit as an act, which nothing changes

Audits from before get the acts that their rows still tell: who set them up, when counting began and
ended, who closed them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scanner_app.models.base import UTCDateTime

revision = "0007_acts"
down_revision = "0006_one_form_of_codes"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
GUARDED = ("act", "act_finding")
MESSAGE = "the acts of an audit are append-only"
# Kind of act: its time, the name of who did it, and which audits have it.
KNOWN = (
    ("created", "created_at", "created_by", "created_at IS NOT NULL"),
    ("frozen", "counting_started_at", "''", "counting_started_at IS NOT NULL"),
    ("counting_started", "counting_started_at", "''", "counting_started_at IS NOT NULL"),
    ("counting_ended", "counting_ended_at", "''", "counting_ended_at IS NOT NULL"),
    ("closed", "closed_at", "COALESCE(closed_by, '')", "closed_at IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("person_key", sa.Text()),
        sa.Column("role", sa.String(24)),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("audit_id", sa.Integer()),
        sa.Column("about", JSON, nullable=False),
        sa.Column("text", sa.Text()),
        sa.ForeignKeyConstraint(["audit_id"], ["audit.id"], name="fk_act_audit_id_audit"),
        sa.PrimaryKeyConstraint("id", name="pk_act"),
    )
    op.create_index("ix_act_audit_id", "act", ["audit_id", "id"])
    op.create_table(
        "act_finding",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name="fk_act_finding_act_id_act"),
        sa.PrimaryKeyConstraint("act_id", "finding_id", name="pk_act_finding"),
    )
    op.create_index("ix_act_finding_finding_id", "act_finding", ["finding_id"])
    op.execute(
        "ALTER TABLE finding ADD COLUMN decided_act_id INTEGER "
        "CONSTRAINT fk_finding_decided_act_id_act REFERENCES act (id)"
    )
    adopt_audits()
    guard()


def adopt_audits() -> None:
    """Write the acts that the rows of older audits still tell."""
    for kind, at, name, condition in KNOWN:
        op.execute(
            "INSERT INTO act (at, actor, actor_name, kind, audit_id, about) "
            f"SELECT {at}, '', {name}, '{kind}', id, '{{\"adopted\": true}}' "
            f"FROM audit WHERE {condition} ORDER BY id"
        )


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in GUARDED:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
                )
        return
    for table in GUARDED:
        op.execute(
            f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{MESSAGE}')"
        )


def downgrade() -> None:
    op.drop_column("finding", "decided_act_id")
    op.drop_table("act_finding")
    op.drop_table("act")
