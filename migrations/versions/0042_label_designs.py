"""Keep designs of labels by version, and which design is usual for a stock or a category"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0042_label_designs"
down_revision = "0041_contracts"
branch_labels = None
depends_on = None

GUARDED = "label_design_version"
MESSAGE = "a version of a design cannot be changed"


def upgrade() -> None:
    moment = UTCDateTime(timezone=True)
    op.create_table(
        "label_design",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stock", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", moment),
        sa.PrimaryKeyConstraint("id", name="pk_label_design"),
        sa.UniqueConstraint("key", name="uq_label_design_key"),
    )
    op.create_table(
        "label_design_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("design_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["design_id"], ["label_design.id"],
            name="fk_label_design_version_design_id_label_design",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_label_design_version"),
        sa.UniqueConstraint(
            "design_id", "version", name="uq_label_design_version_design_id_version"
        ),
    )
    op.create_table(
        "label_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("stock", sa.Text()),
        sa.Column("category_id", sa.Integer()),
        sa.Column("design", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name="fk_label_choice_category_id_category"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_label_choice"),
        sa.UniqueConstraint("scope", name="uq_label_choice_scope"),
    )
    op.create_index("ix_label_choice_category_id", "label_choice", ["category_id"])
    guard()


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {GUARDED}_no_{verb.lower()} BEFORE {verb} ON {GUARDED} "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        return
    op.execute(
        f"CREATE TRIGGER {GUARDED}_is_final BEFORE UPDATE OR DELETE ON {GUARDED} "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )
    op.execute(
        f"CREATE TRIGGER {GUARDED}_is_not_emptied BEFORE TRUNCATE ON {GUARDED} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{MESSAGE}')"
    )


def downgrade() -> None:
    for table in ("label_choice", "label_design_version", "label_design"):
        op.drop_table(table)
