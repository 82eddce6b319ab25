"""A queue of records on disk. A record stays until the server has answered for it.

One SQLite file, one connection, one agent (a lock file makes sure). Each batch is one transaction
with `synchronous=FULL`: one fsync per record would limit an agent to some 200 records a second.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from hardware.errors import SpoolBusy, SpoolError, SpoolFull

DEAD_KEPT = 1_000
ROUTES = "reads", "scans"
_NEVER = 2**63 - 1
_COUNT_LOST = (
    "INSERT INTO tally VALUES ('lost', ?)"
    " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, route TEXT NOT NULL,
  reader TEXT NOT NULL, body TEXT NOT NULL, spooled_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS queue_by_reader ON queue (route, reader, seq);
CREATE TABLE IF NOT EXISTS dead (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, route TEXT NOT NULL,
  reader TEXT NOT NULL, body TEXT NOT NULL, why TEXT NOT NULL, buried_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS tally (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One record for the server. `id` never changes; `route` is ``reads`` or ``scans``."""

    id: str
    route: str
    reader: str
    body: dict[str, Any]
    seq: int = 0


@dataclass(frozen=True, slots=True)
class SpoolState:
    """The spool's figures for the heartbeat. `oldest` is a Unix time; sizes are bytes."""

    depth: int
    dead: int
    lost: int
    oldest: float | None
    size: int
    cap: int


