"""Custody tells what happened: who has it, where nobody looked, what came back damaged or missing."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Custody, Person
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, transact, unit_of_work
from tests.audits.steps import open_audit
from tests.custody.steps import ANA, BEN, LIVE, START, load_asset, load_place_id, make


class TestTwoRooms:
    @pytest.fixture
    def audit(self, api, desk) -> int:
        return open_audit(api)

    def count(self, post, code, audit, place, *, minute, actor=ANA):
        [answer] = post(make(code, audit=audit, location=place, minute=minute), actor=actor)
        return answer

    def test_is_an_answer_of_its_own_that_names_both_and_by_whom(self, post, audit):
        self.count(post, "LT-1", audit, "ST", minute=406)

        answer = self.count(post, "LT-1", audit, "WS", minute=407, actor=BEN)

        assert answer.answer == "two_rooms"
        assert answer.finding.state == "misplaced"
        assert answer.message == (
            "LT-1 Laptop was counted in two rooms: Stockroom 108 by Ana at 2026-03-02T15:46:00Z, "
            "Workshop 106 by Ben at 2026-03-02T15:47:00Z. The newer one counts. Check which is right."
        )

    @pytest.mark.parametrize(
        ("places", "answer"),
        [
            (("ST", "ST"), "already_scanned"),
            (("ST", "ST-A"), "already_scanned"),
            (("ST-A", "ST"), "already_scanned"),
            (("WS", "ST"), "two_rooms"),
            (("ST-A", "WS"), "two_rooms"),
            (("WS", "ST", "WS"), "two_rooms"),
            ((None, "WS"), "already_scanned"),
            (("WS", None), "already_scanned"),
        ],
    )
    def test_is_told_of_rooms_of_which_neither_is_inside_the_other(
        self, post, audit, places, answer
    ):
        for minute, place in enumerate(places):
            last = self.count(post, "LT-1", audit, place, minute=60 + minute)

        assert last.answer == answer

    def test_is_told_of_the_one_that_arrives_late_too(self, post, audit):
        self.count(post, "LT-1", audit, "WS", minute=90, actor=BEN)

        late = self.count(post, "LT-1", audit, "ST", minute=62)

        assert late.answer == "two_rooms"
        assert (
            "Stockroom 108 by Ana at 2026-03-02T10:02:00Z, Workshop 106 by Ben at 2026-03-02T10:30"
            in late.message
        )

    def test_of_one_batch_names_who_sent_it(self, post, audit):
        _, answer = post(
            make("LT-1", audit=audit, location="ST"),
            make("LT-1", audit=audit, location="WS", minute=61),
            actor=BEN,
        )

        assert "Stockroom 108 by Ben at 2026-03-02T10:00:00Z, Workshop 106 by Ben" in answer.message

    def test_is_not_told_of_a_thing_that_was_moved(self, post, audit):
        self.count(post, "LT-1", audit, "ST", minute=60)

        [moved] = post(make("LT-1", "move", audit=audit, location="WS", minute=61))

        assert (moved.outcome, moved.message) == ("applied", "LT-1 Laptop moved to Workshop 106.")
        assert moved.answer != "already_scanned"


class TestCheckInWithoutPlace:
    def test_goes_home_by_rule_and_says_that_nobody_scanned_a_place(self, post, app, api):
        post(make("LT-1", "check_out", custodian="1001", location="WS", minute=60))

        [answer] = post(make("LT-1", "check_in", minute=90))

        assert answer.outcome == "applied"
        assert answer.message == (
            "LT-1 Laptop is checked in. No location was scanned: "
            "it is recorded at Stockroom 108 by rule."
        )
        asset = load_asset(app, "LT-1")
        assert asset.location_id == load_place_id(app, "ST")
        assert asset.last_seen_at == START + timedelta(minutes=60)
        assert asset.last_seen_location_id == load_place_id(app, "WS")
        shown = api.get("/assets/LT-1/history").json["items"]
        assert any("No location was scanned" in event["message"] for event in shown)

    def test_says_so_of_a_thing_without_a_home_too(self, post, app):
        post(make("LT-9", "check_out", custodian="1001", minute=60))

        [answer] = post(make("LT-9", "check_in", minute=90))

        assert answer.message.endswith("it is recorded at Shelf A by rule.")
        assert load_asset(app, "LT-9").last_seen_at == START + timedelta(minutes=60)

    def test_with_a_place_is_a_sighting_there(self, post, app):
        post(make("LT-1", "check_out", custodian="1001", minute=60))

        [answer] = post(make("LT-1", "check_in", location="DESK", minute=90))

        assert answer.message == "LT-1 Laptop is checked in at IT desk."
        asset = load_asset(app, "LT-1")
        assert asset.last_seen_at == START + timedelta(minutes=90)
        assert asset.last_seen_location_id == load_place_id(app, "DESK")

    @pytest.mark.parametrize("intent", ["sighting", "lookup", "check_out"])
    def test_no_scan_without_a_place_says_where_it_was_seen(self, post, app, intent):
        post(make("LT-1", location="WS", minute=60))

        post(make("LT-1", intent, minute=90, custodian="1001"))

        asset = load_asset(app, "LT-1")
        assert asset.last_seen_at == START + timedelta(minutes=90)
        assert asset.last_seen_location_id is None

    def test_is_no_sighting_in_the_log_either(self, post, app):
        """An undo reads from the log when the asset was last seen."""
        post(make("LT-1", location="WS", minute=50))
        post(make("LT-1", "check_out", custodian="1001", minute=60))
        post(make("LT-1", "check_in", minute=90))
        seen = make("LT-1", location="DESK", minute=95)
        post(seen)
        post(make("LT-1", "void", voids=seen.scan_id, minute=96))

        assert load_asset(app, "LT-1").last_seen_at == START + timedelta(minutes=60)


class TestDamaged:
    def test_comes_back_to_maintenance_and_is_not_handed_out(self, post, app):
        post(make("LT-1", "check_out", custodian="1001", minute=60))

        [answer] = post(make("LT-1", "check_in", location="DESK", condition="damaged", minute=90))
        [refused] = post(make("LT-1", "check_out", custodian="1002", minute=95))

        assert (answer.outcome, answer.answer) == ("applied", "damaged")
        assert answer.message == (
            "LT-1 Laptop is checked in at IT desk, damaged. It goes to maintenance."
        )
        assert load_asset(app, "LT-1").status is Stage.IN_MAINTENANCE
        assert refused.refusal == "asset_in_maintenance"

    def test_says_too_that_nobody_scanned_a_place(self, post):
        post(make("LT-1", "check_out", custodian="1001", minute=60))

        [answer] = post(make("LT-1", "check_in", condition="damaged", minute=90))

        assert answer.message == (
            "LT-1 Laptop is checked in, damaged. It goes to maintenance. "
            "No location was scanned: it is recorded at Stockroom 108 by rule."
        )

    @pytest.mark.parametrize("condition", [None, "good", "unreadable_label"])
    def test_is_not_said_of_another_condition(self, post, app, condition):
        post(make("LT-1", "check_out", custodian="1001", minute=60))

        [answer] = post(make("LT-1", "check_in", location="DESK", condition=condition, minute=90))

        assert answer.answer == "fine"
        assert load_asset(app, "LT-1").status is Stage.IN_STOCK

    def test_stays_in_maintenance_if_an_older_scan_arrives(self, post, app):
        post(make("LT-1", "check_out", custodian="1001", minute=60))
        post(make("LT-1", "check_in", location="DESK", condition="damaged", minute=90))

        [late] = post(make("LT-1", "move", location="WS", minute=70), now=START + 9 * LIVE)

        assert (late.outcome, late.answer) == ("noted", "unchanged")
        assert load_asset(app, "LT-1").status is Stage.IN_MAINTENANCE

    def test_is_its_condition_until_a_scan_names_another(self, post, app):
        seen = make("LT-1", "check_in", location="DESK", condition="unreadable_label", minute=95)
        post(make("LT-1", "check_in", location="DESK", condition="good", minute=80))
        post(seen)
        post(make("LT-1", location="DESK", minute=100))
        assert load_asset(app, "LT-1").condition == "unreadable_label"

        post(make("", "void", voids=seen.scan_id, minute=105))

        assert load_asset(app, "LT-1").condition == "good"


class TestLoan:
    def test_that_is_extended_has_its_new_day_in_the_row_of_its_history(self, post, app):
        first, second = START + 48 * LIVE, START + 96 * LIVE
        post(make("LT-1", "check_out", custodian="1001", due_at=first, minute=60))
        post(make("LT-1", "extend", due_at=second, minute=70))

        with app.app_context(), reading() as session:
            rows = session.execute(select(Custody.due_at, Custody.ended_at)).all()

        assert rows == [(second, None)]


class TestMissing:
    @pytest.mark.parametrize(
        ("intent", "fields", "then"),
        [
            ("check_out", {"custodian": "1001"}, "is checked out to Ana Wagner."),
            ("check_in", {"location": "DESK"}, "is checked in at IT desk."),
            ("move", {"location": "WS"}, "moved to Workshop 106."),
        ],
    )
    def test_that_is_found_again_is_said(self, post, app, intent, fields, then):
        [answer] = post(make("LOST", intent, minute=60, **fields))

        assert (answer.outcome, answer.answer) == ("applied", "found_again")
        assert answer.message == (
            f"Found again: LOST Laptop was missing since 2026-03-02T09:00:00Z. LOST Laptop {then}"
        )
        assert load_asset(app, "LOST").status is not Stage.MISSING

    def test_that_is_only_seen_is_still_missing_on_record_and_that_is_said(self, post, app):
        [answer] = post(make("LOST", location="ST", minute=60 * 30))

        assert answer.answer == "found_again"
        assert "was missing since 2026-03-02T09:00:00Z" in answer.message
        assert "still on record as missing" in answer.message
        assert load_asset(app, "LOST").status is Stage.MISSING

    def test_and_in_the_wrong_room_says_both(self, post):
        [answer] = post(make("LOST", location="WS", minute=60))

        assert answer.answer == "wrong_place"
        assert "Found again" in answer.message
        assert "is recorded in Stockroom 108, seen in Workshop 106" in answer.message

    def test_that_is_counted_in_an_audit_is_said(self, post, api):
        audit = open_audit(api)

        [answer] = post(make("LOST", location="ST", audit=audit, minute=60))

        assert answer.answer == "found_again"
        assert answer.message.startswith("Found again: LOST Laptop")


class TestTwoCounters:
    def test_the_one_who_comes_second_is_told_who_has_it_and_since_when(self, post, app):
        """Ben's phone is two seconds behind, so his scan claims to be older."""
        now = START + LIVE
        [first] = post(make("LT-1", "check_out", custodian="1001", minute=60), now=now)

        [second] = post(
            make("LT-1", "check_out", custodian="1002", minute=60 - 2 / 60), actor=BEN, now=now
        )

        assert (first.outcome, second.outcome) == ("applied", "refused")
        assert second.message == (
            "LT-1 Laptop is checked out to Ana Wagner since 2026-03-02T10:00:00Z. Check it in first."
        )

    @pytest.mark.parametrize("older", [timedelta(0), timedelta(seconds=299), timedelta(minutes=5)])
    def test_take_effect_in_the_order_of_the_lock_within_the_skew(self, post, app, older):
        now = START + LIVE
        post(make("LT-1", "check_out", custodian="1001", minute=60), now=now)

        [answer] = post(
            make("LT-1", "check_in", location="DESK", minute=60 - older / timedelta(minutes=1)),
            now=now,
        )

        assert answer.outcome == "applied"
        assert load_asset(app, "LT-1").custodian_id is None

    def test_take_effect_by_their_own_time_if_they_come_later(self, post, app):
        """A phone that was offline: its check-out was before the one that is known."""
        post(make("LT-1", "check_out", custodian="1001", minute=60))

        [late] = post(make("LT-1", "check_out", custodian="1002", minute=50), now=START + LIVE)

        assert late.outcome == "applied"
        with app.app_context(), reading() as session:
            name = session.scalar(
                select(Person.name).join(Custody).where(Custody.ended_at.is_(None))
            )
        assert name == "Bob Brook"

    def test_names_the_day_if_it_was_another(self, post):
        post(make("LT-1", "check_out", custodian="1001", minute=60))

        [answer] = post(make("LT-1", "check_out", custodian="1002", minute=60 * 50))

        assert "to Ana Wagner since 2026-03-02T10:00:00Z." in answer.message

    def test_knows_since_when_within_one_batch_and_after_an_undo(self, post):
        first = make("LT-1", "check_out", custodian="1001", minute=60)
        second = make("LT-1", "check_out", custodian="1002", minute=61)

        answers = post(
            first,
            second,
            make("LT-1", "void", voids=first.scan_id, minute=62),
            make("LT-1", "check_out", custodian="1001", minute=63),
        )

        assert "to Ana Wagner since 2026-03-02T10:00:00Z" in answers[1].message
        assert "to Bob Brook since 2026-03-02T10:01:00Z" in answers[3].message

    def test_are_answered_applied_exactly_once_in_every_race(self, app, desk):
        """Each thread has its own clock, off by up to two seconds."""
        now = START + LIVE
        for turn in range(6):
            tag = f"LT-{turn % 4 + 1}"
            barrier = threading.Barrier(2)
            answers: list[str] = []

            def hand_out(actor, person, seconds, tag=tag, barrier=barrier, answers=answers):
                scan = make(tag, "check_out", custodian=person, minute=60 + seconds / 60)
                with app.app_context():
                    barrier.wait()
                    [answer] = transact(
                        lambda session: record_scans(session, scans=[scan], actor=actor, now=now)
                    )
                answers.append(answer.outcome.value)

            threads = [
                threading.Thread(target=hand_out, args=(ANA, "1001", turn % 3)),
                threading.Thread(target=hand_out, args=(BEN, "1002", -(turn % 2))),
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert sorted(answers) == ["applied", "refused"]
            with app.app_context(), unit_of_work() as session:
                back = make(tag, "check_in", location="ST", minute=60)
                record_scans(session, scans=[back], actor=ANA, now=now)
