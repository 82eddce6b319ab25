"""Create the tables, and the names that other registers use for the stages of an asset

The migrations of version 0.1 were squashed into this one and the next two. The module
migrations/from_0_1.py takes a database of 0.1 to 0003_guards; there is no downgrade to 0.1.

Constraints without a name here get one from the naming convention of the models.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scanner_app.models.base import UTCDateTime

revision = "0001_create_tables"
down_revision = None
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = UTCDateTime(timezone=True)
STAGES = (
    "requested",
    "ordered",
    "in_stock",
    "in_use",
    "in_maintenance",
    "missing",
    "retired",
    "disposed",
)
ROLES = ("technician", "stockroom", "auditor", "approver", "admin", "reader", "viewer")
# Other registers' names of a stage. An admin may change them, so they are rows and not code.
STATUS_NAMES = {
    "ready to deploy": "in_stock",
    "rtd": "in_stock",
    "deployable": "in_stock",
    "available": "in_stock",
    "deployed": "in_use",
    "in use": "in_use",
    "pending": "ordered",
    "requested": "requested",
    "on order": "ordered",
    "out for diagnostics": "in_maintenance",
    "out for repair": "in_maintenance",
    "undeployable": "in_maintenance",
    "broken": "in_maintenance",
    "broken - not fixable": "retired",
    "lost/stolen": "missing",
    "lost": "missing",
    "stolen": "missing",
    "archived": "retired",
}


def one_of(name: str, *values: str) -> sa.Enum:
    """Return a column of words that the database checks: states, stages and roles."""
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def word() -> sa.String:
    """Return a column of words that only the code checks, because the code often gets new ones."""
    return sa.String(24)


def only(condition: str) -> dict[str, sa.TextClause]:
    """Return the options of an index that holds only the rows that meet the condition."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    create_accounts()
    create_places_and_people()
    create_kinds_of_assets()
    create_assets()
    create_identifiers()
    create_history()
    create_audits()
    create_findings()
    create_scans()
    create_readers()
    create_pictures_of_shelves()
    create_imports()
    op.bulk_insert(
        sa.table("status_name", sa.column("name_key", sa.Text), sa.column("stage", sa.Text)),
        [{"name_key": name, "stage": stage} for name, stage in STATUS_NAMES.items()],
    )


def downgrade() -> None:
    raise RuntimeError(
        "The first migration has nothing before it. Version 0.1 cannot read this database: "
        "to go back to it, restore the backup that was made before the upgrade."
    )


