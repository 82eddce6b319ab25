"""Keep how the media of assets were erased, by whom, and who made sure of it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0039_sanitizations"
down_revision = "0038_plans"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
FINAL = "('failed', 'accepted', 'rejected')"
MESSAGE = "a finished sanitization cannot be changed"


def upgrade() -> None:
    op.create_table(
        "sanitization",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "performed", "verified", "failed", "accepted", "rejected",
                name="state", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("medium", sa.String(length=24), nullable=False),
        sa.Column("maker", sa.Text()),
        sa.Column("model", sa.Text()),
        sa.Column("serial", sa.Text()),
        sa.Column("capacity", sa.Text()),
        sa.Column("is_encrypted", sa.Boolean(), nullable=False),
        sa.Column("classification", sa.String(length=24), nullable=False),
        sa.Column("destination", sa.String(length=24), nullable=False),
        sa.Column("technique", sa.String(length=24), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("tool", sa.Text()),
        sa.Column("tool_version", sa.Text()),
        sa.Column("note", sa.Text()),
        sa.Column("attachment_id", sa.Integer()),
        sa.Column("performed_by", sa.Text(), nullable=False),
        sa.Column("performed_name", sa.Text(), nullable=False),
        sa.Column("performed_role", sa.Text(), nullable=False),
        sa.Column("performed_at", MOMENT, nullable=False),
        sa.Column("verification", sa.String(length=24)),
        sa.Column("sample_percent", sa.Integer()),
        sa.Column("result", sa.String(length=24)),
        sa.Column("verified_by", sa.Text()),
        sa.Column("verified_name", sa.Text()),
        sa.Column("verified_role", sa.Text()),
        sa.Column("verified_at", MOMENT),
        sa.Column("validated_by", sa.Text()),
        sa.Column("validated_name", sa.Text()),
        sa.Column("validated_role", sa.Text()),
        sa.Column("validated_at", MOMENT),
        sa.Column("reason", sa.Text()),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name="level_known"),
        sa.CheckConstraint("verified_by IS NULL OR verified_by <> performed_by", name="by_two"),
        sa.CheckConstraint(
            "validated_by IS NULL"
            " OR (validated_by <> performed_by AND validated_by <> verified_by)",
            name="by_three",
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_sanitization_asset_id_asset"
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"],
            name="fk_sanitization_attachment_id_attachment",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sanitization"),
        sa.UniqueConstraint("uuid", name="uq_sanitization_uuid"),
    )
    op.create_index("ix_sanitization_asset_id", "sanitization", ["asset_id", "performed_at"])
    op.create_index("ix_sanitization_state", "sanitization", ["state"])
    guard()


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER sanitization_no_update BEFORE UPDATE ON sanitization"
            f" WHEN OLD.state IN {FINAL} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        op.execute(
            "CREATE TRIGGER sanitization_no_delete BEFORE DELETE ON sanitization"
            f" BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
        return
    op.execute(
        "CREATE TRIGGER sanitization_is_final BEFORE UPDATE ON sanitization FOR EACH ROW"
        f" WHEN (OLD.state IN {FINAL}) EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )
    op.execute(
        "CREATE TRIGGER sanitization_is_kept BEFORE DELETE ON sanitization"
        f" FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )
    op.execute(
        "CREATE TRIGGER sanitization_is_not_emptied BEFORE TRUNCATE ON sanitization"
        f" FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )


def downgrade() -> None:
    op.drop_table("sanitization")
