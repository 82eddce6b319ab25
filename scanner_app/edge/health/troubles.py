"""What is wrong with the service, in sentences that say what to do: for those who run it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from scanner_app.config import Settings
from scanner_app.domain.errors import Unavailable
from scanner_app.domain.jobs import SILENCE
from scanner_app.edge.limits.disk_space import keeps_free
from scanner_app.queries.jobs import count_line, find_worker_seen, list_nodes
from scanner_app.storage.file_store import open_store
from scanner_app.storage.node_keys import find_key, read_own_keys
from scanner_app.storage.replica import EXTENSION, Replica

# Other programs need some: backups, a person at the database's own shell.
SPARE_CONNECTIONS = 20
STUCK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong. `code` never changes."""

    code: str
    message: str


def find_troubles(session: Session, settings: Settings, *, now: datetime) -> list[Trouble]:
    """Return everything that is wrong and can be seen from this machine."""
    found = [*_look_at_jobs(session, now)]
    if not keeps_free(settings.instance_dir, floor_mb=settings.keep_free_mb, size=0):
        found.append(
            Trouble("disk_full", f"The disk of {settings.instance_dir} is nearly full: make room.")
        )
    if settings.bucket is not None:
        found += _look_at_files(settings)
    if session.get_bind().dialect.name == "postgresql":
        found += _look_at_machines(session, settings)
        found += _look_at_replica()
    return found


def _look_at_jobs(session: Session, now: datetime) -> Iterator[Trouble]:
    seen = find_worker_seen(session)
    if seen is None or now - seen > SILENCE:
        yield Trouble(
            "no_worker",
            "No worker runs: imports, messages and prints wait. Start `scanner-app worker`.",
        )
    line = count_line(session, now=now)
    if line.oldest_due is not None and now - line.oldest_due > STUCK:
        yield Trouble(
            "jobs_wait",
            f"{line.due:,} jobs are due, one since {line.oldest_due:%Y-%m-%d %H:%M} UTC: more"
            " workers are needed, or one is stuck. The page /admin/jobs shows them.",
        )
    versions = sorted({node.version for node in list_nodes(session, now=now)})
    if len(versions) > 1:
        yield Trouble(
            "versions",
            f"Workers of the versions {' and '.join(versions)} run. Upgrade the rest: only two"
            " versions that follow each other may run together, and not for long.",
        )


def _look_at_files(settings: Settings) -> Iterator[Trouble]:
    """Ask the bucket for a file that is not there."""
    try:
        open_store(settings).get("0" * 64)
    except Unavailable as error:
        cause = str(error.__cause__).partition("\n")[0]
        yield Trouble(
            "files_away",
            f"The bucket of {settings.files_url} cannot be used: {cause} Pictures, documents and"
            " imports wait; scans do not.",
        )


def _look_at_machines(session: Session, settings: Settings) -> Iterator[Trouble]:
    names = {"secret": "secret key", "audit": "key for reports"}
    for kind, key_id in read_own_keys(settings).items():
        known = find_key(session, kind)
        if known is not None and known.key_id != key_id:
            yield Trouble(
                "other_key",
                f"This machine has another {names[kind]} than the service. See"
                " `scanner-app keys show`.",
            )
    if are_connections_scarce(session):
        yield Trouble(
            "connections",
            "Nearly all connections of PostgreSQL are in use: raise max_connections, or put"
            " PgBouncer in between. Each web worker and each worker uses up to 16.",
        )


def _look_at_replica() -> Iterator[Trouble]:
    replica: Replica | None = current_app.extensions.get(EXTENSION)
    trouble = replica.find_trouble() if replica is not None else ""
    if trouble:
        yield Trouble(
            "replica_away",
            f"The read replica {trouble}. The database itself answers in its place.",
        )


def are_connections_scarce(session: Session) -> bool:
    """Return whether PostgreSQL has fewer connections left than others may need."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    used, most = session.execute(
        text(
            "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
            " current_setting('max_connections')::int"
        )
    ).one()
    return bool(used > most - SPARE_CONNECTIONS)
