"""Kept tallies: whatever is done in whatever order, they say what a recount says."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.audits.counted.cells import read_cell
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.jobs import JobKind
from scanner_app.models import AuditTally, Finding, Location
from scanner_app.models.audits.tally import CELL_SQL
from scanner_app.queries.audits.counted.behind import list_behind
from scanner_app.queries.audits.counted.by_room import list_by_room, page_findings
from scanner_app.queries.audits.counted.states import count_by_state
from scanner_app.queries.audits.findings import list_findings
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.rooms import list_rooms
from scanner_app.queries.audits.tallies import (
    PARTS,
    load_counts,
    load_tallies,
    load_tally,
    recount_tallies,
    recount_tally,
)
from scanner_app.services.audits.counted.keep import keep_some, keep_tallies
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.handlers import find_handler
from tests.audits.steps import close, find, open_audit, reject_all, scan

TAGS = [*(f"{room}-{n}" for room in "AB" for n in (1, 2, 3)), "OLD-1", "FAR-1"]
NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def undecided(row) -> bool:
    return row.proposal is not None and row.decision is None


def check(session, audit: int) -> None:
    """Compare all that is kept with a count of every finding."""
    rows = list_findings(session, audit, limit=None)
    assert load_tally(session, audit) == recount_tally(session, audit)
    for by in PARTS:
        assert load_tallies(session, audit, by=by) == recount_tallies(session, audit, by=by), by
    counted = Counter(row.state for row in rows)
    counts = load_counts(session, [audit])[audit]
    assert {state: counts[state.value] for state in FindingState} == {
        state: counted[state] for state in FindingState
    }
    for state, found in count_by_state(session, audit).items():
        own = [row for row in rows if row.state is state]
        assert found.total == len(own)
        assert found.undecided == sum(map(undecided, own))
        assert found.decided == sum(bool(row.proposal and row.decision) for row in own)
        is_missing = state is FindingState.MISSING
        assert found.outside == sum(bool(is_missing and row.outside_scan_id) for row in own)
    check_places(session, audit, rows)


def check_places(session, audit: int, rows) -> None:
    """Compare what pages list by location with all findings."""
    expected = [row for row in rows if row.is_expected]
    for room in list_rooms(session, audit):
        own = [row for row in expected if row.recorded_location == room.code]
        assert room.expected == len(own)
        assert room.seen == sum(row.state is not FindingState.MISSING for row in own)
        assert room.undecided == sum(map(undecided, own))
    by_room = sorted(rows, key=lambda row: (row.room_path or "", row.id))
    for wanted, keeps in (
        (FindingFilter(), lambda _: True),
        (FindingFilter(undecided=True), undecided),
        (FindingFilter(states=[FindingState.MISSING]), lambda row: row.is_missing),
    ):
        want = [row.id for row in by_room if keeps(row)]
        assert [row.id for row in list_by_room(session, audit, wanted, limit=100)] == want
        paged, cursor = [], None
        while True:
            found = page_findings(session, audit, wanted, cursor=cursor, limit=2)
            paged += [row.id for row in found.rows]
            cursor = found.next
            if cursor is None:
                break
        assert paged == want


class Person:
    """Does one thing after the other in an audit, chosen by chance."""

    def __init__(self, api, seed: int) -> None:
        self.api, self.chance = api, random.Random(seed)
        self.audit = open_audit(api, scope={}, policy={"place_depth": "room"})
        self.is_counting = True
        self.scans: list[str] = []

    def act(self) -> None:
        works = [self.sight, self.sight, self.sight, self.undo, self.keep, self.see_outside]
        works += [self.decide] * 3 if not self.is_counting else [self.keep]
        self.chance.choice([*works, self.turn])()

    def sight(self) -> None:
        place = self.chance.choice(["R-1", "R-2", "AWAY", "R-1-S", None])
        code = self.chance.choice([*TAGS, "STICKER-1", "STICKER-2"])
        minute = self.chance.randint(0, 50)
        self.scans.append(scan(self.api, code, self.audit, place, minute)["scan_id"])

    def see_outside(self) -> None:
        scan(self.api, self.chance.choice(TAGS), None, "R-2", self.chance.randint(0, 50))

    def undo(self) -> None:
        if self.scans:
            gone = self.scans.pop(self.chance.randrange(len(self.scans)))
            scan(self.api, "", self.audit, None, 55, intent="void", voids=gone)

    def keep(self) -> None:
        with self.api.client.application.app_context(), unit_of_work() as session:
            keep_some(session, self.audit)

    def decide(self) -> None:
        items = self.api.get(f"/audits/{self.audit}/findings").json["items"]
        one = self.chance.choice(items)
        decision = self.chance.choice(["accept", "reject", "present", "mark_missing", "foreign"])
        body = {"decision": decision, "reason": "seen"}
        # What such a finding does not take is refused, and changes nothing.
        self.api.patch(f"/audits/{self.audit}/findings/{one['id']}", json=body)

    def turn(self) -> None:
        step = "reconciliation" if self.is_counting else "counting"
        assert self.api.post(f"/audits/{self.audit}/{step}", json={}).status_code == 200
        self.is_counting = not self.is_counting


@pytest.mark.usefixtures("office")
class TestKept:
    @pytest.mark.parametrize("seed", range(4))
    def test_equal_a_recount_after_any_row_of_acts_and_scans(self, app, api, seed):
        person = Person(api, seed)
        for _ in range(40):
            person.act()
            with app.app_context(), reading() as session:
                check(session, person.audit)
        if person.is_counting:
            person.turn()
        reject_all(api, person.audit)
        close(api, person.audit)
        with app.app_context(), reading() as session:
            check(session, person.audit)
            is_left = select(func.count(Finding.id)).where(
                Finding.is_expected, Finding.tallied != text(CELL_SQL)
            )
            assert session.scalar(is_left) == 0

    def test_hold_what_the_worker_took_in_and_miss_nothing_that_came_since(self, app, api):
        audit = open_audit(api, scope={})
        scan(api, "A-1", audit)
        with app.app_context():
            with reading() as session:
                assert list_behind(session) == [audit]
            find_handler(JobKind.TALLIES)(0, NOW)
            with reading() as session:
                assert list_behind(session) == []
                kept = dict(
                    session.execute(
                        select(AuditTally.cell, AuditTally.count).where(
                            AuditTally.part == "", AuditTally.count > 0
                        )
                    ).all()
                )
        assert {read_cell(cell).state.value: n for cell, n in kept.items()} == {
            "verified": 1,
            "missing": 6,
        }
        scan(api, "B-1", audit)
        assert api.get(f"/audits/{audit}").json["counts"]["verified"] == 1
        assert api.get(f"/audits/{audit}").json["counts"]["misplaced"] == 1

    def test_are_made_for_an_audit_that_an_older_version_began(self, app, api):
        """It knows neither the column nor the table: everything counts as changed."""
        audit = open_audit(api, scope={})
        scan(api, "A-1", audit)
        with app.app_context():
            with unit_of_work() as session:
                session.execute(update(Finding).values(tallied=None))
                session.execute(text("DELETE FROM audit_tally"))
            with reading() as session:
                check(session, audit)
            with unit_of_work() as session:
                keep_tallies(session, audit)
            with reading() as session:
                check(session, audit)
                assert list_behind(session) == []

    def test_of_a_closed_audit_cannot_be_changed(self, app, api):
        audit = open_audit(api, scope={})
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        for change in ("UPDATE audit_tally SET count = 9", "DELETE FROM audit_tally"):
            with app.app_context(), pytest.raises(DBAPIError, match="closed audit"):
                with unit_of_work() as session:
                    session.execute(text(change))

    def test_follow_the_names_of_the_freeze(self, app, api):
        audit = open_audit(api, scope={})
        scan(api, "A-1", audit)
        with app.app_context(), unit_of_work() as session:
            session.execute(update(Location).where(Location.code == "R-1").values(code="NEW"))
        by_location = api.get(f"/audits/{audit}").json["accuracy_by"]["location"]
        assert by_location["R-1"]["verified"] == 1
        assert find(api, audit, "A-1")["state"] == "verified"
        assert "NEW" not in by_location


@pytest.mark.parametrize("number", [3, 7, 64, -1])
def test_a_number_that_no_cell_has_is_refused(number):
    with pytest.raises(ValueError, match=str(number)):
        read_cell(number)
