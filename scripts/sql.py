"""Open the shell of the service's database, for reading only."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from scanner_app.config import Settings


def find_command(settings: Settings) -> tuple[list[str], dict[str, str]]:
    """Return the command that opens the database, and what to add to the environment."""
    url = settings.effective_database_url
    if settings.is_sqlite:
        # Read only: the SQLite of Debian 12 can corrupt a database that the service writes to.
        return ["sqlite3", "-readonly", "-box", url.removeprefix("sqlite:///")], {}
    return (
        ["psql", url.replace("postgresql+psycopg://", "postgresql://", 1)],
        {"PGOPTIONS": "-c default_transaction_read_only=on"},
    )


def main() -> None:
    settings = Settings.from_env()
    command, extra = find_command(settings)
    if shutil.which(command[0]) is None:
        package = {"sqlite3": "sqlite3", "psql": "postgresql-client"}[command[0]]
        sys.exit(f"{command[0]} is not installed. To have it: sudo apt-get install {package}")
    if settings.is_sqlite and not Path(command[-1]).exists():
        sys.exit(f"{command[-1]} does not exist yet. Start the service once: make run")
    os.execvpe(command[0], command, {**os.environ, **extra})  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
