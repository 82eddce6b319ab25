"""A session that is cut off from the network ends in the same rows as one that is not.

The phone is the scan page's own modules under node, the server is the real one. Each session is
gone through twice, from the same register: once with a network at every step, once with what
hypothesis makes of it.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from scanner_app.domain.access.roles import Role
from scanner_app.services.access import sign_ins, users
from scanner_app.storage.database import db, reading, unit_of_work
from tests.audits.steps import open_audit
from tests.scanning.cut_off.labels import BADGES, OTHERS, ROOMS, RULES, Label, fill_office
from tests.scanning.cut_off.phone import NodePhone
from tests.support.apps import open_app
from tests.support.databases import make_settings

# All of the log but what the server and the network give a scan.
LOG = """SELECT scan_id, code, code_key, symbology, source, intent, scanned_at, effective_at,
  is_clock_suspect, asset_id, location_id, person_id, audit_id, voids, condition, note, device, actor,
  outcome, refusal, answer FROM scan ORDER BY scan_id"""
LEFT = (
    """SELECT id, status, location_id, custodian_id, due_at, state_at, condition, last_seen_at,
      last_seen_location_id FROM asset ORDER BY id""",
    "SELECT asset_id, person_id, started_at, ended_at FROM custody ORDER BY 1, 3",
    "SELECT asset_id, location_id, started_at, ended_at FROM placement ORDER BY 1, 3",
    """SELECT audit_id, asset_id, code, state, flags, seen_at, seen_location_id FROM finding
      ORDER BY 1, 2, 3""",
)
ASSETS = tuple(
    Label(tag, tag, None, None, is_plain=True)
    for tag in ("LT-0100", "LT-0101", "LT-0042", "ZZ-1", "OLD-1", "lt-0100")
)
EXTRA = (
    Label("a closed room", "SHUT", None, "SHUT"),
    Label("who left", "BADGE-1066", None, None),
    Label("our link to a closed room", "https://scan.example.org/l/SHUT", "qr_code", "SHUT"),
    Label("a page of ours", "https://scan.example.org/audits", "qr_code", None),
    Label("control characters", "\x1d\x1dA\x01", "code_128", None),
    Label("GS1 with an AIM mark", "]d24140614141123452", None, "ROOMG"),
    Label("Code 39 that fits by chance", "ROOMG", "code_39", "ROOMG"),
)
# The gate's run is short; `SCANNER_CUT_OFF_SESSIONS=500` is the long one.
COUNT = int(os.environ.get("SCANNER_CUT_OFF_SESSIONS", "25"))
# What the phone says if it leaves the answer to the server.
WAITING = {"saved", "undone", "attention"}
# Not shrunk: each try is two sessions, and the gate must stay short.
PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
MODES = ("lookup", "sighting", "move", "check_out", "check_in")


class Office:
    """A register in a file, of which each session gets a copy."""

    def __init__(self, file: Path, cookie: str, user: int, audit: int, start: datetime) -> None:
        self.file, self.cookie, self.user, self.audit, self.start = file, cookie, user, audit, start
        self._numbers = itertools.count()

    @contextmanager
    def copy(self) -> Iterator[Any]:
        folder = self.file.parent / f"copy-{next(self._numbers)}"
        folder.mkdir()
        shutil.copy(self.file, folder / "scanner.sqlite3")
        with open_app(_settings(folder)) as app:
            yield app
        shutil.rmtree(folder)


def _settings(folder: Path):
    return make_settings(
        folder,
        f"sqlite:///{folder / 'scanner.sqlite3'}",
        base_url=RULES.base_url,
        tag_prefix=RULES.prefix,
        tag_digits=RULES.digits,
        code39_check=RULES.code39_check,
    )


@pytest.fixture(scope="module")
def office(sqlite_template, tmp_path_factory) -> Office:
    folder = tmp_path_factory.mktemp("office") / "made"
    sqlite_template.make(folder)
    now = datetime.now(UTC)
    with open_app(_settings(folder)) as app:
        with app.app_context(), unit_of_work() as session:
            fill_office(session, now=now - timedelta(days=30))
            user = users.add_user(
                session,
                email="cut@example.org",
                role=Role.ADMIN,
                name="Cleo",
                password=None,
                now=now,
            )
            cookie = sign_ins.start_sign_in(
                session, user=user, user_agent="test", address="127.0.0.1", now=now
            )
            user_id = user.id
        client = app.test_client()
        client.set_cookie("scanner", cookie)
        audit = open_audit(_Api(client))
        with app.app_context(), db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Office(folder / "scanner.sqlite3", cookie, user_id, audit, now - timedelta(hours=2))


class _Api:
    """The API by a person's sign-in."""

    def __init__(self, client) -> None:
        self.client = client

    def post(self, path: str, **more):
        return self.client.post(f"/api/v1{path}", headers={"Sec-Fetch-Site": "same-origin"}, **more)


@pytest.fixture(scope="module")
def phone() -> Iterator[NodePhone]:
    made = NodePhone()
    yield made
    made.close()


