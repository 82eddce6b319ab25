"""Loans by scan: handed on, extended and due by the rules of lending."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.models import Asset, ClosedDay, Custody, LendingRule, Location, Person, Scan
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, unit_of_work
from tests.custody.steps import ANA, BEN, START, load_asset, make

DAY = timedelta(days=1)
CLARA = Actor(kind="user", id=3, name="Clara", role=Role.STOCKROOM, user_id=3)
WEEK = START + 7 * DAY


@pytest.fixture
def spans(app, desk):
    def load(tag: str):
        with app.app_context(), reading() as session:
            rows = session.execute(
                select(Person.name, Custody.started_at, Custody.ended_at, Custody.due_at)
                .join(Person, Person.id == Custody.person_id)
                .join(Asset, Asset.id == Custody.asset_id)
                .where(Asset.asset_tag == tag)
                .order_by(Custody.started_at)
            )
            return [tuple(row) for row in rows]

    return load


@pytest.fixture
def set_rule(app, desk):
    """`set_rule(place="ST", loan_days=7)` adds a rule; without a place it changes the default."""

    def add(place: str | None = None, **columns):
        with app.app_context(), unit_of_work() as session:
            if place is None:
                rule = session.scalars(select(LendingRule)).first()
            else:
                place_id = session.scalar(select(Location.id).where(Location.code == place))
                rule = LendingRule(selectors=f"{place_id}||", place_id=place_id)
                session.add(rule)
            for name, value in columns.items():
                setattr(rule, name, value)
            rule.changed_at, rule.changed_by = START, "Ana"

    return add


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def lend(post, tag="LT-1", *, minute=1, due_at=WEEK, actor=ANA):
    [answer] = post(
        make(tag, "check_out", minute=minute, custodian="1001", due_at=due_at), actor=actor
    )
    assert answer.outcome == "applied"
    return answer


class TestTransfer:
    def test_is_one_instant_and_two_spans(self, post, spans):
        lend(post)

        [answer] = post(make("LT-1", "transfer", minute=5, custodian="1002", due_at=WEEK + DAY))

        assert answer.message == "LT-1 Laptop is handed on to Bob Brook, due back 10 Mar 2026."
        assert spans("LT-1") == [
            ("Ana Wagner", at(1), at(5), WEEK),
            ("Bob Brook", at(5), None, WEEK + DAY),
        ]

    @pytest.mark.parametrize(
        ("tag", "person", "refusal"),
        [
            ("LT-2", "1002", "not_checked_out"),
            ("LT-1", "1001", "same_custodian"),
            ("LT-1", None, "custodian_required"),
            ("LT-1", "9999", "unknown_custodian"),
        ],
    )
    def test_is_refused(self, post, spans, tag, person, refusal):
        lend(post)

        [answer] = post(make(tag, "transfer", minute=5, custodian=person))

        assert (answer.outcome, answer.refusal) == ("refused", refusal)
        assert spans("LT-1") == [("Ana Wagner", at(1), None, WEEK)]

    def test_says_who_has_it_already(self, post):
        lend(post)

        [answer] = post(make("LT-1", "transfer", minute=5, custodian="1001"))

        assert answer.message == "LT-1 Laptop is with Ana Wagner already."

    def test_is_undone_by_its_author(self, post, spans):
        lend(post)
        scan = make("LT-1", "transfer", minute=5, custodian="1002")
        post(scan)

        post(make("LT-1", "void", minute=6, voids=scan.scan_id))

        assert spans("LT-1") == [("Ana Wagner", at(1), None, WEEK)]

    @pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (2, 0, 1)])
    def test_is_the_same_in_any_order_of_arrival(self, post, spans, order):
        scans = [
            make("LT-1", "check_out", minute=1, custodian="1001", due_at=WEEK),
            make("LT-1", "transfer", minute=5, custodian="1002", due_at=WEEK + DAY),
            make("LT-1", "extend", minute=7, due_at=WEEK + 3 * DAY),
        ]

        for index in order:
            post(scans[index], now=at(600))

        assert spans("LT-1") == [
            ("Ana Wagner", at(1), at(5), WEEK),
            ("Bob Brook", at(5), None, WEEK + 3 * DAY),
        ]


class TestExtend:
    def test_keeps_the_span_and_changes_its_day(self, app, post, spans):
        lend(post)

        [answer] = post(make("LT-1", "extend", minute=5, due_at=WEEK + DAY))

        assert answer.message == "LT-1 Laptop stays with Ana Wagner, due back 10 Mar 2026."
        assert spans("LT-1") == [("Ana Wagner", at(1), None, WEEK + DAY)]
        assert load_asset(app, "LT-1").due_at == WEEK + DAY

    def test_goes_with_a_return_in_one_batch(self, post, spans):
        lend(post)

        post(
            make("LT-1", "extend", minute=5, due_at=WEEK + DAY),
            make("LT-1", "check_in", minute=6),
            make("LT-1", "check_out", minute=7, custodian="1002", due_at=WEEK),
            make("LT-1", "extend", minute=8, due_at=WEEK + 2 * DAY),
        )

        assert spans("LT-1") == [
            ("Ana Wagner", at(1), at(6), WEEK + DAY),
            ("Bob Brook", at(7), None, WEEK + 2 * DAY),
        ]

    @pytest.mark.parametrize(
        ("tag", "due_at", "refusal"),
        [
            ("LT-2", WEEK + DAY, "not_checked_out"),
            ("LT-1", WEEK, "not_later"),
            ("LT-1", START - DAY, "due_in_the_past"),
            ("LT-1", None, "due_required"),
        ],
    )
    def test_is_refused(self, post, spans, tag, due_at, refusal):
        lend(post)

        [answer] = post(make(tag, "extend", minute=5, due_at=due_at))

        assert (answer.outcome, answer.refusal) == ("refused", refusal)
        assert spans("LT-1") == [("Ana Wagner", at(1), None, WEEK)]

    def test_is_undone(self, post, spans):
        lend(post)
        scan = make("LT-1", "extend", minute=5, due_at=WEEK + DAY)
        post(scan)

        post(make("LT-1", "void", minute=6, voids=scan.scan_id))

        assert spans("LT-1") == [("Ana Wagner", at(1), None, WEEK)]

    def test_says_nothing_of_where_the_asset_is(self, app, post):
        lend(post)
        seen = load_asset(app, "LT-1").last_seen_at

        post(make("LT-1", "extend", minute=5, due_at=WEEK + DAY))

        assert load_asset(app, "LT-1").last_seen_at == seen


class TestRules:
    # START is Monday 2 March 2026, 09:00 UTC; the clocks of Berlin go forward on 29 March.
    def test_give_a_check_out_the_day_that_it_does_not_name(self, app, post, set_rule):
        set_rule(loan_days=28)
        with app.app_context(), unit_of_work() as session:
            session.scalars(
                select(Location).where(Location.code == "HQ")
            ).one().time_zone = "Europe/Berlin"

        lend(post, due_at=None)
        lend(post, "LT-2", due_at=WEEK)

        # 30 March at 18:00 in Berlin, by then in summer time.
        assert load_asset(app, "LT-1").due_at == datetime(2026, 3, 30, 16, tzinfo=UTC)
        assert load_asset(app, "LT-2").due_at == WEEK

    def test_move_a_day_on_which_the_place_is_closed(self, app, post, set_rule):
        set_rule(loan_days=4)
        with app.app_context(), unit_of_work() as session:
            place_id = session.scalar(select(Location.id).where(Location.code == "HQ"))
            for day, place in ((6, None), (7, place_id), (8, place_id)):
                on = date(2026, 3, day)
                session.add(ClosedDay(location_id=place, on=on, name="", key=f"{place or ''}|{on}"))

        lend(post, due_at=None)
        lend(post, "LT-9", due_at=None)

        assert load_asset(app, "LT-1").due_at == datetime(2026, 3, 9, 18, tzinfo=UTC)

    def test_of_the_place_of_the_scan_come_before_those_of_the_asset(self, app, post, set_rule):
        set_rule(loan_days=28)
        set_rule("DESK", loan_days=1)

        post(make("LT-1", "check_out", minute=1, custodian="1001", location="DESK"))

        assert load_asset(app, "LT-1").due_at == datetime(2026, 3, 3, 18, tzinfo=UTC)

    def test_give_what_is_handed_on_its_own_day(self, app, post, set_rule):
        lend(post)
        set_rule(loan_days=2)

        post(make("LT-1", "transfer", minute=5, custodian="1002"))

        assert load_asset(app, "LT-1").due_at == datetime(2026, 3, 4, 18, tzinfo=UTC)

    def test_extend_by_their_days_as_often_as_they_say(self, app, post, set_rule):
        set_rule(loan_days=14, extensions=2, extension_days=7)
        lend(post, due_at=None)

        found = []
        for minute in (5, 6, 7):
            [answer] = post(make("LT-1", "extend", minute=minute), actor=BEN)
            found.append((answer.refusal, load_asset(app, "LT-1").due_at.date()))

        assert found == [
            (None, date(2026, 3, 23)),
            (None, date(2026, 3, 30)),
            ("no_extension_left", date(2026, 3, 30)),
        ]

    def test_count_extensions_of_the_running_loan_alone(self, post, set_rule):
        set_rule(extensions=1, extension_days=7)
        lend(post)
        post(make("LT-1", "extend", minute=5), actor=BEN)

        batch = post(
            make("LT-1", "check_in", minute=6),
            make("LT-1", "check_out", minute=7, custodian="1002", due_at=WEEK),
            make("LT-1", "extend", minute=8),
            make("LT-1", "extend", minute=9),
            actor=BEN,
        )

        assert [answer.refusal for answer in batch] == [None, None, None, "no_extension_left"]

    def test_count_no_extension_that_was_undone(self, post, set_rule):
        set_rule(extensions=1, extension_days=7)
        lend(post)
        scan = make("LT-1", "extend", minute=5)
        post(scan, actor=BEN)
        post(make("LT-1", "void", minute=6, voids=scan.scan_id), actor=BEN)

        [answer] = post(make("LT-1", "extend", minute=7), actor=BEN)

        assert answer.refusal is None

    def test_let_the_stockroom_extend_once_more(self, post, set_rule):
        set_rule(extensions=0, extension_days=7)
        lend(post)

        [by_rule] = post(make("LT-1", "extend", minute=5), actor=CLARA)
        [by_hand] = post(make("LT-1", "extend", minute=6, due_at=WEEK + DAY), actor=CLARA)

        assert (by_rule.refusal, by_hand.refusal) == ("due_required", None)

    def test_answer_a_scan_that_comes_again_as_the_first_time(self, app, post, set_rule):
        set_rule(loan_days=14)
        scan = make("LT-1", "check_out", minute=1, custodian="1001")
        [first] = post(scan)
        set_rule(loan_days=2)

        [again] = post(scan)

        assert (again.status, again.message) == ("repeated", first.message)
        with app.app_context(), reading() as session:
            kept = session.scalar(select(Scan.due_at).where(Scan.intent == Intent.CHECK_OUT))
        assert kept == datetime(2026, 3, 16, 18, tzinfo=UTC)

    def test_take_the_zone_of_the_organisation_where_no_place_has_one(self, app, desk, set_rule):
        set_rule(loan_days=1)
        scan = make("LT-1", "check_out", minute=1, custodian="1001")

        with app.app_context(), unit_of_work() as session:
            record_scans(session, scans=[scan], actor=ANA, now=at(2), zone="America/New_York")

        # 3 March at 18:00 in New York, still in winter time.
        assert load_asset(app, "LT-1").due_at == datetime(2026, 3, 3, 23, tzinfo=UTC)
