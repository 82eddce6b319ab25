"""Rows written and read a column at a time are what the ORM would have written and read."""

# mypy: disable-error-code="arg-type"
# A column of a model is an expression too, as SQLAlchemy runs it.
from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, union_all
from sqlalchemy.exc import StatementError

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.models import Asset, Location, Scan
from scanner_app.sql import bulk_read, bulk_write, value_list
from scanner_app.sql.bulk_read import Lookup
from scanner_app.sql.bulk_write import Bulk
from scanner_app.sql.value_list import is_among
from scanner_app.storage.database import reading
from tests.support.register import add_asset, add_location

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COLUMNS = [column.key for column in Scan.__table__.c if not column.primary_key]
SCANS = Bulk(Scan, COLUMNS, kind="insert")
STATES = Bulk(Asset, ("status", "last_seen_at", "condition"), kind="update")


def make_row(number: int, **fields) -> dict:
    row = dict.fromkeys(COLUMNS)
    return {
        **row,
        "scan_id": uuid.UUID(int=number),
        "fingerprint": "f",
        "code": f"LT-{number}",
        "code_key": f"LT-{number}",
        "intent": Intent.SIGHTING,
        "scanned_at": NOON,
        "recorded_at": NOON,
        "effective_at": NOON,
        "is_clock_suspect": False,
        "is_faint": False,
        "actor": "user:1",
        "actor_name": "Ana",
        "may_void_any": False,
        "outcome": Outcome.NOTED,
        "answer": "{}",
        **fields,
    }


def columns_of(rows: list[dict]) -> dict[str, list]:
    return {name: [row[name] for row in rows] for name in rows[0]}


AWKWARD = [
    make_row(1),
    make_row(
        2,
        code="50 % \"off\" \\ 'x' \x1d ü 漢 %(rows)s ? :id",
        scanned_at=NOON.replace(microsecond=120000),
        effective_at=datetime(2026, 3, 2, 13, 30, 0, 7, tzinfo=timezone(timedelta(hours=1))),
        is_clock_suspect=True,
        voids=uuid.UUID(int=7),
        intent=Intent.VOID,
        outcome=Outcome.REFUSED,
        refusal="not_your_scan",
        note="two\nlines",
        due_at=NOON + timedelta(days=400, microseconds=1),
    ),
    make_row(3, condition="good", note="", device="Zebra", may_void_any=True),
]


@pytest.fixture(params=["fast", "plain"], autouse=True)
def way(request, monkeypatch):
    """Run each test on the fast way and on its plain twin: both have to do the same."""
    for module in (bulk_read, bulk_write, value_list):
        monkeypatch.setattr(module, "is_plain", lambda: request.param == "plain")


class TestInsert:
    @pytest.mark.parametrize("count", [1, 3])
    def test_stores_rows_as_they_are(self, app, work, count):
        rows = AWKWARD[-count:]

        with work() as session:
            SCANS.execute(session.connection(), columns_of(rows))

        with app.app_context(), reading() as session:
            kept = session.scalars(select(Scan).order_by(Scan.scan_id)).all()
            assert [{name: getattr(scan, name) for name in COLUMNS} for scan in kept] == rows

    @pytest.mark.parametrize("count", [99, 100, 101, 250])
    def test_of_many_rows_stores_each_in_its_order(self, app, work, count):
        rows = [{**AWKWARD[n % 3], "scan_id": uuid.UUID(int=count - n)} for n in range(count)]

        with work() as session:
            SCANS.execute(session.connection(), columns_of(rows))

        with app.app_context(), reading() as session:
            kept = session.scalars(select(Scan).order_by(Scan.id)).all()
            assert [{name: getattr(scan, name) for name in COLUMNS} for scan in kept] == rows

    def test_of_no_rows_does_nothing(self, work):
        with work() as session:
            SCANS.execute(session.connection(), {name: [] for name in COLUMNS})

    @pytest.mark.parametrize("count", [1, 2])
    def test_refuses_a_time_without_a_zone(self, work, count):
        rows = [make_row(n, recorded_at=NOON.replace(tzinfo=None)) for n in range(count)]

        with pytest.raises((ValueError, StatementError), match="has no zone"), work() as session:
            SCANS.execute(session.connection(), columns_of(rows))