def run(
    office: Office,
    phone: NodePhone,
    steps: list[dict],
    *,
    audit: bool,
    lists: bool,
    limit: int = 20,
) -> tuple:
    """Return the log, what it left of the register, and what the phone showed."""
    with office.copy() as app:
        client = app.test_client()
        client.set_cookie("scanner", office.cookie)
        end = phone.run(
            client,
            steps,
            audit=office.audit if audit else None,
            user={"id": office.user, "name": "Cleo"},
            start=int(office.start.timestamp() * 1000),
            hasLists=lists,
            limit=limit,
        )
        assert end["left"] == 0, "all that can be sent is sent"
        with app.app_context(), reading() as session:
            log = [dict(row._mapping) for row in session.execute(text(LOG))]
            left = [[tuple(row) for row in session.execute(text(one))] for one in LEFT]
    return log, left, end


def scan(label: Label) -> dict:
    return {"scan": {"text": label.text, "symbology": label.symbology}}


SCANS = st.sampled_from([*ROOMS, *ASSETS, *ASSETS, *BADGES, *OTHERS, *EXTRA]).map(scan)
OTHER_STEPS = st.one_of(
    st.sampled_from(MODES).map(lambda mode: {"mode": mode}),
    st.sampled_from([{"leave": True}, {"choose": "ROOMC"}, {"undo": True}, {"undo": True}]),
    st.sampled_from([{"open": "again"}, {"open": "new tab"}]),
)
STEPS = st.lists(st.one_of(SCANS, SCANS, SCANS, OTHER_STEPS), min_size=2, max_size=14)
NETWORKS = st.lists(
    st.sampled_from(["up", "down", "down", "burst", "lost"]), min_size=1, max_size=14
)


def cut(steps: list[dict], networks: list[str]) -> list[dict]:
    return [
        {**step, "network": network}
        for step, network in zip(steps, itertools.cycle(networks), strict=False)
    ]


def find_contradictions(shown: list[dict]) -> list[tuple]:
    """Return what the phone said by itself and the server's answer, where the two differ."""
    said: dict[str, dict] = {}
    found = []
    for one in shown:
        if one["kept"] == "phone":
            said[one["scanId"]] = one
        before = said.get(one["scanId"])
        if one["kept"] != "server" or before is None or before["answer"] in WAITING:
            continue
        if before["answer"] != one["answer"]:
            found.append((before["answer"], before["message"], one["answer"], one["message"]))
    return found


def by_text(*texts: str | tuple[str, str]) -> list[dict]:
    """Return the steps that scan codes; a pair is a code and its symbology."""
    pairs = [(one, None) if isinstance(one, str) else one for one in texts]
    return [{"scan": {"text": text, "symbology": symbology}} for text, symbology in pairs]


CHECK_OUT = {"mode": "check_out"}
# Sessions that went wrong once, or nearly.
S01 = by_text("LIS-107", ("04A3C6CAE26180", "nfc"), "LT-0100")
S02 = [CHECK_OUT, *by_text("BADGE-1031", "1005", "LT-0042")]
GONE = [CHECK_OUT, *by_text("BADGE-1031", "BADGE-1066", "ROOMG", "LT-0100", "1005", "LT-0101")]
SHUT = [{"mode": "move"}, *by_text("ROOMG", "SHUT", "LT-0100", "BADGE-1031", "ROOMC", "LT-0101")]
UNDONE = [*by_text("ROOMC", ("04A3C6CAE26180", "nfc")), {"undo": True}, *by_text("LT-0100")]
CARD = ("04B1C2D3E4F580", "nfc")
KILLED = [CHECK_OUT, *by_text("ROOMC", CARD), {"open": "new tab"}, *by_text("LT-0100", "LT-0101")]
# The label is answered with one batch, what follows it waits for others.
LONG = by_text("LIS-107", ("04A3C6CAE26180", "nfc"), "LT-0100", "LT-0101", "LT-0042", "LT-00042")


class TestSession:
    @example(S01, ["up", "down"], True, True, 20)
    @example(S02, ["up", "up", "down"], False, True, 20)
    @example(GONE, ["down"], False, True, 20)
    @example(SHUT, ["burst"], False, False, 20)
    @example(UNDONE, ["up", "down", "lost", "down"], True, True, 20)
    @example(KILLED, ["down"], False, True, 20)
    @example(LONG, ["down"], True, True, 2)
    @given(STEPS, NETWORKS, st.booleans(), st.booleans(), st.sampled_from([1, 2, 3, 20]))
    @settings(
        max_examples=COUNT,
        print_blob=True,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    def test_that_is_cut_off_ends_in_the_same_rows(
        self, office, phone, steps, networks, is_audit, has_lists, limit
    ):
        online = run(office, phone, cut(steps, ["up"]), audit=is_audit, lists=True)
        cut_off = run(
            office, phone, cut(steps, networks), audit=is_audit, lists=has_lists, limit=limit
        )

        assert cut_off[0] == online[0]
        assert cut_off[1] == online[1]
        assert cut_off[2]["place"] == online[2]["place"]
        assert find_contradictions(cut_off[2]["shown"]) == []
