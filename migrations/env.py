"""Run the migrations in one transaction under a lock, on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import context
from alembic.util import load_python_file
from sqlalchemy import Connection

from scanner_app.models import Base

# A number that only the migrations of this project lock. Two starts at once would run the same DDL.
LOCK = 727_411_031

# By its path: the folder of migrations is not a package and may not be on the import path.
from_0_1 = load_python_file(Path(__file__).parent, "from_0_1.py")


def is_in_the_models(name: str | None, kind: str, _parents: object) -> bool:
    """Return whether `make migration` compares a table: no model describes those of the search."""
    return kind != "table" or "_search" not in (name or "")


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="models.",
        include_name=is_in_the_models,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        from_0_1.bring_over(connection)
        context.run_migrations()


run(context.config.attributes["connection"])
