"""Keep terms by version, who accepted them, and links by which people accept a hand-over"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0036_terms"
down_revision = "0035_counting_indexes"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
# Guarded table: the message of the error.
FINAL = {
    "terms_version": "a version of terms cannot be changed",
    "terms_acceptance": "an acceptance of terms cannot be changed",
}


def upgrade() -> None:
    op.create_table(
        "terms",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text()),
        sa.Column("category_id", sa.Integer()),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name="fk_terms_category_id_category"),
        sa.PrimaryKeyConstraint("id", name="pk_terms"),
        sa.UniqueConstraint("scope", name="uq_terms_scope"),
    )
    op.create_index("ix_terms_category_id", "terms", ["category_id"])
    op.create_table(
        "terms_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("terms_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name="fk_terms_version_terms_id_terms"),
        sa.PrimaryKeyConstraint("id", name="pk_terms_version"),
        sa.UniqueConstraint("terms_id", "version", name="uq_terms_version_terms_id_version"),
    )
    op.create_table(
        "terms_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_terms_acceptance_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["terms_version.id"], name="fk_terms_acceptance_version_id_terms_version"
        ),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name="fk_terms_acceptance_handover_id_handover"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_terms_acceptance"),
        sa.UniqueConstraint(
            "handover_id", "version_id", name="uq_terms_acceptance_handover_id_version_id"
        ),
    )
    op.create_index(
        "ix_terms_acceptance_person_id", "terms_acceptance", ["person_id", "version_id"]
    )
    op.create_table(
        "handover_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("handover_id", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["handover_id"], ["handover.id"], name="fk_handover_link_handover_id_handover"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_handover_link"),
    )
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_handover_link_open", "handover_link", ["handover_id"], unique=True,
        sqlite_where=is_open, postgresql_where=is_open,
    )
    op.create_index("ix_handover_link_handover_id", "handover_link", ["handover_id"])
    guard()


def guard() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, message in FINAL.items():
        if is_sqlite:
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
        else:
            op.execute(
                f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{message}')"
            )
            op.execute(
                f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
            )


def downgrade() -> None:
    for table in ("handover_link", "terms_acceptance", "terms_version", "terms"):
        op.drop_table(table)
