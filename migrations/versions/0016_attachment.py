"""Keep pictures and documents of assets and models

What they hold is in the file store. A row is never changed, except that it may end.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0016_attachment"
down_revision = "0015_log"
branch_labels = None
depends_on = None

FIXED = (
    "uuid", "kind", "asset_id", "model_id", "sha256", "thumb_sha256", "media_type", "filename",
    "size", "width", "height", "taken_at", "actor", "actor_name",
)
MESSAGE = "an attachment cannot be changed, only removed"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("model_id", sa.Integer()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("thumb_sha256", sa.Text()),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("taken_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("removed_at", UTCDateTime(timezone=True)),
        sa.Column("removed_by", sa.Text()),
        sa.CheckConstraint("(asset_id IS NULL) <> (model_id IS NULL)", name="ck_attachment_of_one_thing"),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_attachment_asset_id_asset", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["model_id"], ["asset_model.id"], name="fk_attachment_model_id_asset_model"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_attachment"),
        sa.UniqueConstraint("uuid", name="uq_attachment_uuid"),
    )
    op.create_index("ix_attachment_asset_id", "attachment", ["asset_id"])
    op.create_index("ix_attachment_model_id", "attachment", ["model_id"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER attachment_no_update BEFORE UPDATE OF {', '.join(FIXED)} ON attachment "
            f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
        )
    else:
        op.execute(
            f"CREATE TRIGGER attachment_is_final BEFORE UPDATE OF {', '.join(FIXED)} ON attachment "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
        )


def downgrade() -> None:
    op.drop_table("attachment")
