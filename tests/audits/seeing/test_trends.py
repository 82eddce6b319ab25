"""Audits of one scope over time: repeat offenders by hand, what changed, and where it is shown."""

from __future__ import annotations

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.seeing.trends import AuditFigures, Loss, Part, find_offenders
from tests.audits.steps import close, decide, open_audit, reject_all, scan


class TestOffenders:
    def test_with_5_of_20_lies_above_5_percent(self):
        part = Part(5, 20)

        assert round(part.lower, 3) == 0.087
        assert part.is_above(0.05)

    def test_are_worse_than_the_audit_in_both(self):
        # 10 of 200 in all: 5 %.
        now = {"R-1": Part(5, 20), "R-2": Part(5, 180)}
        calm = {"R-1": Part(1, 20), "R-2": Part(9, 180)}

        found = find_offenders("location", now, now)

        assert [(one.name, one.now.wrong, one.before.wrong) for one in found] == [("R-1", 5, 5)]
        assert find_offenders("location", now, calm) == []
        assert find_offenders("location", calm, now) == []

    def test_need_something_to_be_wrong_with(self):
        assert find_offenders("location", {"R-1": Part(0, 0)}, {"R-1": Part(0, 0)}) == []
        assert find_offenders("location", {"": Part(9, 10)}, {"": Part(9, 10)}) == []


def test_figures_are_for_each_hundred_and_each_currency():
    counts = {
        "expected": 200, "verified": 190, "misplaced": 6, "missing": 4, "unexpected": 3,
        "unregistered": 2,
    }  # fmt: skip
    one = AuditFigures(1, "x", None, counts, {}, 1, (Loss("EUR", 500, 10_000),), None)

    assert one.discrepancies == 14
    assert one.per_100 == 7
    assert one.to_json()["losses"] == [
        {"currency": "EUR", "missing_cents": 500, "expected_cents": 10_000, "shrinkage": 0.05}
    ]


def count(api, *tags: str) -> int:
    """Close an audit that saw these assets in Room 1; what it did not see is marked as missing."""
    audit = open_audit(api)
    for tag in tags:
        scan(api, tag, audit, "R-1" if tag.startswith("A") else "R-2")
    assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
    for item in api.get(f"/audits/{audit}/findings").json["items"]:
        if item["proposal"] == "mark_missing" and item["asset"] == "A-3":
            assert decide(api, audit, "A-3", "accept").status_code == 200
    reject_all(api, audit)
    close(api, audit)
    return audit


@pytest.mark.either_database
@pytest.mark.usefixtures("office")
def test_of_two_audits_is_on_page_paper_sheets_and_in_the_sealed_record(api, admin):
    """Spring misses A-3 and B-3, autumn misses B-3 and B-2, and finds A-3 again."""
    assert "No closed audits yet" in admin.get("/audits/trends").text
    spring = count(api, "A-1", "A-2", "B-1", "B-2")
    alone = admin.get("/audits/trends").text
    other = api.post("/audits", json={"name": "Other", "scope": {}}).json["id"]
    api.post(f"/audits/{other}/cancellation", json={})
    autumn = count(api, "A-1", "A-2", "A-3", "B-1")

    report = json.loads(api.get(f"/audits/{autumn}/report.json").data)
    check_meaning(report)
    prior = report["prior"]
    assert "prior" not in api.get(f"/audits/{spring}/report.json").json
    assert prior["changes"] == {
        "both_expected": 6, "missing_again": ["B-3"], "found_again": ["A-3"],
        "newly_missing": ["B-2"],
    }  # fmt: skip
    [before] = prior["audits"]
    assert before["audit"] == spring
    # A-3 of 300.00 was accepted as missing in spring, of 750.00 that was expected.
    assert before["losses"] == [
        {"currency": "", "missing_cents": 30_000, "expected_cents": 75_000, "shrinkage": 0.4}
    ]
    assert prior["own"]["discrepancies_per_100"] == pytest.approx(33.333333)
    trends = api.get("/audits/trends").json
    assert [one["audit"] for one in trends["audits"]] == [autumn, spring]
    assert trends["changes"] == prior["changes"]
    assert api.get("/audits/trends?audit=999").status_code == 404

    assert "There is one closed audit of this scope" in alone
    for path in ("/audits/trends", f"/audits/trends?audit={spring}", f"/audits/{autumn}"):
        page = admin.get(path).text
        assert "Found, by audit" in page
        assert "300.00" in page
        assert f'href="/audits/{spring}#differences"' in page
    book = CalamineWorkbook.from_filelike(io.BytesIO(api.get(f"/audits/{autumn}/report.xlsx").data))
    assert book.sheet_names == [
        f"Audit {autumn}", "Summary", "Figures", "Missing", "Decisions", "Applied", "Scans",
        "Counters", "Acts", "Seal", "Locations", "Audits over time", "Since the audit before",
        "Wrong each time",
    ]  # fmt: skip
    assert book.get_sheet_by_name("Since the audit before").to_python() == [
        ["Change", "Asset"], ["Missing again", "B-3"], ["Found again", "A-3"],
        ["Newly missing", "B-2"],
    ]  # fmt: skip
    assert book.get_sheet_by_name("Audits over time").to_python()[2][9] == 300
    assert api.get(f"/audits/{autumn}/report.pdf").data.startswith(b"%PDF-")
