"""A hand-over under rules of lending: when its lines are due, what asks, and what is only told."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.models import LendingRule, Location, Person, Task
from scanner_app.storage.database import unit_of_work
from tests.scanning.steps import post as post_scans
from tests.scanning.steps import scan
from tests.stockroom.steps import handover, holder_of, line, now, post
from tests.support.on_both import database  # noqa: F401 - the rules are resolved in memory

pytestmark = pytest.mark.usefixtures("counter")

# The last day of a term, at the end of a winter's day in Berlin (UTC+1).
TERM = date(2099, 12, 31)
TERM_ENDS = "2099-12-31T17:00:00.000000Z"


@pytest.fixture
def set_rule(app, counter):
    """`set_rule(due_on=TERM)` changes the default rule."""

    def change(**columns: Any) -> None:
        with app.app_context(), unit_of_work() as session:
            rule = session.scalars(select(LendingRule)).one()
            for name, value in columns.items():
                setattr(rule, name, value)

    return change


@pytest.fixture
def berlin(app, counter):
    with app.app_context(), unit_of_work() as session:
        hq = session.scalars(select(Location).where(Location.code == "HQ")).one()
        hq.time_zone = "Europe/Berlin"


class TestDue:
    @pytest.mark.usefixtures("berlin")
    def test_is_by_the_rule_that_decides_and_in_the_document(self, api, set_rule):
        set_rule(due_on=TERM)
        told = datetime(2098, 1, 1, 12, tzinfo=UTC).isoformat()

        made = post(api, handover("LT-001", line("LT-002", due_at=told))).json

        assert [one["due_at"] for one in made["lines"]] == [
            TERM_ENDS,
            "2098-01-01T12:00:00.000000Z",
        ]
        assert api.get("/assets/LT-001").json["due_at"].startswith("2099-12-31T17:00:00")

    def test_of_a_return_is_none(self, api, set_rule):
        set_rule(due_on=TERM)
        post(api, handover("LT-001"))

        assert post(api, handover("LT-001", kind="return")).json["lines"][0]["due_at"] is None

    def test_is_left_to_the_rule_by_the_page(self, page_as, set_rule):
        clerk = page_as("stockroom")
        assert "Empty: by the rules of lending." not in clerk.get("/counter").text

        set_rule(due_on=TERM)

        assert "Empty: by the rules of lending." in clerk.get("/counter").text


class TestExtend:
    def test_a_scan_extends_a_loan_as_far_as_the_rule_says(self, api, page_as, set_rule):
        set_rule(loan_days=7, extensions=1, extension_days=7)
        post(api, handover("LT-001"))
        due = api.get("/assets/LT-001").json["due_at"]
        clerk = page_as("technician")
        assert 'data-mode="extend"' in clerk.get("/scan").text

        def extend() -> str:
            form = {"mode": "extend", "intent": "extend", "code": "LT-001", "due_at": "2099-01-01"}
            return clerk.post("/scan", data=form, follow_redirects=True).text

        assert "stays with" in extend()
        later = api.get("/assets/LT-001").json["due_at"]
        assert due < later < "2099"  # the rule says the day, not the field of another mode
        extend()
        assert api.get("/assets/LT-001").json["due_at"] == later


class TestJudgement:
    def hold(self, api, set_rule) -> None:
        """Dana holds two, and the rule allows two."""
        set_rule(most_items=2)
        assert post(api, handover("LT-001", "LT-002")).status_code == 201

    def test_what_asks_is_refused_until_it_is_overridden(self, api, set_rule):
        self.hold(api, set_rule)
        body = handover("LT-003")

        refused = post(api, body)

        assert (refused.status_code, refused.json["code"]) == (409, "handover_refused")
        [one] = refused.json["lines"]
        assert one["result"] is None
        assert one["findings"] == [
            {
                "code": "over_limit",
                "weight": "asks",
                "message": "Dana Reyes would hold 3 things. The rule allows 2.",
                "may_override": True,
            }
        ]
        assert holder_of(api, "LT-003") is None
        # Nothing of it was recorded: the same ids are sent again, with the code.
        body["scans"][0]["override"] = ["over_limit", "reserved"]
        done = post(api, body)
        assert done.status_code == 201, done.text
        [line] = done.json["lines"]
        assert line["override"] == ["over_limit"]
        assert [(f["code"], f["weight"]) for f in line["findings"]] == [("over_limit", "asks")]
        assert holder_of(api, "LT-003") == "1001"

    def test_only_a_role_that_may_overrides(self, api, api_as, set_rule):
        self.hold(api, set_rule)
        body = handover(line("LT-003", override=["over_limit"]))

        refused = post(api_as("technician"), body)

        assert refused.status_code == 409
        assert refused.json["lines"][0]["findings"][0]["may_override"] is False
        assert post(api_as("stockroom"), body).status_code == 201

    def test_only_the_lines_beyond_the_limit_ask(self, api, set_rule):
        set_rule(most_items=2)

        refused = post(api, handover("LT-001", "LT-002", "LT-003")).json

        assert [one["index"] for one in refused["lines"]] == [2]
        assert holder_of(api, "LT-001") is None

    def test_who_left_gets_nothing_and_gives_back(self, api, app):
        post(api, handover("LT-001"))
        with app.app_context(), unit_of_work() as session:
            session.scalars(select(Person).where(Person.number == "1001")).one().is_active = False

        refused = post(api, handover("LT-002"))

        assert refused.status_code == 409
        assert post(api, handover("LT-001", kind="return", person="1001")).status_code == 201

    def test_a_fact_is_recorded_and_opens_a_follow_up(self, api, app, set_rule):
        self.hold(api, set_rule)

        told = post(api, handover("LT-003", mode="fact"))

        assert told.status_code == 201
        assert holder_of(api, "LT-003") == "1001"
        assert told.json["lines"][0]["findings"][0]["code"] == "over_limit"
        with app.app_context(), unit_of_work() as session:
            [task] = session.scalars(select(Task))
            assert task.title.startswith("Handed over without a network, LT-003: the person")

    def test_a_fact_that_came_back_since_opens_a_follow_up_too(self, api, app, set_rule):
        self.hold(api, set_rule)
        post_scans(api, scan("LT-003", "check_in", scanned_at=now(-600)))

        told = post(api, handover("LT-003", at=now(-1200), mode="fact"))

        # It was out and is back, so it is where it was: the scan changes nothing of today.
        [line] = told.json["lines"]
        assert (line["outcome"], holder_of(api, "LT-003")) == ("applied", None)
        with app.app_context(), unit_of_work() as session:
            [task] = session.scalars(select(Task))
            assert "LT-003" in task.title

    def test_is_in_the_tray_and_overridden_by_a_form(self, api, page_as, set_rule):
        self.hold(api, set_rule)
        clerk = page_as("stockroom")
        path = "/counter"
        for code in ("B-77", "LT-003"):
            form = {"tray": path.partition("tray=")[2], "code": code}
            path = clerk.post("/counter", data=form).headers["Location"]
        tray = path.partition("tray=")[2]
        [seen] = api.get(f"/trays/{tray}").json["lines"]
        assert [one["code"] for one in seen["findings"]] == ["over_limit"]
        shown = clerk.get(path).text
        assert "Dana Reyes would hold 3 things. The rule allows 2." in shown
        name = re.search(r'name="(override-[0-9a-f-]{36})"', shown)[1]

        refused = clerk.post("/counter/handover", data={"tray": tray})
        done = clerk.post("/counter/handover", data={"tray": tray, name: "over_limit"})

        assert (refused.status_code, done.status_code) == (409, 303)
        assert "Handed over anyway by" in clerk.get(done.headers["Location"]).text
