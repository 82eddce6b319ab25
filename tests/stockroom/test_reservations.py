"""Reservations: nothing is booked twice, a loan outranks what is booked later, states follow."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.decoding.codes.read import TagRules
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict
from scanner_app.domain.notices.sweep import SweepRules
from scanner_app.domain.stockroom.reservations import (
    Demand,
    Held,
    Loan,
    Span,
    find_conflicts,
    find_most,
)
from scanner_app.models import Asset, AssetModel, Notice
from scanner_app.queries.stockroom.reservations import load_between
from scanner_app.services.notices.sweep import find_holding, write_holding
from scanner_app.services.stockroom.booking.book import book
from scanner_app.services.stockroom.booking.order import Booking
from scanner_app.services.stockroom.booking.over import end_over
from scanner_app.storage.database import unit_of_work
from tests.scanning.steps import post as post_scans
from tests.scanning.steps import scan
from tests.stockroom.steps import handover, holder_of, line, now, post, put_in_tray

HOUR = timedelta(hours=1)
T0 = datetime(2026, 3, 2, 8, tzinfo=UTC)
CLERK = Actor("user", 1, "Sam", Role.STOCKROOM, user_id=1)


def hours(begin: float, end: float) -> Span:
    return Span(T0 + begin * HOUR, T0 + end * HOUR)


def soon(begin: float, end: float) -> dict[str, str]:
    at = datetime.now(UTC)
    return {"starts_at": (at + begin * HOUR).isoformat(), "ends_at": (at + end * HOUR).isoformat()}


def reserve(
    api, *codes: Any, begin: float = 24, end: float = 48, person: str = "1001", **more
) -> Any:
    things = [one if isinstance(one, dict) else {"code": one} for one in codes]
    body = {"person": person, "things": things, **soon(begin, end), **more}
    return api.post("/reservations", json=body)


def state(api, number: str) -> str:
    return api.get(f"/reservations/{number}").json["state"]


@pytest.fixture
def tripods(app, counter):
    """Three units of one model: LT-010, LT-011 and LT-012."""
    with app.app_context(), unit_of_work() as session:
        model = AssetModel(name="Tripod 3")
        session.add(model)
        session.flush()
        tags = ("LT-010", "LT-011", "LT-012")
        for asset in session.scalars(select(Asset).where(Asset.asset_tag.in_(tags))):
            asset.model_id = model.id


class TestRule:
    def test_spans_are_half_open_and_keep_the_buffer(self):
        assert not hours(0, 2).meets(hours(2, 4))
        assert hours(0, 2).meets(hours(2, 4), HOUR)
        assert not hours(0, 2).meets(hours(3, 4), HOUR)

    def test_the_most_at_an_instant_agrees_with_counting_each_hour(self):
        rng = random.Random(11)
        for _ in range(200):
            demands = []
            for _ in range(rng.randrange(8)):
                begin = rng.randrange(20)
                span = hours(begin, begin + rng.randrange(1, 9))
                demands.append(Demand(span, None, 1, rng.randrange(1, 4)))
            begin = rng.randrange(20)
            wanted = hours(begin, begin + rng.randrange(1, 9))
            counted = [
                sum(
                    d.quantity
                    for d in demands
                    if d.span.starts_at <= T0 + h * HOUR < d.span.ends_at
                )
                for h in range(begin, int((wanted.ends_at - T0) / HOUR))
            ]
            assert find_most(demands, wanted, timedelta(0)) == max(counted)

    def test_a_loan_outranks_what_is_booked_until_it_is_due(self):
        wanted = [Demand(hours(10, 20), 1, None)]
        late = Held(loans=[Loan(1, "Bob", T0 + 10 * HOUR)])
        assert find_conflicts(wanted, late, timedelta(0)) == []
        assert "with Bob" in find_conflicts(wanted, late, HOUR)[0]
        assert find_conflicts(wanted, Held(loans=[Loan(1, "Bob", None)]), timedelta(0))


class TestThirtyTwoThreads:
    """Scenario 11: three units of one model are never booked more than three times at an instant."""

    def test_book_three_units_in_overlapping_spans(self, app, tripods):
        begin = datetime.now(UTC) + timedelta(days=1)
        start = threading.Barrier(32)
        booked, refused, failed = [], [], []

        def run(number: int) -> None:
            rng = random.Random(number)
            at = begin + rng.randrange(6) * HOUR
            values = {
                "person": "1001", "starts_at": at, "ends_at": at + rng.randrange(2, 6) * HOUR,
                "things": [{"model": "Tripod 3", "quantity": rng.choice((1, 1, 2))}],
            }  # fmt: skip
            with app.app_context():
                start.wait()
                try:
                    with unit_of_work() as session:
                        booking = Booking(CLERK, datetime.now(UTC), "UTC", TagRules())
                        booked.append(book(session, values, booking))
                except Conflict:
                    refused.append(number)
                except Exception as error:
                    failed.append(error)

        threads = [threading.Thread(target=run, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert failed == []
        assert len(booked) + len(refused) == 32
        assert booked
        assert refused
        with app.app_context(), unit_of_work() as session:
            rows = load_between(session, Span(begin, begin + timedelta(days=2)))
            assert len(rows) == len(booked)
            for half in range(24):
                at = begin + half * HOUR / 2
                there = [row for row in rows if row.starts_at <= at < row.ends_at]
                assert sum(line.quantity for row in there for line in row.lines) <= 3


@pytest.mark.usefixtures("counter")
class TestOverlaps:
    """The six cases that others got wrong (stockroom.md, 1.1)."""

    def test_2128_a_thing_is_not_stuck_as_out_after_an_overlap(self, api):
        first = reserve(api, "LT-001", begin=1, end=4).json["number"]
        assert reserve(api, "LT-001", begin=4, end=8, person="1002").status_code == 201
        post(api, handover("LT-001"))
        assert state(api, first) == "out"

        post(api, handover("LT-001", kind="return"))

        assert state(api, first) == "done"
        assert holder_of(api, "LT-001") is None

    def test_2581_all_back_is_done_whatever_brought_it_back(self, api):
        number = reserve(api, "LT-001", "LT-002", begin=1, end=4).json["number"]
        post(api, handover("LT-001", "LT-002"))

        post_scans(api, scan("LT-001", "check_in", scanned_at=now()))
        assert state(api, number) == "out"
        post_scans(api, scan("LT-002", "check_in", scanned_at=now()))

        assert state(api, number) == "done"

    def test_2231_an_undone_hand_over_leaves_it_booked(self, api):
        number = reserve(api, "LT-001", begin=1, end=4).json["number"]
        out = post(api, handover("LT-001")).json
        assert api.post(f"/handovers/{out['handover_id']}/void").status_code == 200

        assert state(api, number) == "booked"

    def test_2969_a_part_that_was_picked_up_leaves_the_rest_booked(self, api):
        number = reserve(api, "LT-001", "LT-002", begin=1, end=4).json["number"]
        post(api, handover("LT-001"))

        assert state(api, number) == "picking"
        assert reserve(api, "LT-002", begin=2, end=3, person="1002").status_code == 409
        assert api.delete(f"/reservations/{number}").status_code == 204
        assert reserve(api, "LT-002", begin=2, end=3, person="1002").status_code == 201

    def test_3036_one_thing_is_not_in_two_bookings_by_a_kit_either(self, api):
        kit = api.post("/kits", json={"name": "Camera kit"}).json["tag"]
        for code in ("LT-003", "LT-004"):
            api.post(f"/kits/{kit}/pieces", json={"code": code})
        assert reserve(api, kit).status_code == 201

        clash = reserve(api, "LT-004", begin=30, end=60, person="1002")

        assert (clash.status_code, clash.json["code"]) == (409, "reserved")
        assert "reserved for Dana Reyes" in clash.json["detail"]
        assert reserve(api, kit, begin=48, end=50, person="1002").status_code == 201

    def test_2775_a_later_booking_stops_no_running_loan(self, api):
        post(api, handover(line("LT-001", due_at=soon(0, 20)["ends_at"])))
        assert reserve(api, "LT-001", begin=10, end=30, person="1002").status_code == 409
        assert reserve(api, "LT-001", begin=24, end=30, person="1002").status_code == 201

        assert post(api, handover("LT-001", kind="return")).status_code == 201


class TestAtTheCounter:
    def test_a_booked_thing_is_asked_about_and_kept_for_who_booked_it(self, counter, api):
        reserve(api, "LT-001", begin=2, end=5)

        refused = post(api, handover("LT-001", person="1002"))
        assert [one["code"] for one in refused.json["lines"][0]["findings"]] == ["reserved"]
        sooner = handover(line("LT-001", due_at=soon(0, 1)["ends_at"]), person="1002")
        assert post(api, sooner).status_code == 201

    def test_units_of_a_model_are_kept_as_long_as_too_few_are_left(self, tripods, api):
        reserve(api, {"model": "Tripod 3", "quantity": 2}, begin=2, end=5)

        assert post(api, handover("LT-010", person="1002")).status_code == 201
        refused = post(api, handover("LT-011", person="1002"))

        assert [one["code"] for one in refused.json["lines"][0]["findings"]] == ["reserved"]

    def test_the_person_gets_what_is_booked_until_its_end(self, tripods, api):
        kit = api.post("/kits", json={"name": "Camera kit"}).json["tag"]
        for code in ("LT-003", "LT-004"):
            api.post(f"/kits/{kit}/pieces", json={"code": code})
        made = reserve(api, kit, {"model": "Tripod 3"}, "LT-010", begin=2, end=30).json
        tray = put_in_tray(api, "B-77", kit, "LT-012")
        [shown] = api.get(f"/trays/{tray}").json["reservations"]
        assert shown["number"] == made["number"]
        assert [(one["thing"], one["here"], one["wanted"]) for one in shown["items"]] == [
            ("KIT-0001 Camera kit", 2, 2), ("1 x Tripod 3", 1, 1), ("LT-010 Laptop", 0, 1),
        ]  # fmt: skip

        # LT-011 is another unit of the model of LT-010, so it goes in its place.
        out = post(api, handover(kit, "LT-012", "LT-011")).json

        due = datetime.fromisoformat(made["ends_at"])
        assert {datetime.fromisoformat(one["due_at"]) for one in out["lines"]} == {due}
        done = api.get(f"/reservations/{made['number']}").json
        assert done["state"] == "out"
        assert [one["picked"] for one in done["lines"]] == [
            ["LT-003", "LT-004"],
            ["LT-012"],
            ["LT-011"],
        ]

    def test_a_loan_is_extended_up_to_what_others_booked(self, counter, api):
        post(api, handover(line("LT-001", due_at=soon(0, 10)["ends_at"])))
        reserve(api, "LT-001", begin=24, end=30, person="1002")

        late, well = post_scans(
            api,
            scan("LT-001", "extend", due_at=soon(0, 25)["ends_at"], scanned_at=now()),
            scan("LT-001", "extend", due_at=soon(0, 23)["ends_at"], scanned_at=now(0.01)),
        )

        assert (late["refusal"], well["outcome"]) == ("reserved", "applied")


class TestNotices:
    def sweep(self, app, at: datetime) -> list[tuple[str, str]]:
        from zoneinfo import ZoneInfo

        with app.app_context(), unit_of_work() as session:
            end_over(session, at)
            rules = SweepRules(ZoneInfo("UTC"), (90,))
            write_holding(session, find_holding(session, now=at, rules=rules), now=at)
            rows = session.execute(
                select(Notice.kind, Notice.params, Notice.cleared_at).order_by(Notice.id)
            )
            return [
                (kind.value, params.get("what") or params.get("tag") or "")
                for kind, params, cleared_at in rows
                if cleared_at is None
            ]

    def test_both_sides_are_told_once_and_not_after_it_is_back(self, app, counter, api):
        post(api, handover(line("LT-001", due_at=soon(0, 20)["ends_at"])))
        reserve(api, "LT-001", begin=30, end=40, person="1002")
        soon_ = datetime.now(UTC)
        assert self.sweep(app, soon_) == [("due_soon", "LT-001")]

        # The rule lets the stockroom lend it for longer: who waits is told, and who has it.
        with app.app_context(), unit_of_work() as session:
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-001")).one()
            asset.due_at = soon_ + 50 * HOUR
        told = self.sweep(app, soon_)
        assert [one for one in told if one[0] != "due_soon"] == [
            ("wanted_back", "LT-001"),
            ("reservation", "at_risk"),
        ]
        assert self.sweep(app, soon_) == told

        post(api, handover("LT-001", kind="return"))
        left = self.sweep(app, datetime.now(UTC) + 8 * HOUR)
        assert left == [("reservation", "ready")]

    def test_what_nobody_picks_up_lapses_and_is_free(self, app, counter, api):
        number = reserve(api, "LT-001", begin=1, end=60).json["number"]
        at = datetime.now(UTC)
        self.sweep(app, at + 24 * HOUR)
        assert state(api, number) == "booked"

        told = self.sweep(app, at + 26 * HOUR)

        assert state(api, number) == "lapsed"
        assert ("reservation", "lapsed") in told
        assert reserve(api, "LT-001", begin=30, end=50, person="1002").status_code == 201

    def test_what_somebody_booked_who_left_is_cancelled_and_free(self, app, counter, api):
        number = reserve(api, "LT-001", person="1001").json["number"]
        kept = reserve(api, "LT-002", person="1002").json["number"]
        assert api.patch("/people/1001", json={"is_active": False}).status_code == 200

        self.sweep(app, datetime.now(UTC))

        assert (state(api, number), state(api, kept)) == ("cancelled", "booked")
        assert reserve(api, "LT-001", person="1002").status_code == 201


class TestForm:
    def form(self, **more: str) -> dict[str, str]:
        at = datetime.now(UTC)
        span = {
            name: (at + day * 24 * HOUR).strftime("%Y-%m-%dT%H:%M")
            for name, day in (("starts_at", 1), ("ends_at", 2))
        }
        return {"person": "1001", "things": "LT-001", **span, **more}

    @pytest.mark.parametrize(
        ("more", "sentence"),
        [
            ({"model": "Tripod 3", "quantity": "0"}, "Give a number of units"),
            ({"model": "Tripod 3", "quantity": "two"}, "Give a number of units"),
            ({"model": "Tripod 4"}, "“Tripod 4” is not a model"),
            ({"quantity": "2"}, "Choose the model"),
            ({"person": " "}, "Say who it is for"),
        ],
    )
    def test_says_what_cannot_be_used_and_books_nothing_else(
        self, tripods, page_as, more, sentence
    ):
        answer = page_as("stockroom").post("/reservations/new", data=self.form(**more))

        assert answer.status_code == 422
        assert sentence in answer.text

    def test_reads_a_long_list_to_its_end(self, counter, page_as, api):
        tags = [f"LT-{number:03}" for number in range(1, 13)]
        things = "\r\n".join(f" {tag:250}" for tag in tags)

        answer = page_as("stockroom").post("/reservations/new", data=self.form(things=things))

        assert answer.status_code == 303, answer.text
        [made] = api.get("/reservations").json["items"]
        assert [one["ref"] for one in made["lines"]] == tags
