"""Add programmes, which make audits again and again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0052_programmes"
down_revision = "0051_policies"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("every", sa.String(24), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("period_days", sa.Integer(), nullable=False),
        sa.Column("days_to_count", sa.Integer()),
        sa.Column("scope", JSONType, nullable=False),
        sa.Column("sample", JSONType, nullable=False),
        sa.Column("policy", JSONType, nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column("counts", JSONType, nullable=False),
        sa.Column("next_on", sa.Date(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("owner_key", sa.Text()),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_programme"),
        sa.UniqueConstraint("name", name="uq_audit_programme_name"),
    )
    make_round()
    op.create_table(
        "programme_place",
        sa.Column("programme_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("location_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("joined_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("counted_as_of", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["audit_programme.id"],
            name="fk_programme_place_programme_id_audit_programme",
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            ondelete="CASCADE",
            name="fk_programme_place_location_id_location",
        ),
        sa.PrimaryKeyConstraint("programme_id", "location_id", name="pk_programme_place"),
    )


def make_round() -> None:
    op.create_table(
        "programme_round",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("period_key", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer()),
        sa.Column("places", JSONType, nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["audit_programme.id"],
            name="fk_programme_round_programme_id_audit_programme",
        ),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name="fk_programme_round_audit_id_audit"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_programme_round"),
        sa.UniqueConstraint(
            "programme_id", "period_key", name="uq_programme_round_programme_id_period_key"
        ),
        sa.UniqueConstraint("audit_id", name="uq_programme_round_audit_id"),
    )


def downgrade() -> None:
    op.drop_table("programme_place")
    op.drop_table("programme_round")
    op.drop_table("audit_programme")
