"""The plan for a scan log of 100,000,000 rows, rehearsed on PostgreSQL with our own columns.

    python -m benchmarks.log_partitions [--rows 5000000] [--folder DIR]

Fills the log of a migrated database by SQL, measures it flat, then takes the steps of the plan: the
names of scans move to a table that keeps them unique, the log becomes one partition of a table that
is divided by month, new months are made ahead, and a month is exported, checked and dropped. Each
step prints how long it took; locks that writers would wait for are timed apart. Nothing of it is
part of the service yet: it stays flat up to 100,000,000 rows.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from benchmarks.office import fill_register, open_empty
from scanner_app.storage.database import db

ASSETS = 1_000
CHUNK = 100_000
ROUNDS = 100
BATCH = 1000
MORE = 50_000
LONG_ROWS = 100_000_000
FIRST, UNTIL = "2024-01-01", "2026-01-01"
MONTHS = ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01")
# As many bytes as a common answer of the service has.
ANSWER = (
    '\'{"scan_id": "\' || n || \'", "outcome": "noted", "message": "Seen in Room 012.", '
    '"asset": {"asset_tag": "LT-004213", "name": "Laptop 213", "status": "in_stock", '
    '"location": "R-012", "custodian": null}, "location": {"code": "R-012", '
    '"name": "Room 012"}, "links": {"asset": "/assets/LT-004213"}}\''
)
INSERT = f"""
INSERT INTO scan (scan_id, fingerprint, code, code_key, symbology, source, intent, scanned_at,
  recorded_at, effective_at, is_clock_suspect, asset_id, location_id, is_faint, device, actor,
  actor_name, may_void_any, outcome, answer)
SELECT gen_random_uuid(), md5(n::text), 'LT-' || lpad((n % {ASSETS})::text, 6, '0'),
  'LT' || lpad((n % {ASSETS})::text, 6, '0'), 'code128', 'camera', 'sighting', moment, moment,
  moment, false, :first + n % {ASSETS}, :place, false, 'phone-' || n % 40, 'user:1', 'Ana Alves',
  false, 'noted', {ANSWER}
FROM (SELECT n, CAST(:since AS timestamptz) + (CAST(:until AS timestamptz) -
  CAST(:since AS timestamptz)) * n / :of AS moment FROM generate_series(CAST(:low AS bigint),
  CAST(:high AS bigint)) AS n) AS numbered
"""


def fill(rows: int, *, since: str, until: str) -> None:
    """Add rows to the log, spread evenly from one day to another."""
    with db.engine.connect() as connection:
        ids = connection.execute(text("SELECT min(id) FROM asset")).scalar_one()
        place = connection.execute(text("SELECT max(id) FROM location")).scalar_one()
    for low in range(0, rows, CHUNK):
        high = min(low + CHUNK, rows) - 1
        values = {"low": low, "high": high, "of": rows, "since": since, "until": until}
        with db.engine.begin() as connection:
            connection.execute(text(INSERT), {**values, "first": ids, "place": place})
        print(f"\r  {high + 1:>12,} of {rows:,} rows", end="", flush=True)
    print()


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long a step takes."""
    began = time.perf_counter()
    yield
    print(f"  {what:58}{time.perf_counter() - began:10.3f} s", flush=True)


