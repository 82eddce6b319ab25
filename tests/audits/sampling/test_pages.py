"""The sample on the pages of an audit, with script and without it."""

from __future__ import annotations

import re

import pytest

from tests.audits.sampling.test_audits import fill_shelves, see
from tests.audits.steps import HX, close, set_start


@pytest.fixture
def contents():
    return fill_shelves


@pytest.fixture
def draft(api, filled) -> str:
    audit = api.post("/audits", json={"name": "Spring", "scope": {}}).json["id"]
    return f"/audits/{audit}"


def words(page) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page.text).split())  # a space that holds, too


PLAN = {"method": "simple", "goal": "accept", "tolerable_rate": "20", "confidence": "90"}


class TestPlan:
    def test_shows_what_it_buys_while_it_is_filled_in(self, admin, draft):
        part = admin.get(f"{draft}/plan", query_string=PLAN, headers=HX)

        assert "<html" not in part.text
        assert (
            "6 of 12: if none is missing, at most 20 % missing is shown with 90 % confidence."
            in (words(part))
        )
        assert "Covered: 12 assets at 1 location, 20,550.00 EUR. No value recorded: 0." in words(
            part
        )

    def test_works_without_script_and_keeps_what_was_written(self, admin, draft):
        shown = admin.post(f"{draft}/plan", data={**PLAN, "step": "preview"})
        wrong = admin.post(f"{draft}/plan", data={**PLAN, "tolerable_rate": "many"})
        kept = admin.post(f"{draft}/plan", data=PLAN)

        assert "6 of 12" in words(shown)
        assert wrong.status_code == 422
        assert 'value="many"' in wrong.text
        assert "Enter a rate from 0 to 100 %" in words(wrong)
        assert (kept.status_code, kept.location) == (303, draft)
        page = admin.get(draft)
        assert re.search(r'value="simple"\s+checked', page.text)
        assert re.search(r'name="tolerable_rate"\s+type="text"\s+value="20"', page.text)

    def test_takes_only_labels_that_were_read_as_it_begins_a_sample(self, admin, api, draft):
        number = draft.rsplit("/", 1)[1]
        said = admin.post(f"{draft}/plan", data=PLAN, follow_redirects=True)
        begun = api.get(f"/audits/{number}").json["policy"]["least_evidence"]
        admin.post(f"{draft}/policy", data={"least_evidence": "typed"})
        admin.post(f"{draft}/plan", data={**PLAN, "tolerable_rate": "10"})
        chosen = api.get(f"/audits/{number}").json["policy"]["least_evidence"]
        by_program = api.post("/audits", json={"name": "Spring", "scope": {}}).json["id"]
        api.put(f"/audits/{by_program}/plan", json={"sample": {"method": "simple", "size": 3}})

        assert "Only labels that are read count" in words(said)
        assert (begun, chosen) == ("held", "typed")
        assert api.get(f"/audits/{by_program}").json["policy"]["least_evidence"] == "typed"

    def test_leaves_an_audit_of_every_asset_as_it_was(self, admin, draft):
        page = admin.get(draft)

        assert re.search(r'value="none"\s+checked', page.text)
        assert "Freeze the list" not in page.text
        assert admin.post(f"{draft}/counting").status_code == 303
        assert "0 of 12" in admin.get(draft).text


class TestFromPlanToReport:
    def test_freezes_draws_again_counts_and_says_what_is_shown(self, admin, api, draft):
        admin.post(f"{draft}/plan", data={**PLAN, "places": "1"})
        admin.post(f"{draft}/freeze")
        frozen = words(admin.get(draft))
        assert "Frozen list" in frozen
        assert "Throw ten-sided dice now" in frozen

        short = admin.post(f"{draft}/draws", data={"typed": "123"}, follow_redirects=True)
        assert "Not drawn: Type 20 to 200" in words(short)
        admin.post(f"{draft}/draws", data={"typed": "20237331128159211123"})
        reason = {"typed": "", "reason": "The witness came late."}
        admin.post(f"{draft}/draws", data=reason)
        drawn = words(admin.get(draft))
        assert "Draw 1" in drawn
        assert "Drawn again because: The witness came late." in drawn
        assert "begin with thing" in drawn

        admin.post(f"{draft}/counting")
        assert "0 of 6" in admin.get(draft).text
        number = int(draft.rsplit("/", 1)[1])
        set_start(api, number)
        items = api.get(f"{draft}/findings").json["items"]
        see(api, number, [item["asset"] for item in items])
        admin.post(f"{draft}/reconciliation")
        close(api, number)

        report = words(admin.get(draft))
        assert "Missing 0 of 6 drawn (0.0 %)" in report
        assert "At most 20 %: shown;" in report
        assert "Draw 2 of 2" in report
