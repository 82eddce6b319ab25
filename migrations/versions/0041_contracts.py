"""Keep contracts by their terms, what they cover, their papers, and the days that were checked"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import JSONType, UTCDateTime

revision = "0041_contracts"
down_revision = "0040_kits"
branch_labels = None
depends_on = None

OVERLAP = "terms of a contract may not overlap"
MEETS = """EXISTS (
  SELECT 1 FROM contract other WHERE other.number = NEW.number AND other.term <> NEW.term
  AND other.state <> 'cancelled' AND NEW.state <> 'cancelled'
  AND other.starts_on <= COALESCE(NEW.ends_on, '9999-12-31')
  AND NEW.starts_on <= COALESCE(other.ends_on, '9999-12-31'))"""
KEEP_APART = f"""
CREATE FUNCTION keep_terms_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF {MEETS} THEN RAISE EXCEPTION '{OVERLAP}'; END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    make_contract()
    op.create_table(
        "contract_asset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date()),
        sa.Column("added_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name="ends_after_start"),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name="fk_contract_asset_contract_id_contract"
        ),
        sa.ForeignKeyConstraint(
            ["asset_id"], ["asset.id"], ondelete="CASCADE", name="fk_contract_asset_asset_id_asset"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contract_asset"),
    )
    op.create_index("ix_contract_asset_contract_id", "contract_asset", ["contract_id"])
    op.create_index("ix_contract_asset_asset_id", "contract_asset", ["asset_id"])
    make_papers_and_events()
    op.create_table(
        "daily_check",
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("started_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", UTCDateTime(timezone=True)),
        sa.PrimaryKeyConstraint("on_day", name="pk_daily_check"),
    )


def make_contract() -> None:
    op.create_table(
        "contract",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("term", sa.Integer(), nullable=False),
        sa.Column("renews_id", sa.Integer()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("supplier", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("renewal", sa.String(24), nullable=False),
        sa.Column("renewal_months", sa.Integer()),
        sa.Column("price_cents", sa.BigInteger()),
        sa.Column("period", sa.String(24), nullable=False),
        sa.Column("currency", sa.Text()),
        sa.Column("sla_response_hours", sa.Integer()),
        sa.Column("sla_resolution_hours", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'active', 'notice_given', 'ended', 'cancelled')", name="state"
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        sa.CheckConstraint(
            "renewal <> 'tacit' OR (ends_on IS NOT NULL AND renewal_months > 0)",
            name="renews_by_months",
        ),
        sa.CheckConstraint("(term = 1) = (renews_id IS NULL)", name="follows_its_term"),
        sa.ForeignKeyConstraint(
            ["renews_id"], ["contract.id"], name="fk_contract_renews_id_contract"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["user_account.id"], name="fk_contract_owner_id_user_account"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contract"),
        sa.UniqueConstraint("number", "term", name="uq_contract_number_term"),
        sa.UniqueConstraint("renews_id", name="uq_contract_renews_id"),
    )
    op.create_index("ix_contract_state_ends_on", "contract", ["state", "ends_on"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER contract_terms_apart_{verb.lower()} BEFORE {verb} ON contract"
                f" WHEN {MEETS} BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END"
            )
    else:
        op.execute(KEEP_APART)
        op.execute(
            "CREATE TRIGGER contract_terms_apart BEFORE INSERT OR UPDATE ON contract"
            " FOR EACH ROW EXECUTE FUNCTION keep_terms_apart()"
        )


def make_papers_and_events() -> None:
    op.create_table(
        "contract_paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("thumb_sha256", sa.Text()),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("taken_at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("removed_at", UTCDateTime(timezone=True)),
        sa.Column("removed_by", sa.Text()),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name="fk_contract_paper_contract_id_contract"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contract_paper"),
        sa.UniqueConstraint("uuid", name="uq_contract_paper_uuid"),
    )
    op.create_index("ix_contract_paper_contract_id", "contract_paper", ["contract_id"])
    op.create_table(
        "contract_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contract_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changes", JSONType, nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contract.id"], name="fk_contract_event_contract_id_contract"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contract_event"),
    )
    op.create_index("ix_contract_event_contract_id", "contract_event", ["contract_id"])


def downgrade() -> None:
    op.drop_table("daily_check")
    op.drop_table("contract_event")
    op.drop_table("contract_paper")
    op.drop_table("contract_asset")
    op.drop_table("contract")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION keep_terms_apart()")
