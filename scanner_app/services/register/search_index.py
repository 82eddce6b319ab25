"""Keeps the search index short after an import; the triggers of migration 0002 keep it true."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_SQLITE = [
    text("INSERT INTO asset_search (asset_search) VALUES ('optimize')"),
    text("INSERT INTO asset_model_search (asset_model_search) VALUES ('optimize')"),
    text("INSERT INTO location_search (location_search) VALUES ('optimize')"),
    text("INSERT INTO person_search (person_search) VALUES ('optimize')"),
]
# Only what is there, and is ours: without the extension there is no index to be kept.
_POSTGRES = text(
    "SELECT gin_clean_pending_list(oid) FROM pg_class"
    " WHERE oid = to_regclass('ix_asset_search_text') AND pg_has_role(relowner, 'USAGE')"
)


def merge_search_index(session: Session) -> None:
    """Merge into the search index what many new rows left beside it.

    SQLite's has a segment for each piece of an import, PostgreSQL's a list of what is still to be
    sorted in; each search reads all of these, which makes it three and ten times as slow. Both
    would be merged some day: by the next rows, by autovacuum. A tenth of a second at 100,000
    assets.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_POSTGRES)
        return
    for statement in _SQLITE:
        session.execute(statement)
