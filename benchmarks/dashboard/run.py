"""Processor time of the dashboard, on a large register with two assignments an asset.

Each walk by itself, in this process alone; then the page: the first visit of a process, which makes
all walks, and later ones within five minutes, with the time of PostgreSQL's own processes.

python -m benchmarks.dashboard.run [--assets 100000] [--rounds 5] [--database sqlite]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

from flask import Flask
from sqlalchemy import insert, select

from benchmarks.growth import Meter, opener
from benchmarks.home import age
from benchmarks.office import analyze, open_office
from benchmarks.search import sign_in
from scanner_app.domain.register.usage import By
from scanner_app.models import Asset, Custody, Person
from scanner_app.pages.home.dashboard import KEPT
from scanner_app.queries.home.usage import load_idle, load_places, load_usage
from scanner_app.queries.home.waiting import load_waiting
from scanner_app.storage.database import reading, unit_of_work

DAY = timedelta(days=1)


def assign(now: datetime) -> None:
    """Add two assignments that ended to each asset."""
    with unit_of_work() as session:
        person = session.scalars(select(Person.id).limit(1)).one()
        ids = session.scalars(select(Asset.id)).all()
        rows = [
            {
                "asset_id": id_,
                "person_id": person,
                "started_at": now - (first + id_ % 40) * DAY,
                "ended_at": now - (first - 30) * DAY,
            }
            for id_ in ids
            for first in (80, 300)
        ]
        session.execute(insert(Custody), rows)
    analyze()


def visit(app: Flask, rounds: int) -> None:
    """Print what the page costs, grouped by each thing: the first time, and later."""
    client = app.test_client()
    client.set_cookie("scanner", sign_in())
    client.get("/dashboard")  # compiles the template
    meter = Meter()
    for by in By:
        path = f"/dashboard?by={by}"
        firsts = []
        for _ in range(rounds):
            app.extensions.pop(KEPT, None)
            firsts.append(meter.measure(opener(client, path)).both)
        later = [meter.measure(opener(client, path)).both for _ in range(rounds)]
        print(f"{path:24} {median(firsts):6.1f} ms at first, {median(later):6.1f} ms later")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    options = parser.parse_args()
    now = datetime.now(UTC)
    with open_office(options.database, options.assets) as app:
        age()
        assign(now)
        walks: dict[str, Callable[..., object]] = {
            "waiting": lambda s: load_waiting(s, user_id=1, now=now),
            "places": lambda s: load_places(s, None),
            "idle": lambda s: load_idle(s, By.CATEGORY, unseen_since=now - 90 * DAY),
        }
        for by in By:
            walks[f"usage by {by}"] = lambda s, by=by: load_usage(
                s, by, since=now - 90 * DAY, now=now
            )
        for name, walk in walks.items():
            times = []
            for _ in range(options.rounds):
                with reading() as session:
                    began = time.process_time()
                    walk(session)
                    times.append((time.process_time() - began) * 1000)
            print(f"{name:20} {sorted(times)[len(times) // 2]:6.1f} ms, at most {max(times):6.1f}")
        visit(app, options.rounds)


if __name__ == "__main__":
    main()
