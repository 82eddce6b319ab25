"""Processor time of the start page for each role, on a large register.

    python -m benchmarks.home [--assets 100000] [--rounds 5]

The first visit counts the whole register; later ones use that count for five minutes.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta

from flask import Flask
from sqlalchemy import case, func, update

from benchmarks.office import analyze, open_office
from scanner_app.domain.access.roles import ROLES, Role
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Asset
from scanner_app.pages.home.today import TOTALS
from scanner_app.services.access import sign_ins, users
from scanner_app.storage.database import unit_of_work


def age() -> None:
    """Write when each asset was seen last, and until when some of those in use are lent."""
    now = datetime.now(UTC)
    with unit_of_work() as session:
        for part in range(10):
            seen = None if part == 0 else now - timedelta(days=part * 70)
            session.execute(update(Asset).where(Asset.id % 10 == part).values(last_seen_at=seen))
        session.execute(
            update(Asset)
            .where(Asset.custodian_id.is_not(None))
            .values(
                status=Stage.IN_USE,
                due_at=case((Asset.id % 8 == 0, now - timedelta(days=20)), else_=None),
                currency=func.coalesce(Asset.currency, "EUR"),
            )
        )
    analyze()


def visit(app: Flask, role: Role, rounds: int) -> tuple[float, float]:
    """Return the processor time of a first visit and the median of later ones, in ms."""
    now = datetime.now(UTC)
    with unit_of_work() as session:
        user = users.add_user(session, email=f"{role.value}@example.org", role=role,
                              name=role.value, password=None, now=now)  # fmt: skip
        cookie = sign_ins.start_sign_in(
            session, user=user, user_agent="bench", address="127.0.0.1", now=now
        )
    client = app.test_client()
    client.set_cookie("scanner", cookie)
    app.extensions.pop(TOTALS, None)
    times = []
    for _ in range(rounds + 1):
        began = time.process_time()
        assert client.get("/").status_code == 200
        times.append((time.process_time() - began) * 1000)
    return times[0], statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with open_office("sqlite", options.assets) as app:
        age()
        for role, facts in ROLES.items():
            if not facts.is_program:
                first, later = visit(app, role, options.rounds)
                print(f"{facts.label:12} first {first:6.1f} ms, then {later:6.1f} ms")


if __name__ == "__main__":
    main()
