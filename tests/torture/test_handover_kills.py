"""A hand-over of thirty things, killed anywhere: all of its lines are there, or none."""

from __future__ import annotations

import shutil
import uuid
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.stockroom.new_handover import parse_handover
from scanner_app.edge.stockroom.recording import record_now
from scanner_app.storage.database import db
from tests.support.databases import SqliteTemplate, build_app, make_settings
from tests.support.kills import NEW, OLD, torment
from tests.support.register import add_asset, add_location, add_person

pytestmark = pytest.mark.torture

LINES = 30
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CLERK = Actor("user", 1, "Clerk", Role.STOCKROOM, user_id=1)
COUNTS = """
    SELECT (SELECT count(*) FROM handover), (SELECT count(*) FROM handover_line),
        (SELECT count(*) FROM custody WHERE ended_at IS NULL),
        (SELECT count(*) FROM scan), (SELECT count(*) FROM asset WHERE custodian_id IS NOT NULL)
"""


def fill_thirty(session: Session) -> None:
    store = add_location(session, "R-STORE", "Stockroom", now=NOW)
    add_person(session, "1001", "Dana Reyes", now=NOW)
    for number in range(LINES):
        add_asset(session, f"LT-{number:03}", location=store, home=store, now=NOW)


def test_a_killed_hand_over_is_whole_or_not_there(sqlite_template: SqliteTemplate, tmp_path: Path):
    folder = tmp_path / "instance"
    sqlite_template.make(folder, fill_thirty)
    [file] = folder.glob("*.sqlite*")
    pristine = shutil.copy(file, tmp_path / "pristine")
    app = build_app(make_settings(folder))
    with app.app_context():
        db.engine.dispose()  # each child opens its own connections
    scans = [
        {"scan_id": str(uuid.uuid4()), "code": f"LT-{n:03}", "scanned_at": NOW.isoformat()}
        for n in range(LINES)
    ]
    handover = parse_handover(
        {
            "handover_id": str(uuid.uuid4()), "kind": "issue", "person": "1001",
            "at": NOW.isoformat(), "scans": scans,
        }
    )  # fmt: skip

    def prepare() -> None:
        for old in folder.glob(f"{file.name}*"):
            old.unlink()
        shutil.copy(pristine, file)

    def work() -> None:
        with app.test_request_context():
            record_now(handover, CLERK, NOW)

    def find_state() -> str:
        with closing(sqlite.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            counts = connection.execute(COUNTS).fetchone()
        return {(0, 0, 0, 0, 0): OLD, (1, *[LINES] * 4): NEW}.get(counts, f"torn: {counts}")

    torment("a hand-over of thirty", work, prepare=prepare, find_state=find_state)