class TestUpdate:
    @pytest.mark.parametrize("count", [1, 2])
    def test_changes_only_the_rows_whose_ids_are_given(self, app, work, count):
        with work() as session:
            for number in (1, 2, 3):
                add_asset(session, f"LT-{number}", now=NOON)
        with work() as session:
            ids = session.scalars(select(Asset.id).order_by(Asset.id)).all()
            STATES.execute(
                session.connection(),
                {
                    "id": ids[:count],
                    "status": [Stage.RETIRED, Stage.IN_USE][:count],
                    "last_seen_at": [NOON, None][:count],
                    "condition": [None, "good"][:count],
                },
            )

        with app.app_context(), reading() as session:
            found = session.execute(
                select(Asset.status, Asset.last_seen_at, Asset.condition).order_by(Asset.id)
            ).all()
        changed = [(Stage.RETIRED, NOON, None), (Stage.IN_USE, None, "good")][:count]
        assert [tuple(row) for row in found] == [
            *changed, *[(Stage.IN_STOCK, None, None)] * (3 - count),
        ]  # fmt: skip

    def test_of_many_rows_changes_each(self, app, work):
        with work() as session:
            for number in range(230):
                add_asset(session, f"LT-{number:03}", now=NOON)
        with work() as session:
            ids = session.scalars(select(Asset.id).order_by(Asset.id)).all()
            times = [NOON + timedelta(minutes=id_) for id_ in ids[:225]]
            STATES.execute(
                session.connection(),
                {
                    "id": ids[:225],
                    "status": [Stage.IN_USE] * 225,
                    "last_seen_at": times,
                    "condition": [None, "good", "damaged"] * 75,
                },
            )

        with app.app_context(), reading() as session:
            found = session.execute(
                select(Asset.status, Asset.last_seen_at, Asset.condition).order_by(Asset.id)
            ).all()
        assert [tuple(row) for row in found[:225]] == [
            (Stage.IN_USE, time, condition)
            for time, condition in zip(times, [None, "good", "damaged"] * 75, strict=True)
        ]
        assert {tuple(row) for row in found[225:]} == {(Stage.IN_STOCK, None, None)}


class TestLookup:
    @pytest.mark.parametrize("count", [1, 2, 4, 5, 200])  # few values are a parameter each
    def test_returns_the_same_rows_as_the_orm(self, app, work, count):
        with work() as session:
            SCANS.execute(session.connection(), columns_of(AWKWARD))
        names = [Scan.__table__.c[name] for name in COLUMNS]
        lookup = Lookup(
            select(*names).where(is_among(Scan.scan_id, "ids")).order_by(Scan.scan_id), "ids"
        )

        with app.app_context(), reading() as session:
            connection = session.connection()
            rows = lookup.fetch(connection, [uuid.UUID(int=n) for n in range(1, count + 1)])

        assert [dict(zip(COLUMNS, row, strict=True)) for row in rows] == AWKWARD[:count]

    @pytest.mark.parametrize("count", [1, 9])
    def test_takes_a_list_that_a_statement_names_twice(self, app, work, count):
        with work() as session:
            SCANS.execute(session.connection(), columns_of(AWKWARD))
        code, voids = Scan.__table__.c.code, Scan.__table__.c.voids
        lookup = Lookup(
            union_all(
                select(code).where(is_among(Scan.scan_id, "ids")),
                select(code).where(is_among(voids, "ids")),
            ),
            "ids",
        )

        with app.app_context(), reading() as session:
            connection = session.connection()
            rows = lookup.fetch(connection, [uuid.UUID(int=n) for n in range(7, 7 + count)])

        assert rows == [(AWKWARD[1]["code"],)]

    @pytest.mark.parametrize("wanted", [[], ["R-9"]])
    def test_returns_nothing_for_values_that_no_row_has(self, app, work, wanted):
        with work() as session:
            add_location(session, "R-1", "Room", now=NOON)
        lookup = Lookup(select(Location.id).where(is_among(Location.code, "codes")), "codes")

        with app.app_context(), reading() as session:
            assert lookup.fetch(session.connection(), wanted) == []
