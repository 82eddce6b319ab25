"""The desk of the tests of custody, with a contract as its forms name it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.models import Contract, Notice
from scanner_app.storage.database import reading
from scanner_app.worker.daily import check_today
from tests.custody.conftest import contents, desk

__all__ = ["contents", "desk"]

# Scenario 19.
TACIT = {
    "number": "SUP-1",
    "name": "Server support",
    "kind": "support",
    "supplier": "Acme",
    "starts_on": "2026-04-01",
    "ends_on": "2027-03-31",
    "notice_days": "90",
    "renewal": "tacit",
    "renewal_months": "12",
    "price": "1200.00",
    "period": "year",
    "currency": "EUR",
}

# Of pages that look at today, whenever the test runs.
FAR = TACIT | {"starts_on": "2096-04-01", "ends_on": "2097-03-31"}


@pytest.fixture
def contract(admin, desk):
    """The contract of scenario 19."""
    assert admin.post("/contracts", data=TACIT).status_code == 303
    return "SUP-1"


@pytest.fixture
def far(admin, desk):
    assert admin.post("/contracts", data=FAR).status_code == 303
    return "SUP-1"


@pytest.fixture
def check(app):
    """`check("2026-10-02")` runs the worker's job twice on a day, as each hour does."""

    def run(day: str) -> None:
        at = datetime.fromisoformat(f"{day}T06:00:00+00:00")
        with app.app_context():
            check_today(0, at)
            check_today(0, at + timedelta(hours=9))

    return run


@pytest.fixture
def notices(app):
    """`notices("contract_act_by")` returns the days of the notices of a kind, and whether open."""

    def read(kind: str) -> list[tuple[str, bool]]:
        with app.app_context(), reading() as session:
            rows = session.execute(
                select(Notice.at, Notice.cleared_at).where(Notice.kind == kind).order_by(Notice.id)
            )
            return [(at.date().isoformat(), cleared is None) for at, cleared in rows]

    return read


@pytest.fixture
def terms(app):
    """`terms("SUP-1")` returns term, last day and state of each."""

    def read(number: str) -> list[tuple[int, str, str]]:
        with app.app_context(), reading() as session:
            rows = session.scalars(
                select(Contract).where(Contract.number == number).order_by(Contract.term)
            )
            return [(row.term, str(row.ends_on), row.state.value) for row in rows]

    return read
