"""Back up and restore a register on PostgreSQL, with pg_dump, pg_restore and psql.

The password is never in the arguments of a process, where every user of the machine sees it.
A restore is one transaction: it moves the old schema aside and fills a new one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from sqlalchemy import text

from scanner_app.cli.files.sqlite_copies import writing_beside
from scanner_app.domain.errors import ScannerAppError
from scanner_app.storage.database import db
from scanner_app.storage.schema import can_upgrade_from, newest_revision

MAGIC = b"PGDMP"
TABLES = frozenset({"scan", "asset", "audit", "alembic_version"})
EXTENSION = "pg_trgm"


def back_up(file: Path) -> None:
    """Write a checked dump to a file, which only its owner can read."""
    with writing_beside(file, ".partial") as partial:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            run_tool("pg_dump", ["--format=custom", *_address()], stdout=out)
        check(partial, named=file)


def restore(file: Path) -> str:
    """Replace the register by a dump; return the schema in which the replaced one is kept.

    :raises ScannerAppError: the file is not a dump of a version that this one can upgrade from, or
        somebody else is connected. Nothing has changed then.
    """
    check(file, named=file)
    revision = _revision_of(file)
    if revision is None or not can_upgrade_from(revision):
        raise ScannerAppError(
            f"{file} has schema {revision}, which this version cannot upgrade to its own, "
            f"{newest_revision()}. Install the version that wrote it."
        )
    kept = _find_free_schema()
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_before(kept))
        script.flush()
        with Path(script.name).open("ab") as out:
            run_tool("pg_restore", ["--no-owner", "--file=-", str(file)], stdout=out)
        arguments = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        run_tool("psql", [*arguments, *_address(), f"--file={script.name}"])
    return kept


def check(file: Path, *, named: Path) -> None:
    """Raise unless a file is a whole dump of a register.

    :raises ScannerAppError: it is something else, or damaged.
    """
    with file.open("rb") as opened:
        if opened.read(len(MAGIC)) != MAGIC:
            raise ScannerAppError(f"{named} is not a backup of a register on PostgreSQL.")
    listed = run_tool("pg_restore", ["--list", str(file)])
    found = set(re.findall(r"^\d+; \d+ \d+ TABLE \S+ (\S+) ", listed, re.MULTILINE))
    if not found >= TABLES:
        raise ScannerAppError(f"{named} is a dump of something else than this program's register.")
    # A file that was cut off still has its list at the head: only reading all of it tells.
    run_tool("pg_restore", ["--file=/dev/null", str(file)])


def run_tool(
    tool: str,
    arguments: Sequence[str],
    *,
    stdout: IO[bytes] | None = None,
    environ: Mapping[str, str] | None = None,
) -> str:
    """Run a tool of PostgreSQL, and return what it printed.

    :raises ScannerAppError: it is not installed, or it failed.
    """
    path = shutil.which(tool)
    if path is None:
        raise ScannerAppError(f"{tool} is not installed: apt-get install postgresql-client")
    done = subprocess.run(
        [path, *arguments],
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **_secret(), **(environ or {})},
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise ScannerAppError(f"{tool} failed: {said[:500]}")
    return "" if stdout else done.stdout.decode(errors="replace")


def _address() -> list[str]:
    url = db.engine.url.set(drivername="postgresql")._replace(password=None)
    return ["--dbname", url.render_as_string(hide_password=False)]


def _secret() -> dict[str, str]:
    password: Any = db.engine.url.password
    return {"PGPASSWORD": str(password)} if password else {}


def _revision_of(file: Path) -> str | None:
    arguments = ["--data-only", "--table=alembic_version", "--file=-", str(file)]
    found = re.search(r"^COPY .*\n(\S+)\n\\\.$", run_tool("pg_restore", arguments), re.MULTILINE)
    return found[1] if found else None


def _find_free_schema() -> str:
    with db.engine.connect() as connection:
        names = set(connection.execute(text("SELECT nspname FROM pg_namespace")).scalars())
    db.engine.dispose()  # or our own connection would count as somebody else's
    number = 1
    while (name := f"before_restore_{number}") in names:
        number += 1
    return name


def _before(kept: str) -> str:
    """Return the SQL that comes before the dump, in its transaction."""
    # `kept` is a name that we made.
    return f"""
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()
             AND pid <> pg_backend_pid() AND backend_type = 'client backend') THEN
    RAISE EXCEPTION 'The database is in use. Stop the service first, then restore.';
  END IF;
END $$;
ALTER SCHEMA public RENAME TO {kept};
CREATE SCHEMA public;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = '{EXTENSION}') THEN
    ALTER EXTENSION {EXTENSION} SET SCHEMA public;
  END IF;
END $$;
"""  # noqa: S608 - `kept` is a name that we made