def run(*statements: str) -> None:
    """Run statements in one transaction."""
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def run_alone(statement: str) -> None:
    """Run a statement that no transaction may hold."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def scalar(statement: str, **values: Any) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(text(statement), values).scalar()


def show_size(table: str) -> None:
    """Print how many bytes a row of a table takes, and what 100,000,000 would."""
    whole, indexes, rows = (
        scalar(f"SELECT {what}")
        for what in (
            f"pg_total_relation_size('{table}')",
            f"pg_indexes_size('{table}')",
            f"count(*) FROM {table}",
        )
    )
    print(
        f"  {table}: {rows:,} rows, {whole / rows:.0f} bytes each, {indexes / rows:.0f} of them"
        f" indexes; {LONG_ROWS:,} rows would take {whole / rows * LONG_ROWS / 1e9:.0f} GB"
    )


def find_median(work: Callable[[Connection, int], object]) -> float:
    """Return the median time of one of many rounds of work, in ms."""
    times = []
    with db.engine.connect() as connection:
        for number in range(ROUNDS):
            began = time.perf_counter()
            work(connection, number)
            times.append(time.perf_counter() - began)
        connection.rollback()
    return statistics.median(times) * 1000


def show_reads(title: str) -> None:
    """Print the time of the selects that pages and the door of scans ask the log."""
    history = text(
        "SELECT id, effective_at, answer FROM scan WHERE asset_id = :asset"
        " ORDER BY effective_at DESC LIMIT 50"
    )
    newest = text("SELECT id, code, outcome FROM scan ORDER BY id DESC LIMIT 50")
    first = scalar("SELECT min(id) FROM asset")
    asked = {
        "history of one asset": lambda c, n: c.execute(history, {"asset": first + n * 7}).all(),
        "newest 50 scans": lambda c, _: c.execute(newest).all(),
    }
    for name, work in asked.items():
        print(f"  {title}, {name:40}{find_median(work):10.2f} ms", flush=True)


def list_foreign_keys() -> list[tuple[str, str]]:
    """Return the keys of other tables that lead to the log, each as table and name."""
    with db.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT conrelid::regclass::text, conname FROM pg_constraint"
                " WHERE contype = 'f' AND confrelid = 'scan'::regclass"
            )
        )
        return [(table, name) for table, name in rows]


def list_indexes(table: str) -> list[str]:
    """Return what makes each index of a table that is not unique."""
    with db.engine.connect() as connection:
        return list(
            connection.execute(
                text(
                    "SELECT pg_get_indexdef(indexrelid) FROM pg_index"
                    " WHERE indrelid = CAST(:name AS regclass) AND NOT indisunique"
                ),
                {"name": table},
            ).scalars()
        )


def list_own_keys() -> list[str]:
    """Return what makes each foreign key of the log itself."""
    with db.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'f' AND conrelid = 'scan'::regclass"
            )
        )
        return [f"ALTER TABLE scan ADD CONSTRAINT {name} {made}" for name, made in rows]


def list_guards() -> list[tuple[str, str, bool]]:
    """Return the triggers that protect the log: name, what makes it, and whether it is by row."""
    with db.engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT tgname, pg_get_triggerdef(oid), tgtype & 1 = 1 FROM pg_trigger"
                " WHERE tgrelid = 'scan'::regclass AND NOT tgisinternal"
            )
        )
        return [(name, made, by_row) for name, made, by_row in rows]


def move_names() -> None:
    """Make the table that keeps the names of scans unique once the log is divided."""
    run("CREATE TABLE scan_name (scan_id uuid NOT NULL, recorded_at timestamptz NOT NULL)")
    with timed("copy the names of all scans"):
        run("INSERT INTO scan_name SELECT scan_id, recorded_at FROM scan")
    with timed("make them unique"):
        run("ALTER TABLE scan_name ADD PRIMARY KEY (scan_id)")
    run_alone("VACUUM ANALYZE scan_name")


def attach() -> None:
    """Make the log one partition of a table that is divided by month."""
    with timed("promise that no row is later (lock: moments)"):
        run(
            f"ALTER TABLE scan ADD CONSTRAINT before_{UNTIL[:4]} CHECK (recorded_at <"
            f" '{UNTIL}') NOT VALID"
        )
    with timed("check the promise (writers go on)"):
        run(f"ALTER TABLE scan VALIDATE CONSTRAINT before_{UNTIL[:4]}")
    keys, own, indexes = list_foreign_keys(), list_own_keys(), list_indexes("scan")
    guards = list_guards()
    print(f"  {len(keys)} foreign keys to the log end: {', '.join(table for table, _ in keys)}")
    with timed("rename, divide, attach (the lock that writers wait for)"):
        run(
            *(f"ALTER TABLE {table} DROP CONSTRAINT {name}" for table, name in keys),
            "ALTER TABLE scan RENAME TO scan_before",
            *(
                f"ALTER INDEX {name} RENAME TO before_{name}"
                for name in (one.split()[2] for one in indexes)
            ),
            "CREATE TABLE scan (LIKE scan_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS)"
            " PARTITION BY RANGE (recorded_at)",
            f"ALTER TABLE scan DROP CONSTRAINT before_{UNTIL[:4]}",
            *own,
            *indexes,
            f"ALTER TABLE scan ATTACH PARTITION scan_before FOR VALUES FROM (MINVALUE) TO"
            f" ('{UNTIL}')",
            *(
                f"CREATE TABLE scan_{low[:7].replace('-', '_')} PARTITION OF scan"
                f" FOR VALUES FROM ('{low}') TO ('{high}')"
                for low, high in itertools.pairwise(MONTHS)
            ),
            "CREATE TABLE scan_other PARTITION OF scan DEFAULT",
            # A guard by row covers every partition; one by statement stays on the old table too.
            *(f"DROP TRIGGER {name} ON scan_before" for name, _, by_row in guards if by_row),
            *(made for _, made, _ in guards),
        )


def try_names(rows: int) -> None:
    """Try names that are known and names that are new, as the door would after the plan."""
    insert = (
        "INSERT INTO scan_name SELECT scan_id, now() FROM ({}) AS tried"
        " ON CONFLICT DO NOTHING RETURNING scan_id"
    )
    known = f"SELECT scan_id FROM scan_before LIMIT {BATCH} OFFSET {rows // 2}"
    new = f"SELECT gen_random_uuid() AS scan_id FROM generate_series(1, {BATCH})"
    with db.engine.begin() as connection:
        taken = [len(connection.execute(text(insert.format(some))).all()) for some in (known, new)]
    print(f"  of {BATCH:,} names of old scans {taken[0]} are new; of {BATCH:,} new ones {taken[1]}")
    assert taken == [0, BATCH]


def retire(folder: Path) -> None:
    """Take a month out of the log: detached, exported, read back and compared, dropped."""
    month = "scan_2026_01"
    file = folder / f"{month}.csv"
    # Not CONCURRENTLY: PostgreSQL refuses it where there is a DEFAULT partition.
    with timed("detach a month (the lock that writers wait for)"):
        run(f"ALTER TABLE scan DETACH PARTITION {month}")
    raw = db.engine.raw_connection()
    try:
        connection: psycopg.Connection[Any] = raw.driver_connection  # type: ignore[assignment] # psycopg's own
        with timed("export it as CSV"), connection.cursor() as cursor, file.open("wb") as out:
            with cursor.copy(f"COPY {month} TO STDOUT (FORMAT csv, HEADER)") as copy:
                for part in copy:
                    out.write(part)
        print(f"  the file has {file.stat().st_size / 1e6:.0f} MB")
        with timed("read it back, and compare each row"), connection.cursor() as cursor:
            cursor.execute(f"CREATE TEMP TABLE again (LIKE {month})")
            with cursor.copy("COPY again FROM STDIN (FORMAT csv, HEADER)") as copy:
                with file.open("rb") as read:
                    while part := read.read(1 << 20):
                        copy.write(part)
            cursor.execute(f"SELECT count(*) FROM (TABLE {month} EXCEPT TABLE again) AS lost")
            [lost] = cursor.fetchone() or [None]
            assert lost == 0, lost
        connection.rollback()
    finally:
        raw.close()
    with timed("drop it"):
        run(f"DROP TABLE {month}")


def rehearse(rows: int, folder: Path) -> None:
    """Take all steps of the plan, and print what each took."""
    fill_register(ASSETS)
    with timed(f"fill the flat log with {rows:,} rows"):
        fill(rows, since=FIRST, until=UNTIL)
    run_alone("VACUUM ANALYZE scan")
    show_size("scan")
    show_reads("flat")
    with timed(f"add {MORE:,} rows to the flat log"):
        fill(MORE, since="2025-12-01", until=UNTIL)
    move_names()
    show_size("scan_name")
    attach()
    run("ANALYZE scan")
    show_reads("divided")
    try_names(rows)
    with timed(f"add {MORE:,} rows to the divided log"):
        fill(MORE, since=MONTHS[0], until=MONTHS[1])
    assert scalar("SELECT count(*) FROM scan_other") == 0
    assert scalar("SELECT count(*) FROM scan") == rows + 2 * MORE
    retire(folder)
    assert scalar("SELECT count(*) FROM scan") == rows + MORE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, help="where the exported month goes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, open_empty("postgres"):
        rehearse(options.rows, options.folder or Path(temporary))


if __name__ == "__main__":
    main()