def create_accounts() -> None:
    op.create_table(
        "user_account",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", one_of("role", *ROLES), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_sign_in_at", MOMENT),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", one_of("role", *ROLES), nullable=False),
        sa.Column("prefix", sa.Text, nullable=False, unique=True),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("expires_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
    )
    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("user_account.id", ondelete="CASCADE")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.CheckConstraint("purpose IN ('first_admin', 'password')", name="purpose_known"),
    )
    op.create_table(
        "throttle",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("window_start", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.UniqueConstraint("key", "window_start"),
    )


def create_places_and_people() -> None:
    op.create_table(
        "location",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("code", sa.Text, nullable=False, unique=True),
        sa.Column("code_key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("parent_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
    )
    op.create_index("ix_location_parent_id", "location", ["parent_id"])
    op.create_index(
        "ix_location_path", "location", ["path"], postgresql_ops={"path": "text_pattern_ops"}
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.Text, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("username", sa.Text),
        sa.Column("department", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("search", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
    )
    op.create_index("ix_person_name", "person", ["name"])
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column(
            "user_id",
            sa.Integer,
            sa.ForeignKey("user_account.id", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("place_id", sa.Integer, sa.ForeignKey("location.id", ondelete="SET NULL")),
        sa.Column("custodian_id", sa.Integer, sa.ForeignKey("person.id", ondelete="SET NULL")),
    )
    op.create_index("ix_sign_in_user_id", "sign_in", ["user_id"])


def create_kinds_of_assets() -> None:
    op.create_table(
        "category",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "asset_model",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("model_number", sa.Text, nullable=False),
        sa.Column("manufacturer", sa.Text, nullable=False),
        sa.Column("category_id", sa.Integer, sa.ForeignKey("category.id")),
        sa.UniqueConstraint("name", "model_number", "manufacturer"),
    )
    op.create_table(
        "status_name",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name_key", sa.Text, nullable=False, unique=True),
        sa.Column("stage", one_of("stage", *STAGES), nullable=False),
    )


def create_assets() -> None:
    op.create_table(
        "asset",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("asset_tag", sa.Text, nullable=False, unique=True),
        sa.Column("tag_key", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("serial_number", sa.Text),
        sa.Column("model_id", sa.Integer, sa.ForeignKey("asset_model.id")),
        sa.Column("category_id", sa.Integer, sa.ForeignKey("category.id")),
        sa.Column("status", one_of("status", *STAGES), nullable=False),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("home_location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("custodian_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("due_at", MOMENT),
        sa.Column("condition", sa.Text),
        sa.Column("state_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT),
        sa.Column("last_seen_location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("purchase_date", sa.Date),
        sa.Column("purchase_cost_cents", sa.BigInteger),
        sa.Column("currency", sa.Text),
        sa.Column("supplier", sa.Text),
        sa.Column("order_number", sa.Text),
        sa.Column("warranty_months", sa.Integer),
        sa.Column("eol_date", sa.Date),
        sa.Column("notes", sa.Text),
        sa.Column("custom", JSON, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "condition IS NULL OR condition IN ('good', 'damaged', 'unreadable_label')",
            name="condition_known",
        ),
    )
    op.create_index("ix_asset_category_id", "asset", ["category_id"])
    op.create_index("ix_asset_custodian_id", "asset", ["custodian_id"])
    op.create_index("ix_asset_home_location_id", "asset", ["home_location_id"])
    op.create_index("ix_asset_location_id", "asset", ["location_id"])
    op.create_index("ix_asset_model_id", "asset", ["model_id"])
    op.create_index("ix_asset_status", "asset", ["status"])


def create_identifiers() -> None:
    op.create_table(
        "identifier",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("asset_id", sa.Integer, sa.ForeignKey("asset.id", ondelete="CASCADE")),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id", ondelete="CASCADE")),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id", ondelete="CASCADE")),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint(
            "(CASE WHEN asset_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN location_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN person_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="means_one_thing",
        ),
    )
    op.create_index("ix_identifier_asset_id", "identifier", ["asset_id"])
    op.create_index("ix_identifier_location_id", "identifier", ["location_id"])
    op.create_index("ix_identifier_person_id", "identifier", ["person_id"])
    op.create_index("ix_identifier_value", "identifier", ["value"])
    op.create_index(
        "uq_identifier_scheme_value",
        "identifier",
        ["scheme", "value"],
        unique=True,
        **only("ended_at IS NULL AND scheme <> 'serial'"),
    )


def create_history() -> None:
    op.create_table(
        "custody",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "asset_id", sa.Integer, sa.ForeignKey("asset.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id"), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("due_at", MOMENT),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
    )
    op.create_index("ix_custody_asset_id", "custody", ["asset_id"])
    op.create_index("ix_custody_person_id", "custody", ["person_id"])
    op.create_index(
        "uq_custody_one_open", "custody", ["asset_id"], unique=True, **only("ended_at IS NULL")
    )
    op.create_table(
        "placement",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "asset_id", sa.Integer, sa.ForeignKey("asset.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id"), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_start"),
    )
    op.create_index("ix_placement_asset_id", "placement", ["asset_id"])
    op.create_index("ix_placement_location_id", "placement", ["location_id"])
    op.create_index(
        "uq_placement_one_open", "placement", ["asset_id"], unique=True, **only("ended_at IS NULL")
    )
    op.create_table(
        "register_change",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "asset_id", sa.Integer, sa.ForeignKey("asset.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("audit_id", sa.Integer),
        sa.Column("changes", JSON, nullable=False),
        sa.Column("sets_status", one_of("sets_status", *STAGES)),
        sa.Column("sets_location", sa.Boolean, nullable=False),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("sets_custodian", sa.Boolean, nullable=False),
        sa.Column("custodian_id", sa.Integer, sa.ForeignKey("person.id")),
    )
    op.create_index("ix_register_change_asset_id", "register_change", ["asset_id"])


def create_audits() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column(
            "state",
            one_of("state", "draft", "counting", "reconciling", "closed", "cancelled"),
            nullable=False,
        ),
        sa.Column("scope", JSON, nullable=False),
        sa.Column("is_blind", sa.Boolean, nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("counting_started_at", MOMENT),
        sa.Column("counting_ended_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.Column("closed_by", sa.Text),
        sa.Column("revises_id", sa.Integer, sa.ForeignKey("audit.id")),
    )
    op.create_index("ix_audit_state", "audit", ["state"])
    op.create_table(
        "seal",
        sa.Column(
            "audit_id", sa.Integer, sa.ForeignKey("audit.id", ondelete="RESTRICT"), primary_key=True
        ),
        sa.Column("report", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=False),
    )


def create_findings() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "audit_id", sa.Integer, sa.ForeignKey("audit.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("asset_id", sa.Integer, sa.ForeignKey("asset.id")),
        sa.Column("code_key", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("is_expected", sa.Boolean, nullable=False),
        sa.Column(
            "state",
            one_of("state", "verified", "misplaced", "missing", "unexpected", "unregistered"),
            nullable=False,
        ),
        sa.Column("flags", JSON, nullable=False),
        sa.Column("recorded_location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("recorded_custodian_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("recorded_status", sa.Text),
        sa.Column("value_cents", sa.BigInteger),
        sa.Column("seen_at", MOMENT),
        sa.Column("seen_location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("seen_person_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("sightings", sa.Integer, nullable=False),
        sa.Column("proposal", word()),
        sa.Column("proposal_fields", JSON, nullable=False),
        sa.Column("decision", word()),
        sa.Column("reason", sa.Text),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", MOMENT),
        sa.CheckConstraint(
            "(state = 'unregistered') = (asset_id IS NULL)", name="unregistered_has_no_asset"
        ),
        sa.CheckConstraint("state <> 'missing' OR is_expected", name="missing_was_expected"),
        sa.CheckConstraint("(asset_id IS NULL) = (code_key IS NOT NULL)", name="asset_or_code"),
        sa.UniqueConstraint("audit_id", "asset_id"),
    )
    op.create_index("ix_finding_asset_id", "finding", ["asset_id"])
    op.create_index(
        "ix_finding_audit_id_recorded_location_id", "finding", ["audit_id", "recorded_location_id"]
    )
    op.create_index("ix_finding_audit_id_state", "finding", ["audit_id", "state"])
    op.create_index(
        "uq_finding_unregistered",
        "finding",
        ["audit_id", "code_key"],
        unique=True,
        **only("asset_id IS NULL"),
    )


def create_scans() -> None:
    op.create_table(
        "scan",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scan_id", sa.Uuid, nullable=False, unique=True),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("code_key", sa.Text, nullable=False),
        sa.Column("symbology", sa.Text),
        sa.Column("source", sa.Text),
        sa.Column("intent", word(), nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("effective_at", MOMENT, nullable=False),
        sa.Column("is_clock_suspect", sa.Boolean, nullable=False),
        sa.Column("asset_id", sa.Integer, sa.ForeignKey("asset.id")),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("audit_id", sa.Integer, sa.ForeignKey("audit.id")),
        sa.Column("voids", sa.Uuid),
        sa.Column("due_at", MOMENT),
        sa.Column("condition", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("device", sa.Text),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("may_void_any", sa.Boolean, nullable=False),
        sa.Column(
            "outcome",
            one_of("outcome", "applied", "noted", "refused", "unregistered", "ambiguous"),
            nullable=False,
        ),
        sa.Column("refusal", sa.Text),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("reader_said", sa.Text),
        sa.Column("is_faint", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.CheckConstraint("(intent = 'void') = (voids IS NOT NULL)", name="void_names_its_scan"),
        sa.CheckConstraint(
            "(outcome = 'refused') = (refusal IS NOT NULL)", name="refused_says_why"
        ),
    )
    op.create_index("ix_scan_asset_id", "scan", ["asset_id", "effective_at"])
    op.create_index("ix_scan_recorded_at", "scan", ["recorded_at"])
    op.create_index(
        "ix_scan_audit_id", "scan", ["audit_id", "asset_id"], **only("audit_id IS NOT NULL")
    )
    op.create_index("ix_scan_voids", "scan", ["voids"], **only("voids IS NOT NULL"))
    op.create_index(
        "ix_scan_places",
        "scan",
        ["effective_at"],
        **only("asset_id IS NULL AND location_id IS NOT NULL AND outcome = 'noted'"),
    )


def create_readers() -> None:
    op.create_table(
        "reader",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.Text, nullable=False, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("silent_after_seconds", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_heartbeat_at", MOMENT),
        sa.Column("last_read_at", MOMENT),
        sa.Column("heartbeat", JSON, nullable=False),
        sa.Column("clock_offset", sa.Float),
        sa.Column("token_id", sa.Integer, sa.ForeignKey("api_token.id")),
        sa.Column("carrier_id", sa.Integer, sa.ForeignKey("user_account.id")),
    )
    op.create_table(
        "read_point",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "reader_id", sa.Integer, sa.ForeignKey("reader.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("antenna", sa.Integer, nullable=False),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("intent", word(), nullable=False),
        sa.Column("audit_id", sa.Integer, sa.ForeignKey("audit.id")),
        sa.Column("rssi_floor", sa.Integer),
        sa.UniqueConstraint("reader_id", "antenna"),
    )
    op.create_table(
        "tag_watch",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "asset_id",
            sa.Integer,
            sa.ForeignKey("asset.id", ondelete="CASCADE"),
            nullable=False,
            unique=True,
        ),
        sa.Column("codes", JSON, nullable=False),
        sa.Column("signals", JSON, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
    )


def create_pictures_of_shelves() -> None:
    op.create_table(
        "shelf_shot",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("upload_sha256", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("picture", sa.LargeBinary, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("symbols", JSON, nullable=False),
        sa.Column("taken_at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("actor_name", sa.Text, nullable=False),
        sa.Column("audit_id", sa.Integer, sa.ForeignKey("audit.id")),
        sa.Column("location_id", sa.Integer, sa.ForeignKey("location.id")),
        sa.Column("recorded_at", MOMENT),
        sa.CheckConstraint("width > 0 AND height > 0", name="has_a_size"),
    )
    op.create_index("ix_shelf_shot_actor", "shelf_shot", ["actor", "recorded_at"])
    op.create_table(
        "scan_picture",
        sa.Column("scan_id", sa.Uuid, sa.ForeignKey("scan.scan_id"), primary_key=True),
        sa.Column("shot_id", sa.Uuid, sa.ForeignKey("shelf_shot.id"), nullable=False),
    )
    op.create_index("ix_scan_picture_shot_id", "scan_picture", ["shot_id"])


def create_imports() -> None:
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("mapping", JSON, nullable=False),
        sa.Column("headers", JSON, nullable=False),
        sa.Column("rows_total", sa.Integer, nullable=False),
        sa.Column("rows_done", sa.Integer, nullable=False),
        sa.Column("created_count", sa.Integer, nullable=False),
        sa.Column("changed_count", sa.Integer, nullable=False),
        sa.Column("left_count", sa.Integer, nullable=False),
        sa.Column("refused_count", sa.Integer, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("applied_at", MOMENT),
        sa.Column("lease_until", MOMENT),
        sa.Column("actor", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint(
            "state IN ('uploaded', 'checking', 'checked', 'applying', 'applied', 'failed', 'cancelled')",
            name="state_known",
        ),
    )
    op.create_table(
        "import_row",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "run_id", sa.Integer, sa.ForeignKey("import_run.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("row_number", sa.Integer, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("detail", JSON, nullable=False),
        sa.CheckConstraint(
            "verdict IN ('created', 'changed', 'left', 'refused')", name="verdict_known"
        ),
        sa.UniqueConstraint("run_id", "row_number"),
    )
    op.create_index(
        "ix_import_row_run_id_verdict", "import_row", ["run_id", "verdict", "row_number"]
    )