class Spool:
    """The queue on disk. Its methods may be called from any thread."""

    def __init__(self, path: Path, *, cap_bytes: int = 200 * 1024 * 1024) -> None:
        """Open or create the spool at `path`.

        :param cap_bytes: size from which on `put` refuses new records
        :raises SpoolBusy: another agent uses it
        :raises SpoolError: the file is not a spool, or cannot be written
        """
        self._cap = cap_bytes
        self._guard = threading.Lock()
        self._lock_file = _take_lock(path)
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
        except sqlite3.Error as error:
            self._lock_file.close()
            raise SpoolError(
                f"the spool {path} cannot be used ({error}): move the file away to start a new one"
            ) from error

    def put(self, parcels: Sequence[Parcel], *, now: float) -> None:
        """Store all of the parcels or none, with one fsync. Skip ids that are stored already.

        :param now: the Unix time, in seconds
        :raises SpoolFull: the cap is reached
        :raises SpoolError: the disk is full or broken
        """
        rows = [(p.id, p.route, p.reader, json.dumps(p.body), now) for p in parcels]
        with self._guard:
            if self._size() >= self._cap and not self._make_room():
                raise SpoolFull(
                    f"the spool holds {self._cap // 1024 // 1024} MiB of unsent records, its "
                    f"limit: bring the server back, or raise spool_cap_mb"
                )
            self._write(
                "INSERT INTO queue (id, route, reader, body, spooled_at)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
                rows,
            )

    def peek(self, limit: int, *, skip: Collection[tuple[str, str]] = ()) -> list[Parcel]:
        """Return the oldest parcels of one route and reader, at most `limit`, oldest first.

        They end before the reader's next parcel of the other route: a room's label says where the
        tags after it were read, so those tags must not arrive before it.

        :param skip: (route, reader) pairs that are not wanted now
        """
        names = json.dumps([f"{route}/{reader}" for route, reader in skip])
        with self._guard:
            head = self._db.execute(
                "SELECT route, reader, seq FROM queue WHERE route || '/' || reader"
                " NOT IN (SELECT value FROM json_each(?)) ORDER BY seq LIMIT 1",
                (names,),
            ).fetchone()
            if head is None:
                return []
            route, reader, first = head
            other = next(name for name in ROUTES if name != route)
            (end,) = self._db.execute(
                "SELECT min(seq) FROM queue WHERE route = ? AND reader = ? AND seq > ?",
                (other, reader, first),
            ).fetchone()
            rows = self._db.execute(
                "SELECT seq, id, route, reader, body FROM queue WHERE route = ? AND reader = ?"
                " AND seq < ? ORDER BY seq LIMIT ?",
                (route, reader, _NEVER if end is None else end, limit),
            ).fetchall()
        return [
            Parcel(id=name, route=route, reader=reader, body=json.loads(body), seq=seq)
            for seq, name, route, reader, body in rows
        ]

    def settle(
        self, done: Iterable[int], refused: Iterable[tuple[Parcel, str]] = (), *, now: float
    ) -> None:
        """Remove answered parcels. Those that the server refused become dead letters."""
        buried = list(refused)
        gone = [(seq,) for seq in done] + [(parcel.seq,) for parcel, _ in buried]
        with self._guard:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(
                    "INSERT INTO dead (id, route, reader, body, why, buried_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [(p.id, p.route, p.reader, json.dumps(p.body), why, now) for p, why in buried],
                )
                self._db.executemany("DELETE FROM queue WHERE seq = ?", gone)
                self._db.execute("COMMIT")
            except sqlite3.Error as error:
                self._db.execute("ROLLBACK")
                raise SpoolError(f"the spool cannot be written: {error}") from error

    def dead_letters(self, limit: int = 100) -> list[tuple[Parcel, str]]:
        """Return the newest refused parcels, each with the server's reason."""
        with self._guard:
            rows = self._db.execute(
                "SELECT seq, id, route, reader, body, why FROM dead ORDER BY seq DESC LIMIT ?",
                (limit,),
            ).fetchall()
        return [
            (Parcel(id=i, route=route, reader=r, body=json.loads(body), seq=seq), why)
            for seq, i, route, r, body, why in rows
        ]

    def revive(self, *, now: float) -> int:
        """Queue all dead letters again with their ids. Return their number."""
        with self._guard:
            self._db.execute("BEGIN IMMEDIATE")
            number = self._db.execute(
                "INSERT INTO queue (id, route, reader, body, spooled_at)"
                " SELECT id, route, reader, body, ? FROM dead WHERE true ORDER BY seq"
                " ON CONFLICT (id) DO NOTHING",
                (now,),
            ).rowcount
            self._db.execute("DELETE FROM dead")
            self._db.execute("COMMIT")
        return number

    def count_lost(self, number: int) -> None:
        """Record that `number` sightings were lost, so that a restart does not hide it."""
        with self._guard:
            self._write(_COUNT_LOST, [(number,)])

    def state(self) -> SpoolState:
        """Return the figures for a heartbeat."""
        with self._guard:
            depth, oldest = self._db.execute(
                "SELECT count(*), min(spooled_at) FROM queue"
            ).fetchone()
            (dead,) = self._db.execute("SELECT count(*) FROM dead").fetchone()
            lost = self._db.execute("SELECT value FROM tally WHERE name = 'lost'").fetchone()
            size = self._size()
        return SpoolState(depth, dead, lost[0] if lost else 0, oldest, size, self._cap)

    def close(self) -> None:
        """Close the file and release the lock."""
        with self._guard:
            self._db.close()
            self._lock_file.close()

    def _write(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(statement, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise SpoolError(f"the spool cannot be written: {error}") from error

    def _size(self) -> int:
        """Return the bytes in use. Pages freed by deleted rows do not count."""
        (pages,) = self._db.execute("PRAGMA page_count").fetchone()
        (free,) = self._db.execute("PRAGMA freelist_count").fetchone()
        (page,) = self._db.execute("PRAGMA page_size").fetchone()
        return int((pages - free) * page)

    def _make_room(self) -> bool:
        """Drop all but the newest dead letters and count them as lost. Return whether it helped."""
        dropped = self._db.execute(
            "DELETE FROM dead WHERE seq <= (SELECT max(seq) - ? FROM dead)", (DEAD_KEPT,)
        ).rowcount
        if dropped:
            self._write(_COUNT_LOST, [(dropped,)])
        return self._size() < self._cap


def _take_lock(path: Path) -> IO[bytes]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.with_name(path.name + ".lock").open("ab")
    except OSError as error:
        raise SpoolError(f"the spool {path} cannot be created: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        handle.close()
        raise SpoolBusy(
            f"another scanner-readers uses the spool {path}: stop it, or set another spool"
        ) from error
    return handle
