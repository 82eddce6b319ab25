"""Closing and its files, each in a process that does nothing else, as a web worker would.

So the largest memory is that of the process: the interpreter, this program, and what it holds of
the audit. Beside it stands one bare bulk load of the same rows: every row that the report holds is
read, and inserted again by one statement for each table.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from scanner_app import ROOT
from scanner_app.cli.serve import BATCH_OBJECTS
from scanner_app.config import Settings
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.approver import Approver
from scanner_app.edge.report_files import FORMS
from scanner_app.edge.state import current_settings
from scanner_app.services.audits.close import Closure, close_audit
from scanner_app.services.audits.records.packs import write_pack
from scanner_app.services.seals.chain import Sealing
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.storage.keys import load_signing_key
from tests.support.databases import build_app

SCRIPT = ROOT / "static" / "verify_audit.py"
APPROVER = Actor("user", 901, "Approver", Role.ADMIN, user_id=901)
TABLES = ("finding", "scan", "audit_member")


@dataclass(frozen=True)
class Taken:
    """What some work took: seconds on the clock, of the processor, and the largest memory."""

    elapsed: float
    processor: float
    peak_mb: float


def run_apart(settings: Settings, work: str, *arguments: Any) -> Taken:
    """Run one function of this module in a new process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_run, settings, work, arguments).result()


def _run(settings: Settings, work: str, arguments: tuple[Any, ...]) -> Taken:
    app = build_app(settings)
    gc.collect()
    gc.freeze()
    gc.set_threshold(BATCH_OBJECTS, 10, 10)
    functions: dict[str, Callable[..., None]] = {
        "close": close, "load": load_bare, "form": write_form, "pack": pack,
    }  # fmt: skip
    with app.app_context():
        started, processor = time.perf_counter(), time.process_time()
        functions[work](*arguments)
        return Taken(
            time.perf_counter() - started,
            time.process_time() - processor,
            _read_peak(),
        )


def _read_peak() -> float:
    """Return the largest memory of this process so far; that of its parent is none of it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def close(audit: int, now: datetime) -> None:
    """Close and seal."""
    key = load_signing_key(current_settings().instance_dir)
    with unit_of_work() as session:
        closure = Closure(audit, Sealing(APPROVER, now, key, "bench"), Approver.NOT_A_COUNTER)
        close_audit(session, closure)


def load_bare(audit: int) -> None:
    """Read the rows of the report, and insert them again; nothing is kept."""
    with unit_of_work() as session:
        for table in TABLES:
            _load_table(session, table, audit)
        session.execute(text("DROP TABLE bare_finding"))
        session.execute(text("DROP TABLE bare_scan"))
        session.execute(text("DROP TABLE bare_audit_member"))


def _load_table(session: Session, table: str, audit: int) -> None:
    session.execute(text(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} WHERE 1 = 0"))
    found = session.connection().exec_driver_sql(
        f"SELECT * FROM {table} WHERE audit_id = {audit:d}"
    )
    names = list(found.keys())
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    marks = ", ".join("?" if is_sqlite else "%s" for _name in names)
    insert = f"INSERT INTO bare_{table} ({', '.join(names)}) VALUES ({marks})"
    rows = [tuple(map(_write, row)) for row in found]
    session.connection().exec_driver_sql(insert, rows)


def _write(value: Any) -> Any:
    """Return what the driver read as it writes it: JSON as a text again."""
    if isinstance(value, dict | list):
        from psycopg.types.json import Jsonb

        return Jsonb(value)
    return value


def write_form(audit: int, form: str) -> None:
    """Write the report in one form, to nowhere."""
    with reading(snapshot=True) as session, Path(os.devnull).open("wb") as file:
        FORMS[form][1](session, audit, file)


def pack(audit: int, path: str) -> None:
    """Write the pack."""
    with reading(snapshot=True) as session, Path(path).open("wb") as file:
        write_pack(session, audit, file, script=SCRIPT, find_file=lambda _sha256: None)
