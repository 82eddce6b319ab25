"""Take a database of version 0.1 to the schema of 0003_guards, with all its rows.

The migrations of 0.1 were squashed, so the database names a revision that no file here has. Of a
database that is older than the last two revisions of 0.1, an upgrade is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Connection, inspect, text

from scanner_app.domain.errors import ScannerAppError

# The last revisions of 0.1, which named them by four digits.
REVISIONS = ("0006", "0007")
NOW = "0003_guards"
# The code checks these words now: the database would have to change with each new one.
LIFTED = (
    ("scan", "ck_scan_intent"),
    ("read_point", "ck_read_point_intent"),
    ("finding", "ck_finding_proposal"),
    ("finding", "ck_finding_decision"),
    ("import_run", "ck_import_run_kind_known"),
    ("register_change", "ck_register_change_kind_known"),
)
TWICE, ONCE = "ck_shelf_shot_ck_shelf_shot_has_a_size", "ck_shelf_shot_has_a_size"
# A read as a reader of 0.1 recorded it. A person's note that only resembles it keeps its place.
IS_READ = (
    "source = 'rfid' AND symbology = 'rfid' AND device IS NOT NULL"
    " AND note LIKE 'antenna % count %'"
)


def bring_over(connection: Connection) -> None:
    """Change a database of 0.1 into one of `NOW`; leave any other as it is.

    :raises ScannerAppError: it is older than the last two revisions of 0.1.
    """
    if not inspect(connection).has_table("alembic_version"):
        return
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    # Alembic completes a shortened revision: it would take 0001 of 0.1 for 0001_create_tables.
    if revision is None or re.fullmatch("[0-9]{4}", revision) is None:
        return
    if revision not in REVISIONS:
        raise ScannerAppError(
            f"The database has schema {revision}. Only {' and '.join(REVISIONS)} of version 0.1 "
            "can be upgraded. Upgrade it to the last 0.1 first, then to this version."
        )
    if revision == "0006":
        add_columns(connection)
    lift_checks(connection)
    with unguarded(connection):
        move_what_readers_said(connection)
    move_who_imported(connection)
    connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{NOW}'")


def add_columns(connection: Connection) -> None:
    """Add the columns that revision 0007 of 0.1 added."""
    no = "0" if connection.dialect.name == "sqlite" else "false"
    for column in (
        "scan ADD COLUMN reader_said TEXT",
        f"scan ADD COLUMN is_faint BOOLEAN DEFAULT {no} NOT NULL",
        "import_run ADD COLUMN actor TEXT DEFAULT '' NOT NULL",
    ):
        connection.exec_driver_sql(f"ALTER TABLE {column}")


def lift_checks(connection: Connection) -> None:
    """Drop the CHECKs on lists that code enumerates, and correct the name of one that stays."""
    if connection.dialect.name != "sqlite":
        for table, name in LIFTED:
            connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        connection.exec_driver_sql(f"ALTER TABLE shelf_shot RENAME CONSTRAINT {TWICE} TO {ONCE}")
        return
    # SQLite has no statement for this. A copied table would take its triggers, and the rows that
    # refer to it, along when it is dropped. The rows stay as they are, so SQLite allows a change
    # of the text of the table instead: https://sqlite.org/lang_altertable.html, section 7.
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, name in LIFTED:
        rewrite_table(connection, table, partial(without_check, name=name))
    rewrite_table(connection, "shelf_shot", lambda sql: sql.replace(TWICE, ONCE))
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    # Other connections read the schema again when this number has changed.
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")


def rewrite_table(connection: Connection, table: str, rewrite: Callable[[str], str]) -> None:
    where = "WHERE type = 'table' AND name = :table"
    sql = connection.scalar(text(f"SELECT sql FROM sqlite_master {where}"), {"table": table})
    connection.execute(
        text(f"UPDATE sqlite_master SET sql = :sql {where}"), {"sql": rewrite(sql), "table": table}
    )


def without_check(sql: str, name: str) -> str:
    """Return a CREATE TABLE without one of its CHECKs."""
    start = re.search(rf",\s*CONSTRAINT {name} CHECK \(", sql)
    if start is None:
        raise ScannerAppError(f"The database has no constraint {name}: it is not one of 0.1.")
    depth, end = 1, start.end()
    while depth:
        depth += {"(": 1, ")": -1}.get(sql[end], 0)
        end += 1
    return sql[: start.start()] + sql[end:]


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Lift the guard of the scan log within this transaction, in which nobody else can write."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("ALTER TABLE scan DISABLE TRIGGER scan_is_final")
        yield
        connection.exec_driver_sql("ALTER TABLE scan ENABLE TRIGGER scan_is_final")
        return
    guard = connection.exec_driver_sql(
        "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'scan_no_update'"
    ).scalar_one()
    connection.exec_driver_sql("DROP TRIGGER scan_no_update")
    yield
    connection.exec_driver_sql(guard)


def move_what_readers_said(connection: Connection) -> None:
    """Move what readers said of a read out of the note, which is for the words of people.

    0.1 joined what it knew of a read itself with " · ", and marked a weak read by the word faint.
    """
    connection.execute(
        text(
            "UPDATE scan SET reader_said = note, is_faint = (note LIKE '% · faint%'), note = NULL"
            f" WHERE {IS_READ}"
        )
    )


def move_who_imported(connection: Connection) -> None:
    """Move who applied an import out of the headers of its file."""
    actor, others = (
        ("json_extract(headers, '$.actor')", "json_remove(headers, '$.actor')")
        if connection.dialect.name == "sqlite"
        else ("headers ->> 'actor'", "headers - 'actor'")
    )
    connection.execute(
        text(f"UPDATE import_run SET actor = {actor}, headers = {others} WHERE {actor} IS NOT NULL")
    )
