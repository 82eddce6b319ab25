"""What a long log must not cost: no page reads all of it, whatever the statistics say.

The plans are those of SQLite, which has no other way to a row than the index that it chose.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, insert, text

from scanner_app.decoding.codes.reading import TagRules
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.models import Scan, ShelfShot
from scanner_app.queries import shelf
from scanner_app.queries.register.history import list_history
from scanner_app.queries.scanning import log as scan_log
from scanner_app.queries.scanning.log import list_scans
from scanner_app.services.custody.history import find_last_seen, load_events
from scanner_app.services.shelf.shots import undo_shot
from scanner_app.storage.database import db, reading, unit_of_work
from tests.conftest import NOW
from tests.support import on_both
from tests.support.register import add_asset

LOG = 3000
database = on_both.database


def scan_row(number: int, asset_id: int, **changes: object) -> dict[str, object]:
    return {
        "scan_id": uuid.UUID(int=number),
        "fingerprint": "f",
        "code": "LT-1",
        "code_key": "LT-1",
        "intent": Intent.SIGHTING,
        "scanned_at": NOW,
        "recorded_at": NOW,
        "effective_at": NOW,
        "actor": f"user:{number % 5}",
        "actor_name": "Alice",
        "outcome": Outcome.NOTED,
        "asset_id": asset_id,
        "answer": "{}",
        "voids": None,
        **changes,
    }


@pytest.fixture(params=[0, 20], ids=["no undo", "some undos"])
def log(request, work):
    """A log with statistics, as one that runs for long has them."""
    with work() as session:
        assets = [add_asset(session, f"LT-{number}", now=NOW) for number in range(10)]
        rows = [scan_row(n, assets[n % 10]) for n in range(1, LOG)]
        undos = [
            scan_row(
                LOG + n, assets[0], intent=Intent.VOID, voids=uuid.UUID(int=n + 1),
                outcome=Outcome.APPLIED,
            )
            for n in range(request.param)
        ]  # fmt: skip
        session.execute(insert(Scan), [*rows, *undos])
    with work() as session:
        session.execute(text("ANALYZE"))
    return assets[0]


@contextmanager
def recorded_statements() -> Iterator[list[tuple[str, object]]]:
    made: list[tuple[str, object]] = []

    def keep(_connection, _cursor, statement, parameters, _context, _many):
        made.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", keep)
    try:
        yield made
    finally:
        event.remove(db.engine, "before_cursor_execute", keep)


def explain(session, ask: Callable[[], object], about: str) -> list[str]:
    """Return the plan of every select of the log that names something, as lines."""
    with recorded_statements() as made:
        ask()
    asked = [(s, p) for s, p in made if about in s and s.startswith("SELECT")]
    assert asked
    return [
        row[-1]
        for statement, parameters in asked
        for row in session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {statement}", parameters
        )
    ]


def undo_picture(session) -> None:
    shot = ShelfShot(
        id=uuid.UUID(int=7), upload_sha256="", sha256="", picture=b"", width=1, height=1,
        symbols=[], taken_at=NOW, actor="user:1", actor_name="Alice", recorded_at=NOW,
    )  # fmt: skip
    session.add(shot)
    session.flush()
    actor = Actor("user", 1, "Alice", Role.TECHNICIAN, user_id=1)
    undo_shot(
        session, shot_id=shot.id, actor=actor, now=NOW, skew=timedelta(0), rules=TagRules(),
        secret="x",
    )  # fmt: skip


class TestUndone:
    @pytest.mark.parametrize(
        "ask",
        [
            lambda session, asset_id: list_history(session, asset_id=asset_id),
            lambda session, asset_id: load_events(session, asset_id=asset_id),
            lambda session, asset_id: find_last_seen(
                session, asset_id=asset_id, latest=datetime.now(UTC)
            ),
            lambda session, _: list_scans(session, limit=8),
            lambda session, _: shelf.load_results(
                session,
                shot=ShelfShot(id=uuid.UUID(int=7), symbols=[]),  # type: ignore[arg-type] # two fields are read
                may_see_expected=True,
            ),
            lambda session, _: undo_picture(session),
        ],
        ids=["history", "state", "last seen", "list", "picture", "undo of a picture"],
    )
    def test_is_looked_up_for_each_scan_by_its_index(self, app, log, ask):
        with app.app_context(), unit_of_work() as session:
            plan = explain(session, lambda: ask(session, log), "voids")

        assert any("USING INDEX ix_scan_voids (voids=?)" in line for line in plan)
        assert not [line for line in plan if line.startswith("SCAN scan_")]


class TestListScans:
    def test_looks_for_somebodys_own_in_the_newest_part_of_the_log(self, app, log):
        with app.app_context(), reading() as session:
            plan = explain(session, lambda: list_scans(session, actor="user:9", limit=8), "actor =")

        assert "SEARCH scan USING INTEGER PRIMARY KEY (rowid>?)" in plan
        assert not [line for line in plan if line.startswith("SCAN scan")]

    def test_gives_somebodys_own_newest_first_as_far_back_as_it_looks(self, app, log, monkeypatch):
        with app.app_context(), reading() as session:
            found = list_scans(session, actor="user:1", limit=3)
            monkeypatch.setattr(scan_log, "OWN_AMONG", LOG)
            everything = list_scans(session, actor="user:1", limit=LOG)
            monkeypatch.setattr(scan_log, "OWN_AMONG", 40)
            lately = list_scans(session, actor="user:1", limit=LOG)

        assert len(everything) >= LOG / 5 - 1
        assert everything == sorted(everything, key=lambda row: -row.id)
        assert found == everything[:3]
        assert lately == everything[:8]
