"""The schema brought up to date in one step under a lock, and told apart from a newer one."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from scanner_app.storage.database import WRITE_OPTION, db

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"


def migration_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def upgrade_schema(engine: Engine | None = None) -> str:
    """Bring the schema up to date and give its revision; several starts at once are safe."""
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
    """Give the revision that the database stands at."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current() -> bool:
    return current_revision() == newest_revision()
