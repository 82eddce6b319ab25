"""Keep the log: two Merkle trees over all scans and all acts, with signed checkpoints"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scanner_app.models.base import UTCDateTime

revision = "0015_log"
down_revision = "0014_chain"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
CHECKPOINT = "a checkpoint of the log cannot be changed"
TILE = "a tile of the log only grows, and a full one stays"
# A full tile has 256 hashes of 32 bytes.
FULL = 256 * 32
GROWS = (
    "length(OLD.hashes) < {full} AND length(NEW.hashes) > length(OLD.hashes) "
    "AND substr(NEW.hashes, 1, length(OLD.hashes)) = OLD.hashes "
    "AND NEW.tree = OLD.tree AND NEW.level = OLD.level AND NEW.number = OLD.number"
).format(full=FULL)
REFUSE_TILE = f"""
CREATE FUNCTION refuse_tile() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN RAISE EXCEPTION '{TILE}'; END IF;
  IF NOT ({GROWS}) THEN RAISE EXCEPTION '{TILE}'; END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    head = op.create_table(
        "log_head",
        sa.Column("tree", sa.String(24), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tree", name="pk_log_head"),
    )
    op.bulk_insert(head, [{"tree": tree, "size": 0} for tree in ("scans", "acts")])
    op.create_table(
        "log_tile",
        sa.Column("tree", sa.String(24), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("refs", JSON),
        sa.Column("labels", JSON),
        sa.Column("lowest", sa.Integer()),
        sa.Column("highest", sa.Integer()),
        sa.PrimaryKeyConstraint("tree", "level", "number", name="pk_log_tile"),
    )
    op.create_index("ix_log_tile_tree_highest", "log_tile", ["tree", "highest"])
    op.create_table(
        "log_checkpoint",
        sa.Column("tree", sa.String(24), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("highest", sa.Integer(), nullable=False),
        sa.Column("at", UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tree", "size", name="pk_log_checkpoint"),
    )
    if op.get_bind().dialect.name == "sqlite":
        guard_sqlite()
    else:
        guard_postgres()


def guard_sqlite() -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER log_checkpoint_no_{verb.lower()} BEFORE {verb} ON log_checkpoint "
            f"BEGIN SELECT RAISE(ABORT, '{CHECKPOINT}'); END"
        )
    op.execute(
        "CREATE TRIGGER log_tile_no_delete BEFORE DELETE ON log_tile "
        f"BEGIN SELECT RAISE(ABORT, '{TILE}'); END"
    )
    op.execute(
        f"CREATE TRIGGER log_tile_grows BEFORE UPDATE ON log_tile WHEN NOT ({GROWS}) "
        f"BEGIN SELECT RAISE(ABORT, '{TILE}'); END"
    )


def guard_postgres() -> None:
    op.execute(REFUSE_TILE)
    op.execute(
        "CREATE TRIGGER log_checkpoint_is_final BEFORE UPDATE OR DELETE ON log_checkpoint "
        f"FOR EACH ROW EXECUTE FUNCTION refuse_change('{CHECKPOINT}')"
    )
    op.execute(
        "CREATE TRIGGER log_tile_grows BEFORE UPDATE OR DELETE ON log_tile "
        "FOR EACH ROW EXECUTE FUNCTION refuse_tile()"
    )
    for table, message in (("log_checkpoint", CHECKPOINT), ("log_tile", TILE)):
        op.execute(
            f"CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('{message}')"
        )


def downgrade() -> None:
    for table in ("log_checkpoint", "log_tile", "log_head"):
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION refuse_tile()")
