"""Upgrade the schema in one step under a lock, and compare it with the one this version needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, column, inspect, select, table

from scanner_app.storage.database import WRITE_OPTION, db

# Alembic is imported where something is migrated: most processes only compare two revisions, and it
# would take 8 MB of each.
if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"
# As Alembic keeps it.
_REVISION = table("alembic_version", column("version_num"))
_FLOOR = table("schema_floor", column("revision"))


def migration_config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    # A revision has the name of its file.
    config.set_main_option("file_template", "%%(rev)s")
    return config


def upgrade_schema(engine: Engine | None = None) -> str:
    """Upgrade the schema and return its revision; several processes may do so at once."""
    from alembic import command

    engine = engine or db.engine
    config = migration_config()
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, "head")
    return newest_revision()


def newest_revision() -> str:
    """Return the revision that this version needs: the last file, as each has its number first."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def current_revision() -> str | None:
    """Return the revision of the database; None if it is empty."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table(_REVISION.name):
            return None
        return connection.execute(select(_REVISION.c.version_num)).scalar_one_or_none()


def can_upgrade_from(revision: str) -> bool:
    """Return whether a database of this revision can be used after an upgrade."""
    from alembic.script import ScriptDirectory
    from alembic.util import load_python_file

    # By name: Alembic's own look-up would take 0001 of version 0.1 for 0001_create_tables.
    scripts = ScriptDirectory.from_config(migration_config()).walk_revisions()
    of_version_0_1 = load_python_file(MIGRATIONS, "from_0_1.py").REVISIONS
    return revision in {script.revision for script in scripts} or revision in of_version_0_1


def is_current() -> bool:
    """Return whether this version can run on the database: its schema is ours, or a newer one.

    While machines are upgraded one after the other, the last version runs on the schema of the
    next. A migration that it would not bear raises the floor: `UPDATE schema_floor`.
    """
    ours, found = newest_revision(), current_revision()
    if found is None or found < ours:
        return False
    if found == ours:
        return True
    with db.engine.connect() as connection:
        if not inspect(connection).has_table(_FLOOR.name):
            return False
        floor: str = connection.execute(select(_FLOOR.c.revision)).scalar_one()
        return floor <= ours
