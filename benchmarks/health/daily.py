"""Check a large register of devices, and open the pages that show what was found and what it costs.

    python -m benchmarks.health.daily [--devices 100000] [--database sqlite]

Each device reports six facts and four products, was bought on one of sixty days, has two expenses,
a seat of a licence of a thousand, and one contract covers all; one in twenty was repaired. The
first check writes a row for each device, the second finds all as it was: both in parts. Time is
processor time of this process and of the server of the database: of the first visit, for which
what is kept is computed, and of a later one. A page without devices or costs is opened before, so
that neither compiles the frame of all pages.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import time
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import select

from benchmarks.growth import Meter, opener
from benchmarks.health.lives import fill_lives
from benchmarks.office import analyze, open_office
from benchmarks.search import sign_in
from scanner_app.models import Asset, DeviceFact, DeviceSoftware
from scanner_app.services.health.files import ListKind, take_file
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.device_check.run import check_all
from tests.health.lists import CATALOGUE, LIFECYCLES

TODAY, NOW = date(2026, 11, 29), datetime(2026, 11, 29, 9, tzinfo=UTC)
CHUNK = 5000
MEGABYTE_IN_KILOBYTES = 1024
POLICY = "supported"
PAGES = (
    "/monitoring", "/monitoring/devices?state=ended", "/monitoring/devices?state=silent",
    f"/monitoring/devices?policy={POLICY}", "/monitoring/vulnerabilities",
    "/assets/LT-004213/health", "/roadmap", "/roadmap?year=2027", "/assets/LT-004213/costs",
    "/assets/LIC-0001/costs", "/contracts/SUP-1/costs", "/assets/LT-004213/choices",
    "/api/v1/monitoring", "/api/v1/monitoring/devices?state=ended&limit=100",
    "/api/v1/assets/LT-004213/health", "/api/v1/assets/LT-004213/costs", "/api/v1/roadmap",
    "/api/v1/roadmap/2027", "/api/v1/expenses?limit=100",
)  # fmt: skip
FACTS = {
    "os": "Windows", "os_version": "10.0.26100.4652", "encrypted": "yes", "disk_free_percent": "42",
    "patched_on": "2026-11-01", "last_seen_at": "2026-11-28T08:00:00Z",
}  # fmt: skip
PRODUCTS = ("Adobe Acrobat Reader DC", "7-Zip 23.01", "Mail", "Editor")


def fill_reports() -> None:
    """Have each asset report facts and products."""
    with reading() as session:
        ids = session.scalars(select(Asset.id).order_by(Asset.id)).all()
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        facts = [_fact(id_, name, value) for id_ in part for name, value in FACTS.items()]
        products = [_product(id_, name) for id_ in part for name in PRODUCTS]
        with unit_of_work() as session:
            session.execute(DeviceFact.__table__.insert(), facts)
            session.execute(DeviceSoftware.__table__.insert(), products)


def _fact(asset_id: int, name: str, value: str) -> dict[str, Any]:
    # Every third device runs what is out of support.
    old = name == "os_version" and asset_id % 3 == 0
    return {
        "asset_id": asset_id, "name": name, "value": "10.0.19045.1" if old else value,
        "on_day": TODAY, "observed_at": NOW, "source": "bench", "actor_name": "bench",
    }  # fmt: skip


def _product(asset_id: int, name: str) -> dict[str, Any]:
    return {
        "asset_id": asset_id, "product_key": name.casefold(), "name": name, "publisher": "",
        "version": "1", "cores": None, "first_seen_on": TODAY, "last_seen_on": TODAY,
        "last_used_on": None, "source": "bench",
    }  # fmt: skip


def measure(app: Flask, rounds: int) -> None:
    """Print what the check and the pages cost."""
    with app.app_context():
        fill_reports()
        fill_lives()
        analyze()
        with unit_of_work() as session:
            for kind, data in zip(ListKind, (LIFECYCLES, CATALOGUE), strict=True):
                take_file(session, kind, data, now=NOW)
        for name in ("first check", "second check"):
            begun, real = time.process_time(), time.perf_counter()
            check_all(TODAY, NOW)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE_IN_KILOBYTES
            print(f"{name:<40} {time.process_time() - begun:7.1f} s of processor time,"
                  f" {time.perf_counter() - real:7.1f} s, {peak:,.0f} MB at most")  # fmt: skip
    with app.app_context():
        cookie = sign_in()
    client = app.test_client()
    client.set_cookie("scanner", cookie)
    client.get("/more")
    print(f"{'':<52} {'first':>9} {'later':>9}")
    with app.app_context():
        meter = Meter()
        for path in PAGES:
            first = meter.measure(opener(client, path)).both
            later = [meter.measure(opener(client, path)).both for _ in range(rounds)]
            print(f"{path:<52} {first:6.0f} ms {statistics.median(later):6.1f} ms")


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with open_office(options.database, options.devices) as app:
        measure(app, options.rounds)


if __name__ == "__main__":
    main()
