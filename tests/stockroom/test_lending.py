"""A hand-over under rules of lending: when its lines are due, what asks, and what is only told."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from scanner_app.models import LendingRule, Location
from scanner_app.storage.database import unit_of_work
from tests.stockroom.steps import handover, line, post
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
