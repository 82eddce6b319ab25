"""Who may change custody, for whom, where and until when; what counts nothing and undoes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Location, Person, Scan
from scanner_app.storage.database import reading
from tests.audits.steps import open_audit
from tests.custody.steps import BEN, LIVE, START, load_asset, load_place_id, make


class TestWhoLeftAndWhatIsClosed:
    @pytest.fixture(autouse=True)
    def closed(self, work, desk):
        with work() as session:
            session.scalars(select(Person).where(Person.number == "1001")).one().is_active = False
            session.scalars(select(Location).where(Location.code == "WS")).one().is_active = False

    @pytest.mark.parametrize("who", ["1001", "B-77"])
    def test_takes_nothing_by_number_or_by_badge(self, post, app, who):
        [answer] = post(make("LT-1", "check_out", custodian=who))

        assert (answer.outcome, answer.refusal) == ("refused", "person_left")
        assert answer.message.startswith("Ana Wagner is no longer here")
        assert load_asset(app, "LT-1").custodian_id is None

    @pytest.mark.parametrize("intent", ["move", "check_in", "check_out"])
    def test_nothing_is_brought_to_a_closed_room(self, post, app, intent):
        [answer] = post(make("LT-1", intent, location="WS", custodian="1002"))

        assert answer.refusal == "location_closed"
        assert answer.message.startswith("Workshop 106 is closed")
        assert load_asset(app, "LT-1").location_id == load_place_id(app, "ST")

    def test_nor_home_to_one_by_rule(self, post, work):
        post(make("LT-1", "check_out", custodian="1002"))
        with work() as session:
            session.scalars(select(Location).where(Location.code == "ST")).one().is_active = False

        [answer] = post(make("LT-1", "check_in", minute=61))

        assert answer.refusal == "location_closed"
        assert answer.message.startswith("Stockroom 108 is closed")

    def test_what_is_seen_in_a_closed_room_was_seen_there(self, post, app):
        [answer] = post(make("LT-1", location="WS"))

        assert (answer.outcome, answer.answer) == ("noted", "wrong_place")
        assert load_asset(app, "LT-1").last_seen_location_id == load_place_id(app, "WS")

    @pytest.mark.parametrize("intent", ["lookup", "sighting", "check_out"])
    def test_the_badge_of_who_left_names_nobody_for_the_next_scans(self, post, intent):
        [answer] = post(make("B-77", intent))

        assert (answer.refusal, answer.person) == ("person_left", None)
        assert "no longer here" in answer.message

    def test_the_label_of_a_closed_room_says_so(self, post):
        [counted] = post(make("WS"))
        [moved] = post(make("WS", "move"))

        assert counted.place.code == "WS"
        assert "It is closed" in counted.message
        assert (moved.refusal, moved.place) == ("location_closed", None)

    def test_what_a_person_who_left_still_has_comes_back(self, post, work, app):
        with work() as session:
            session.scalars(select(Person).where(Person.number == "1001")).one().is_active = True
        post(make("LT-1", "check_out", custodian="1001"))
        with work() as session:
            session.scalars(select(Person).where(Person.number == "1001")).one().is_active = False

        [answer] = post(make("LT-1", "check_in", location="DESK", custodian="1001", minute=61))

        assert answer.outcome == "applied"
        assert load_asset(app, "LT-1").custodian_id is None


class TestDueDate:
    @pytest.mark.parametrize("minutes_later", [-60 * 24 * 365, -1, 0])
    def test_before_the_hand_over_is_refused(self, post, app, minutes_later):
        due = START + timedelta(minutes=60 + minutes_later)

        [answer] = post(make("LT-1", "check_out", custodian="1001", due_at=due))

        assert (answer.outcome, answer.refusal) == ("refused", "due_in_the_past")
        assert load_asset(app, "LT-1").custodian_id is None

    def test_that_passed_before_the_scan_arrived_is_overdue(self, post, app):
        due = START + timedelta(hours=2)

        [answer] = post(
            make("LT-1", "check_out", custodian="1001", due_at=due), now=START + timedelta(days=9)
        )

        assert answer.outcome == "applied"
        assert load_asset(app, "LT-1").due_at == due

    def test_is_judged_by_our_time_if_the_devices_clock_was_never_set(self, post):
        scan = make("LT-1", "check_out", custodian="1001", due_at=START)._replace(
            scanned_at=datetime(1970, 1, 1, tzinfo=UTC)
        )

        [answer] = post(scan, now=START + LIVE)

        assert answer.refusal == "due_in_the_past"


class TestLookup:
    @pytest.mark.parametrize("code", ["thinkpad", "18", "LT-1", "LOST"])
    def test_writes_no_finding_and_says_that_nothing_is_kept(self, post, api, code):
        audit = open_audit(api)

        def list_findings() -> list[dict[str, Any]]:
            """Return the findings without where the register last saw the asset: that moves on."""
            items = api.get(f"/audits/{audit}/findings").json["items"]
            return [{name: item[name] for name in item if name != "last_seen"} for item in items]

        before = list_findings()

        [answer] = post(make(code, "lookup", source="typed", audit=audit, location="WS"))

        assert answer.finding is None
        assert "auditor" not in answer.message
        assert list_findings() == before

    def test_leaves_no_finding_when_findings_are_read_from_the_log(self, post, api):
        audit = open_audit(api)
        post(make("LT-1", "lookup", audit=audit, location="WS"))
        seen = make("LT-1", audit=audit, location="ST", minute=61)
        post(seen)
        post(make("LT-1", "void", voids=seen.scan_id, minute=62))

        items = api.get(f"/audits/{audit}/findings").json["items"]
        [found] = [item for item in items if item["asset"] == "LT-1"]
        assert found["state"] == "missing"

    @pytest.mark.parametrize("intent", ["lookup", "sighting"])
    def test_of_an_unknown_code_outside_an_audit_promises_nothing(self, post, intent):
        [answer] = post(make("thinkpad", intent, source="typed"))

        assert answer.message == "“thinkpad” is not in the register."

    def test_a_count_of_an_unknown_code_is_for_the_auditor(self, post, api):
        [answer] = post(make("GHOST-1", audit=open_audit(api), location="ST"))

        assert "Saved for the auditor to review" in answer.message


class TestRole:
    @pytest.mark.parametrize("role", ["reader", "auditor"])
    @pytest.mark.parametrize(
        ("intent", "fields"),
        [
            ("check_out", {"custodian": "1002"}),
            ("move", {"location": "WS"}),
            ("check_in", {"location": "WS"}),
        ],
    )
    def test_that_keeps_no_custody_changes_none(self, post, app, role, intent, fields):
        actor = Actor(kind="token", id=9, name="gate", role=Role(role), token_id=9)
        before = load_asset(app, "LT-1")

        [answer] = post(make("LT-1", intent, **fields), actor=actor)

        assert (answer.outcome, answer.refusal) == ("refused", "not_your_role")
        after = load_asset(app, "LT-1")
        assert (after.status, after.location_id, after.custodian_id) == (
            before.status, before.location_id, before.custodian_id,
        )  # fmt: skip

    @pytest.mark.parametrize("role", ["reader", "auditor"])
    def test_that_keeps_no_custody_still_counts(self, post, role):
        actor = Actor(kind="token", id=9, name="gate", role=Role(role), token_id=9)

        [answer] = post(make("LT-1", location="ST"), actor=actor)

        assert answer.outcome == "noted"

    @pytest.mark.parametrize("role", ["technician", "stockroom", "admin"])
    def test_that_keeps_custody_changes_it(self, post, role):
        actor = Actor(kind="token", id=9, name="desk", role=Role(role), token_id=9)

        [answer] = post(make("LT-1", "check_out", custodian="1002"), actor=actor)

        assert answer.outcome == "applied"

    def test_of_a_reader_does_what_its_read_point_says(self, post, app):
        actor = Actor(kind="token", id=9, name="gate", role=Role.READER, token_id=9)

        [answer] = post(make("LT-1", "move", location="WS", read_key="gate 1"), actor=actor)

        assert answer.outcome == "applied"


class TestWaitingVoid:
    @pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.AUDITOR, Role.ADMIN])
    def test_of_another_undoes_nothing(self, post, app, role):
        scan = make("LT-1", "check_out", custodian="1001", minute=61)
        other = Actor(kind="user", id=3, name="Eve", role=role, user_id=3)
        post(make("LT-1", "void", voids=scan.scan_id, minute=60), actor=other)

        [answer] = post(scan)

        assert answer.outcome == "applied"
        assert load_asset(app, "LT-1").custodian_id is not None
        # Nor later, when the state is read from the log.
        post(make("LT-1", "move", location="WS", minute=50), now=START + 9 * LIVE)
        assert load_asset(app, "LT-1").custodian_id is not None

    def test_of_another_does_not_keep_its_author_from_undoing(self, post, app):
        scan = make("LT-1", "check_out", custodian="1001", minute=61)
        post(make("LT-1", "void", voids=scan.scan_id, minute=60), actor=BEN)
        post(scan)

        [answer] = post(make("LT-1", "void", voids=scan.scan_id, minute=62))

        assert answer.outcome == "applied"
        assert load_asset(app, "LT-1").custodian_id is None

    def test_of_its_author_works_when_its_scan_comes(self, post, app):
        scan = make("LT-1", "check_out", custodian="1001", minute=61)
        post(make("LT-1", "void", voids=scan.scan_id, minute=62))

        [answer] = post(scan)

        assert answer.outcome == "noted"
        assert load_asset(app, "LT-1").custodian_id is None


class TestServerClock:
    def test_that_is_behind_believes_the_phones_and_keeps_custody(self, post, app):
        """The server was right, and is 300 days behind since its restart."""
        post(make("LT-1", "check_out", custodian="1001", minute=60))
        behind = START - timedelta(days=300)

        [answer] = post(make("LT-1", "check_in", location="DESK", minute=90), now=behind)

        assert answer.outcome == "applied"
        asset = load_asset(app, "LT-1")
        assert (asset.custodian_id, asset.state_at) == (None, START + timedelta(minutes=90))

    def test_that_was_ahead_holds_no_asset_until_then(self, post, app):
        """A scan of 400 days ahead, then the clock is mended and three phones agree with it."""
        ahead = START + timedelta(days=400)
        post(make("LT-1", "check_out", custodian="1001", minute=60 + 400 * 24 * 60), now=ahead)
        for minute in (60, 61, 62):
            post(make("LT-2", location="ST", minute=minute))

        [answer] = post(make("LT-1", "check_in", location="DESK", minute=70))

        assert answer.outcome == "applied"
        assert load_asset(app, "LT-1").custodian_id is None

    def test_that_is_behind_marks_no_right_time_as_suspect(self, post, app):
        post(make("LT-1", location="ST", minute=60))

        post(make("LT-2", location="ST", minute=90), now=START - timedelta(days=300))

        with app.app_context(), reading() as session:
            assert session.scalars(select(Scan.is_clock_suspect)).all() == [False, False]
