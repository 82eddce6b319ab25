"""Keep consignments, their chain of custody, and certificates"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0045_consignments"
down_revision = "0044_seal_pieces"
branch_labels = None
depends_on = None

MOMENT = UTCDateTime(timezone=True)
# Rows that are only added: the message of the error.
FINAL = {
    "consignment_transfer": "a transfer cannot be changed",
    "consignment_document": "a paper of a consignment cannot be changed",
    "certificate": "a certificate cannot be changed",
}
CLOSED = "a closed consignment cannot be changed"


def upgrade() -> None:
    op.create_table(
        "consignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "packing", "ready", "handed_over", "confirmed", "closed", "cancelled",
                name="state", native_enum=False, create_constraint=True, length=24,
            ),
            nullable=False,
        ),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text()),
        sa.Column("scheme_number", sa.Text()),
        sa.Column("scheme_ends_on", sa.Date()),
        sa.Column("carrier", sa.Text()),
        sa.Column("pickup_on", sa.Date()),
        sa.Column("people", JSONType, nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("closed_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_consignment"),
        sa.UniqueConstraint("uuid", name="uq_consignment_uuid"),
    )
    op.create_index("ix_consignment_state", "consignment", ["state"])
    op.create_table(
        "consignment_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consignment_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("box", sa.Text()),
        sa.Column("weight_g", sa.Integer()),
        sa.Column("scan_id", sa.Uuid()),
        sa.Column("packed_by", sa.Text()),
        sa.Column("packed_name", sa.Text()),
        sa.Column("packed_at", MOMENT),
        sa.Column("out_scan_id", sa.Uuid()),
        sa.Column("out_name", sa.Text()),
        sa.Column("out_at", MOMENT),
        sa.Column("removed_at", MOMENT),
        sa.Column("removed_name", sa.Text()),
        sa.Column("removed_reason", sa.Text()),
        sa.Column("confirmed", sa.String(length=24)),
        sa.Column("listed", JSONType, nullable=False),
        sa.Column("proceeds_cents", sa.BigInteger()),
        sa.Column("decision", sa.String(length=24)),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_name", sa.Text()),
        sa.Column("decided_at", MOMENT),
        sa.ForeignKeyConstraint(
            ["consignment_id"], ["consignment.id"],
            name="fk_consignment_item_consignment_id_consignment",
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], name="fk_consignment_item_asset_id_asset"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consignment_item"),
    )
    packed = sa.text("removed_at IS NULL AND asset_id IS NOT NULL")
    op.create_index(
        "uq_consignment_item_packed", "consignment_item", ["asset_id"], unique=True,
        sqlite_where=packed, postgresql_where=packed,
    )
    for column in ("consignment_id", "scan_id", "out_scan_id"):
        op.create_index(f"ix_consignment_item_{column}", "consignment_item", [column])
    op.create_table(
        "consignment_transfer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consignment_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("facts", JSONType, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consignment_id"], ["consignment.id"],
            name="fk_consignment_transfer_consignment_id_consignment",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consignment_transfer"),
        sa.UniqueConstraint(
            "consignment_id", "position", name="uq_consignment_transfer_consignment_id_position"
        ),
    )
    op.create_table(
        "consignment_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consignment_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consignment_id"], ["consignment.id"],
            name="fk_consignment_document_consignment_id_consignment",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consignment_document"),
        sa.UniqueConstraint(
            "consignment_id", "sha256", name="uq_consignment_document_consignment_id_sha256"
        ),
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("consignment_id", sa.Integer()),
        sa.Column("sanitization_id", sa.Integer()),
        sa.Column("seal_number", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.CheckConstraint("(consignment_id IS NULL) <> (sanitization_id IS NULL)", name="of_one"),
        sa.ForeignKeyConstraint(
            ["consignment_id"], ["consignment.id"],
            name="fk_certificate_consignment_id_consignment",
        ),
        sa.ForeignKeyConstraint(
            ["sanitization_id"], ["sanitization.id"],
            name="fk_certificate_sanitization_id_sanitization",
        ),
        sa.ForeignKeyConstraint(
            ["seal_number"], ["seal.number"], name="fk_certificate_seal_number_seal"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("number", name="uq_certificate_number"),
        sa.UniqueConstraint("consignment_id", name="uq_certificate_consignment_id"),
        sa.UniqueConstraint("sanitization_id", name="uq_certificate_sanitization_id"),
        sa.UniqueConstraint("seal_number", name="uq_certificate_seal_number"),
    )
    guard()


def guard() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, message in FINAL.items():
            for verb in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
                )
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER consignment_closed_no_{verb.lower()} BEFORE {verb} ON consignment"
                f" WHEN OLD.state = 'closed' BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
            )
            op.execute(
                f"CREATE TRIGGER consignment_item_closed_no_{verb.lower()} BEFORE {verb} ON"
                " consignment_item WHEN (SELECT state FROM consignment WHERE id ="
                f" OLD.consignment_id) = 'closed' BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
            )
        return
    for table, message in FINAL.items():
        op.execute(
            f"CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{message}')"
        )
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
        )
    op.execute(
        "CREATE TRIGGER consignment_closed_is_final BEFORE UPDATE OR DELETE ON consignment"
        f" FOR EACH ROW WHEN (OLD.state = 'closed') EXECUTE FUNCTION refuse_change('{CLOSED}')"
    )
    op.execute(
        "CREATE FUNCTION refuse_closed_consignment() RETURNS trigger LANGUAGE plpgsql AS $$\n"
        "BEGIN\n"
        "  IF (SELECT state FROM consignment WHERE id = OLD.consignment_id) = 'closed' THEN\n"
        f"    RAISE EXCEPTION '{CLOSED}';\n"
        "  END IF;\n"
        "  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;\n"
        "  RETURN NEW;\n"
        "END $$"
    )
    op.execute(
        "CREATE TRIGGER consignment_item_closed_is_final BEFORE UPDATE OR DELETE ON"
        " consignment_item FOR EACH ROW EXECUTE FUNCTION refuse_closed_consignment()"
    )


def downgrade() -> None:
    for table in (
        "certificate", "consignment_document", "consignment_transfer", "consignment_item",
        "consignment",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_closed_consignment()")
