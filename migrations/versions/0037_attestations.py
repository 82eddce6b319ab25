"""Keep links by which people say what they have, their answers, and pictures for the record"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0037_attestations"
down_revision = "0036_terms"
branch_labels = None
depends_on = None

MESSAGE = "answers and pictures of an audit are append-only"
GUARDED = ("audit_picture", "attestation_answer")


def _to(table: str, name: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [name], [f"{other}.id"], name=f"fk_{table}_{name}_{other}"
    )


def upgrade() -> None:
    moment = UTCDateTime(timezone=True)
    op.create_table(
        "attestation_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("asked_at", moment, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("expires_at", moment),
        sa.Column("revoked_at", moment),
        _to("attestation_link", "audit_id", "audit"),
        _to("attestation_link", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name="pk_attestation_link"),
        sa.UniqueConstraint("token_hash", name="uq_attestation_link_token_hash"),
        sa.UniqueConstraint(
            "audit_id", "person_id", name="uq_attestation_link_audit_id_person_id"
        ),
    )
    op.create_table(
        "audit_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("finding_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("taken_at", moment, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        _to("audit_picture", "audit_id", "audit"),
        _to("audit_picture", "act_id", "act"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_picture"),
    )
    op.create_index("ix_audit_picture_audit_id", "audit_picture", ["audit_id", "finding_id"])
    op.create_table(
        "attestation_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(24), nullable=False),
        sa.Column("grade", sa.String(24)),
        sa.Column("note", sa.Text()),
        sa.Column("picture_id", sa.Integer()),
        sa.Column("at", moment, nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=False),
        _to("attestation_answer", "link_id", "attestation_link"),
        _to("attestation_answer", "audit_id", "audit"),
        _to("attestation_answer", "asset_id", "asset"),
        _to("attestation_answer", "picture_id", "audit_picture"),
        _to("attestation_answer", "act_id", "act"),
        sa.PrimaryKeyConstraint("id", name="pk_attestation_answer"),
    )
    for name, columns in (
        ("audit_id", ["audit_id", "asset_id"]),
        ("link_id", ["link_id"]),
        ("asset_id", ["asset_id"]),
    ):
        op.create_index(f"ix_attestation_answer_{name}", "attestation_answer", columns)
    guard()


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
    op.drop_table("attestation_answer")
    op.drop_table("audit_picture")
    op.drop_table("attestation_link")
