"""Number the seals of an installation, each with the hash of the one before it

Seals from before get their numbers by the time of their sealing; an act for each says so. The table
gets another key, so on SQLite it is made again, with its guards.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from scanner_app.models.base import UTCDateTime

revision = "0014_chain"
down_revision = "0013_saved_views"
branch_labels = None
depends_on = None

FINAL = "a seal cannot be changed"
TURN = "a seal follows the newest one, and names its number and hash"
FOLLOWS = (
    "NEW.number = COALESCE((SELECT max(number) FROM seal), 0) + 1 AND COALESCE("
    "NEW.previous_sha256, '') = COALESCE((SELECT sha256 FROM seal WHERE number = NEW.number - 1), '')"
)
ADOPTED = """
SELECT ROW_NUMBER() OVER turn AS number, audit_id, sha256, LAG(sha256) OVER turn AS previous_sha256
FROM seal WINDOW turn AS (ORDER BY sealed_at, audit_id)
"""
REFUSE_TURN = f"""
CREATE FUNCTION refuse_seal_out_of_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ({FOLLOWS}) THEN RAISE EXCEPTION '{TURN}'; END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    connection = op.get_bind()
    installation = op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_installation_only_one"),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.bulk_insert(installation, [{"id": 1, "key": secrets.token_hex(8)}])
    adopted = connection.execute(sa.text(ADOPTED)).all()
    if connection.dialect.name == "sqlite":
        rebuild_on_sqlite()
    else:
        extend_on_postgres()
    for number, audit_id, sha256, _previous in adopted:
        connection.execute(
            sa.text(
                "INSERT INTO act (at, actor, actor_name, kind, audit_id, about) "
                "VALUES (:at, 'service', 'scanner-app', 'sealed', :audit_id, :about)"
            ).bindparams(sa.bindparam("at", type_=UTCDateTime(timezone=True))),
            {
                "at": datetime.now(UTC),
                "audit_id": audit_id,
                "about": json.dumps({"number": number, "sha256": sha256, "adopted": True}),
            },
        )


def rebuild_on_sqlite() -> None:
    op.create_table(
        "new_seal",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("audit_id", sa.Integer()),
        sa.Column("report", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("previous_sha256", sa.Text()),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("sealed_at", UTCDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_id"], ["audit.id"], name="fk_seal_audit_id_audit", ondelete="RESTRICT"
        ),
        sa.CheckConstraint(
            "(number = 1) = (previous_sha256 IS NULL)", name="ck_seal_first_names_none"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_seal"),
        sa.UniqueConstraint("audit_id", name="uq_seal_audit_id"),
    )
    op.execute(
        "INSERT INTO new_seal SELECT turn.number, 'closure', seal.audit_id, report, seal.sha256, "
        f"turn.previous_sha256, signature, key_id, sealed_at FROM seal JOIN ({ADOPTED}) turn "
        "ON turn.audit_id = seal.audit_id ORDER BY turn.number"
    )
    op.drop_table("seal")  # its triggers go with it
    op.rename_table("new_seal", "seal")
    guard_on_sqlite()
    op.execute(
        f"CREATE TRIGGER seal_in_turn BEFORE INSERT ON seal WHEN NOT ({FOLLOWS}) "
        f"BEGIN SELECT RAISE(ABORT, '{TURN}'); END"
    )


def guard_on_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER seal_no_{verb.lower()} BEFORE {verb} ON seal "
            f"BEGIN SELECT RAISE(ABORT, '{FINAL}'); END"
        )


def extend_on_postgres() -> None:
    op.execute("ALTER TABLE seal DISABLE TRIGGER USER")
    op.execute("ALTER TABLE seal ADD COLUMN number INTEGER")
    op.execute("ALTER TABLE seal ADD COLUMN kind VARCHAR(24) DEFAULT 'closure' NOT NULL")
    op.execute("ALTER TABLE seal ADD COLUMN previous_sha256 TEXT")
    op.execute(
        "UPDATE seal SET number = turn.number, previous_sha256 = turn.previous_sha256 "
        f"FROM ({ADOPTED}) turn WHERE turn.audit_id = seal.audit_id"
    )
    op.execute("ALTER TABLE seal ALTER COLUMN kind DROP DEFAULT")
    op.execute("ALTER TABLE seal DROP CONSTRAINT pk_seal")
    op.execute("ALTER TABLE seal ALTER COLUMN audit_id DROP NOT NULL")
    op.execute("ALTER TABLE seal ADD CONSTRAINT pk_seal PRIMARY KEY (number)")
    op.execute("ALTER TABLE seal ADD CONSTRAINT uq_seal_audit_id UNIQUE (audit_id)")
    op.execute(
        "ALTER TABLE seal ADD CONSTRAINT ck_seal_first_names_none "
        "CHECK ((number = 1) = (previous_sha256 IS NULL))"
    )
    op.execute("ALTER TABLE seal ENABLE TRIGGER USER")
    op.execute(REFUSE_TURN)
    op.execute(
        "CREATE TRIGGER seal_in_turn BEFORE INSERT ON seal "
        "FOR EACH ROW EXECUTE FUNCTION refuse_seal_out_of_turn()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.create_table(
            "old_seal",
            sa.Column("audit_id", sa.Integer(), nullable=False),
            sa.Column("report", sa.Text(), nullable=False),
            sa.Column("sha256", sa.Text(), nullable=False),
            sa.Column("signature", sa.Text(), nullable=False),
            sa.Column("key_id", sa.Text(), nullable=False),
            sa.Column("sealed_at", UTCDateTime(timezone=True), nullable=False),
            sa.ForeignKeyConstraint(
                ["audit_id"], ["audit.id"], name="fk_seal_audit_id_audit", ondelete="RESTRICT"
            ),
            sa.PrimaryKeyConstraint("audit_id", name="pk_seal"),
        )
        op.execute(
            "INSERT INTO old_seal SELECT audit_id, report, sha256, signature, key_id, sealed_at "
            "FROM seal WHERE kind = 'closure'"
        )
        op.drop_table("seal")
        op.rename_table("old_seal", "seal")
        guard_on_sqlite()
    else:
        op.execute("ALTER TABLE seal DISABLE TRIGGER USER")
        op.execute("DELETE FROM seal WHERE kind <> 'closure'")
        op.execute("DROP FUNCTION refuse_seal_out_of_turn() CASCADE")
        op.execute("ALTER TABLE seal DROP CONSTRAINT ck_seal_first_names_none")
        op.execute("ALTER TABLE seal DROP CONSTRAINT uq_seal_audit_id")
        op.execute("ALTER TABLE seal DROP CONSTRAINT pk_seal")
        op.execute("ALTER TABLE seal ADD CONSTRAINT pk_seal PRIMARY KEY (audit_id)")
        for column in ("number", "kind", "previous_sha256"):
            op.execute(f"ALTER TABLE seal DROP COLUMN {column}")
        op.execute("ALTER TABLE seal ENABLE TRIGGER USER")
    op.drop_table("installation")
