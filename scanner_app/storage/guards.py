"""The triggers that protect the log and closed audits, compared with those of the migrations."""

from __future__ import annotations

from functools import cache

import pysqlite3.dbapi2
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool

from scanner_app.storage.schema import upgrade_schema

_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")


def missing_guards(engine: Engine) -> list[str]:
    """Return the names of the triggers that a SQLite database lacks or has in another form."""
    found = _read(engine)
    return sorted(name for name, sql in expected_guards().items() if found.get(name) != sql)


@cache
def expected_guards() -> dict[str, str]:
    """Return each trigger that the migrations make, in words of SQL, by its name."""
    fresh = create_engine("sqlite://", module=pysqlite3.dbapi2, poolclass=StaticPool)
    try:
        upgrade_schema(fresh)
        return _read(fresh)
    finally:
        fresh.dispose()


def _read(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        return {name: " ".join(sql.split()) for name, sql in connection.execute(_TRIGGERS)}
