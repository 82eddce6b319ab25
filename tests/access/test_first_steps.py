"""The list of first steps on an admin's start page."""

from __future__ import annotations

import re

import pytest

from scanner_app.domain.first_run import FIRST_STEPS, FirstStep, list_steps
from tests.support import on_both
from tests.support.register import add_asset, add_location, add_person

database = on_both.database


class TestListSteps:
    def test_is_empty_once_each_is_done_or_skipped(self):
        none = dict.fromkeys(FirstStep, 0)
        enough = {step: row.enough for step, row in FIRST_STEPS.items()}

        assert len(list_steps(none, ())) == len(FIRST_STEPS)
        assert list_steps(enough, ()) == []
        assert list_steps(none, set(FirstStep)) == []
        assert list_steps({**enough, FirstStep.PHONE: 0}, ())
        assert list_steps({**enough, FirstStep.PHONE: 0}, {"phone"}) == []


class TestChecklist:
    def test_counts_what_is_there_and_leads_to_the_next_step(self, page_as, work, now):
        client = page_as("admin")
        text = client.get("/").text
        assert re.search(r'aria-current="step".*?<span class="strong">(\w+)', text, re.DOTALL)[
            1
        ] == ("Locations")
        with work() as session:
            place = add_location(session, "R-1", "Room", now=now)
            add_person(session, "1", "Ana", now=now)
            for number in range(3):
                add_asset(session, f"A-{number}", location=place, now=now)

        text = client.get("/").text

        assert "3 assets" in text
        assert "1 location" in text
        assert re.search(r'aria-current="step".*?<span class="strong">(\w+)', text, re.DOTALL)[
            1
        ] == ("Users")

    def test_is_gone_for_all_admins_once_hidden_and_shown_to_no_other_role(self, page_as):
        admin, other = page_as("admin"), page_as("admin", "two@example.org")
        assert "Getting started" not in page_as("technician").get("/").text
        admin.post("/first-run", data={"step": "labels"})
        assert "Skip Labels" not in other.get("/").text

        admin.post("/first-run", data={"step": "all"})

        assert "Getting started" not in other.get("/").text

    @pytest.mark.parametrize("step", ["", "nonsense", "labels phone"])
    def test_takes_no_other_step(self, page_as, step):
        client = page_as("admin")
        client.post("/first-run", data={"step": step})

        assert client.get("/").text.count('aria-label="Skip ') == len(FIRST_STEPS)
