"""Import of 100,000 assets: rows a second, the length of the one transaction, and peak memory.

Run as `python -m benchmarks.imports [ROWS]`; each database gets a fresh process, so that its peak
is its own.
"""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from scanner_app.domain.imports import ImportKind
from scanner_app.queries.imports.runs import find_run
from scanner_app.services.imports import files, life
from scanner_app.services.imports.life import ImportLease
from scanner_app.services.imports.mapping import inspect_file
from scanner_app.services.imports.run import apply_import, check_import
from scanner_app.services.imports.status_names import load_status_names
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.storage.schema import upgrade_schema
from scanner_app.worker.imports import read_surroundings
from tests.support.databases import build_app, make_settings
from tests.support.postgres import run_postgres

ROWS = 100_000
HEADERS = (
    "Asset Tag", "Asset Name", "Serial", "Model", "Model No.", "Category", "Manufacturer",
    "Status", "Location", "Checked Out To", "Purchase Date", "Purchase Cost", "Order Number",
    "Warranty", "Notes",
)  # fmt: skip


def write_assets(path: Path, rows: int, *, name: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for at in range(rows):
            person = f"E{at % 2000:05d}" if at % 3 == 0 else ""
            writer.writerow(
                [
                    f"LT-{at:06d}", f"{name} {at}", f"SN{at:08d}", f"Model {at % 60}",
                    f"M{at % 60}", f"Category {at % 12}", "Maker", "Deployed" if person else "",
                    f"R{at % 600:03d}", person, f"2024-{at % 12 + 1:02d}-{at % 28 + 1:02d}",
                    f"{at % 3000}.50", f"PO-{at // 50}", "36", "",
                ]
            )  # fmt: skip
    return path


def write_places(path: Path) -> Path:
    path.write_text("Code,Name\n" + "".join(f"R{n:03d},Room {n}\n" for n in range(600)))
    return path


def write_people(path: Path) -> Path:
    path.write_text("Number,Name\n" + "".join(f"E{n:05d},Person {n}\n" for n in range(2000)))
    return path


def import_file(settings, kind: str, path: Path) -> dict[str, float]:
    lease = datetime(2999, 1, 1, tzinfo=UTC)
    started = time.perf_counter()
    with path.open("rb") as file:
        sha256 = files.keep_file(file, settings.instance_dir, max_bytes=10**9)
    kept = files.file_path(settings.instance_dir, sha256)
    with reading() as session:
        names = load_status_names(session)
    found = inspect_file(kept, ImportKind(kind), statuses=names, max_rows=10**6)
    around = read_surroundings()
    with unit_of_work() as session:
        run_id = life.add_run(
            session, kind=ImportKind(kind), filename=path.name, sha256=sha256, inspection=found,
            created_by="benchmark", actor="benchmark", now=datetime.now(UTC),
        )  # fmt: skip
        life.ask_check(session, run_id=run_id, now=around.clock(), lease=lease)
    looked = time.perf_counter()
    check_import(ImportLease(run_id, "checking", lease), around)
    checked = time.perf_counter()
    with reading() as session:
        run = find_run(session, run_id)
    if run.refused_count:
        raise SystemExit(f"{run.refused_count} rows were refused")
    took = 0.0
    if not run.changes_nothing:
        with unit_of_work() as session:
            life.ask_apply(
                session, run_id=run_id, now=around.clock(), leave_out_refused=False, lease=lease
            )
        took = apply_import(ImportLease(run_id, "applying", lease), around)
    return {
        "look": looked - started,
        "check": checked - looked,
        "apply": took,
        **{name: float(value) for name, value in run.counts.items()},
    }


def peak_megabytes() -> int:
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) // 1024 if found else 0


def measure(url: str, rows: int) -> None:
    """Import places, people and assets; the same assets again; then with every name changed."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = make_settings(home / "instance", url)
        app = build_app(settings)
        with app.app_context():
            upgrade_schema()
            before = peak_megabytes()
            import_file(settings, "locations", write_places(home / "places.csv"))
            import_file(settings, "people", write_people(home / "people.csv"))
            assets = write_assets(home / "assets.csv", rows, name="Laptop")
            new = import_file(settings, "assets", assets)
            again = import_file(settings, "assets", assets)
            other = import_file(
                settings, "assets", write_assets(home / "other.csv", rows, name="Notebook")
            )
            print(json.dumps({"new": new, "again": again, "renamed": other,
                              "peak_mb": peak_megabytes(), "start_mb": before}))  # fmt: skip


def run_child(url: str, rows: int) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.imports", str(rows), url or "sqlite"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    if len(sys.argv) > 2:
        measure("" if sys.argv[2] == "sqlite" else sys.argv[2], rows)
        return
    print(f"{rows:,} assets of 15 columns, 600 places, 2,000 people\n")
    print("| database | what | look s | check s | apply s (one transaction) | rows/s | peak MB |")
    print("|---|---|---|---|---|---|---|")
    show("SQLite", run_child("", rows), rows)
    with run_postgres(durable=True) as server:
        server.execute("CREATE DATABASE bench")
        show("PostgreSQL", run_child(server.url("bench"), rows), rows)


def show(database: str, result: dict, rows: int) -> None:
    for what in ("new", "again", "renamed"):
        step = result[what]
        whole = step["look"] + step["check"] + step["apply"]
        print(
            f"| {database} | {what} | {step['look']:.1f} | {step['check']:.1f} "
            f"| {step['apply']:.1f} "
            f"| {rows / whole:,.0f} | {result['peak_mb']} (start {result['start_mb']}) |"
        )


if __name__ == "__main__":
    main()
