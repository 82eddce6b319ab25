"""Index the register for the search that runs as a person types

SQLite: full text tables of trigrams over the columns of the register, which triggers keep up to
date. PostgreSQL: a narrow table of lower-case text, kept by triggers too, with a trigram index if
the extension can be installed. The triggers fire only for these columns, so that a scan, which
moves an asset, pays nothing for them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.exc import DBAPIError

revision = "0002_search_index"
down_revision = "0001_create_tables"
branch_labels = None
depends_on = None

# Searched table: its columns.
SEARCHED = {
    "asset": ("asset_tag", "name", "serial_number"),
    "asset_model": ("name", "model_number", "manufacturer"),
    "location": ("code", "full_name"),
    "person": ("number", "name", "email", "username", "department"),
}


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table, columns in SEARCHED.items():
            index_sqlite(table, columns)
    else:
        index_postgres()


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in SEARCHED:
            for event in ("insert", "delete", "update"):
                op.execute(f"DROP TRIGGER {table}_search_{event}")
            op.execute(f"DROP TABLE {table}_search")
    else:
        op.execute("DROP TRIGGER asset_search_insert ON asset")
        op.execute("DROP TRIGGER asset_search_update ON asset")
        op.execute("DROP FUNCTION asset_search_add()")
        op.execute("DROP FUNCTION asset_search_set()")
        op.execute("DROP TABLE asset_search")


def index_sqlite(table: str, columns: tuple[str, ...]) -> None:
    names = ", ".join(columns)
    new = ", ".join(f"new.{column}" for column in columns)
    old = ", ".join(f"old.{column}" for column in columns)
    add = f"INSERT INTO {table}_search (rowid, {names}) VALUES (new.id, {new});"
    remove = (
        f"INSERT INTO {table}_search ({table}_search, rowid, {names})"
        f" VALUES ('delete', old.id, {old});"
    )
    op.execute(
        f"CREATE VIRTUAL TABLE {table}_search USING fts5"
        f" ({names}, content='{table}', content_rowid='id', tokenize='trigram')"
    )
    op.execute(f"INSERT INTO {table}_search ({table}_search) VALUES ('rebuild')")
    for event, when, steps in (
        ("insert", "INSERT", add),
        ("delete", "DELETE", remove),
        ("update", f"UPDATE OF {names}", remove + add),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_search_{event} AFTER {when} ON {table} BEGIN {steps} END"
        )


def index_postgres() -> None:
    op.create_table(
        "asset_search",
        sa.Column(
            "asset_id",
            sa.Integer(),
            sa.ForeignKey("asset.id", ondelete="CASCADE", name="fk_asset_search_asset_id_asset"),
            nullable=False,
        ),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("asset_id", name="pk_asset_search"),
    )
    made = "lower({0}asset_tag || E'\\n' || {0}name || E'\\n' || coalesce({0}serial_number, ''))"
    op.execute(
        f"INSERT INTO asset_search (asset_id, text) SELECT id, {made.format('asset.')} FROM asset"
    )
    # One trigger a statement, not a row: an import adds thousands of assets at once.
    op.execute(
        "CREATE FUNCTION asset_search_add() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " INSERT INTO asset_search (asset_id, text)"
        f" SELECT id, {made.format('fresh.')} FROM fresh; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION asset_search_set() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" UPDATE asset_search SET text = {made.format('NEW.')} WHERE asset_id = NEW.id;"
        " RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER asset_search_insert AFTER INSERT ON asset"
        " REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION asset_search_add()"
    )
    op.execute(
        "CREATE TRIGGER asset_search_update AFTER UPDATE OF asset_tag, name, serial_number ON asset"
        " FOR EACH ROW EXECUTE FUNCTION asset_search_set()"
    )
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            op.execute(
                "CREATE INDEX ix_asset_search_text ON asset_search USING gin (text gin_trgm_ops)"
            )
    except DBAPIError:
        # pg_trgm is not installed, or this user may not create it. A search then reads the whole
        # narrow table, which takes some tens of milliseconds at 100,000 assets.
        pass
