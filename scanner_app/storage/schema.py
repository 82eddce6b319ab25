"""Upgrade the schema in one step under a lock, and compare it with the one this version needs."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import load_python_file
from sqlalchemy import Engine

from scanner_app.storage.database import WRITE_OPTION, db

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"


def migration_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    # A revision has the name of its file.
    config.set_main_option("file_template", "%%(rev)s")
    return config


def upgrade_schema(engine: Engine | None = None) -> str:
    """Upgrade the schema and return its revision; several processes may do so at once."""
    engine = engine or db.engine
    config = migration_config()
    with engine.connect().execution_options(**{WRITE_OPTION: True}) as connection:
        config.attributes["connection"] = connection
        with connection.begin():
            command.upgrade(config, "head")
    return newest_revision()


def newest_revision() -> str:
    return str(ScriptDirectory.from_config(migration_config()).get_current_head())


def current_revision() -> str | None:
    """Return the revision of the database; None if it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def can_upgrade_from(revision: str) -> bool:
    """Return whether a database of this revision can be used after an upgrade."""
    # By name: Alembic's own look-up would take 0001 of version 0.1 for 0001_create_tables.
    scripts = ScriptDirectory.from_config(migration_config()).walk_revisions()
    of_version_0_1 = load_python_file(MIGRATIONS, "from_0_1.py").REVISIONS
    return revision in {script.revision for script in scripts} or revision in of_version_0_1


def is_current() -> bool:
    return current_revision() == newest_revision()
