"""Second counts that the policy asks for: where, why, by whom, and blind to the first count."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.rounds.second import (
    WHY,
    ExpectedPlace,
    SecondCount,
    Why,
    choose_places,
    read_second_count,
    why_again,
)
from scanner_app.domain.audits.sampling.drawing import Seed
from scanner_app.domain.errors import Invalid
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.report import SigningKey
from scanner_app.services.audits.records.result_sheets import list_result_sheets, show_summary
from tests.audits.approval.test_closing import person
from tests.audits.rounds.test_places import place_of, step
from tests.audits.steps import START, close, later, open_audit, reject_all, scan
from tests.seals.closed_audits import seal_again
from tests.seals.test_alterations import both
from tests.support.register import add_asset, add_location

POLICY = {"random_percent": 1, "value_from": "1000", "missing_value_from": "300.00"}


def fill_rooms(session: Session) -> None:
    """Four rooms with two laptops each: worth 600 each, then 200, 350 and 10."""
    site = add_location(session, "HQ", "Head office", now=START)
    for number, worth in enumerate((600, 200, 350, 10), start=1):
        room = add_location(session, f"R-{number}", f"Room {number}", parent=site, now=START)
        for letter in "ab":
            add_asset(session, f"{letter}{number}", location=room, cost=worth * 100, now=START)


@pytest.fixture
def contents():
    return fill_rooms


class TestChoice:
    SEED = Seed("", "ab" * 32)

    def choose(self, codes: str, **rule: Any) -> dict[str, str]:
        places = [ExpectedPlace(code, {"EUR": 100}) for code in codes]
        return {
            c: why.value for c, why in choose_places(SecondCount(**rule), places, self.SEED).items()
        }

    def test_takes_a_part_in_the_order_of_hashes_and_at_least_one(self):
        def rank(code: str) -> str:
            return hashlib.sha256(f"\n{'ab' * 32}\nsecond {code}".encode()).hexdigest()

        ranked = sorted("ABCDEFGHIJ", key=rank)
        assert list(self.choose("ABCDEFGHIJ", random_percent=1)) == ranked[:1]
        assert set(self.choose("ABCDEFGHIJ", random_percent=30)) == set(ranked[:3])
        assert set(self.choose("ABCDEFGHIJ", random_percent=31)) == set(ranked[:4])
        assert self.choose("ABCDEFGHIJ") == {}
        assert self.choose("", random_percent=50) == {}

    def test_takes_every_place_of_value_and_draws_among_the_others_alone(self):
        places = [
            ExpectedPlace("A", {"EUR": 999_99, "JPY": 999_99}),  # never added
            ExpectedPlace("B", {"JPY": 1000_00}),
            ExpectedPlace("C", {}),
        ]
        rule = read_second_count({"value_from": "1000", "random_percent": 100})

        chosen = choose_places(rule, places, self.SEED)
        assert {code: why.value for code, why in chosen.items()} == {
            "B": "value", "A": "random", "C": "random",
        }  # fmt: skip

    def test_asks_after_the_first_count_where_much_is_missing(self):
        rule = read_second_count({"missing_value_from": "10"})
        for cents, why in ((9_99, None), (10_00, "missing_value")):
            assert why_again(rule, ExpectedPlace("A", {}, {"EUR": cents}), {}) == why

    @pytest.mark.parametrize(
        "given", ["all", {"random": 3}, {"random_percent": 101}, {"random_percent": "5"},
                  {"value_from": "much"}, {"missing_value_from": "-1"}],
    )  # fmt: skip
    def test_refuses_what_does_not_exist(self, given):
        with pytest.raises(Invalid):
            read_second_count(given)


def by_row(answer: dict, tag: str) -> str:
    """Return an answer without what tells one scan from another."""
    return str({**answer, "scan_id": ""}).replace(tag, "TAG")


def test_the_policy_has_locations_counted_again_by_somebody_else(app, page_as, api, tmp_path):
    mara, ben = (person(app, page_as, "technician", f"{n}@example.org")[1] for n in ("mara", "ben"))
    auditor = person(app, page_as, "auditor", "lea@example.org")[1]
    phone = page_as("technician", "eva@example.org")
    audit = open_audit(auditor, policy={"second_count": POLICY})
    assert auditor.get(f"/audits/{audit}").json["policy"]["second_count"] == {
        "random_percent": 1, "value_from": "1000.00", "missing_value_from": "300.00",
    }  # fmt: skip
    drawn = draw_one(auditor, audit)
    count_first(mara, audit)
    states = {n: place_of(auditor, audit, f"R-{n}")["state"] for n in (1, 2, 3, 4)}
    again = {1, 3, drawn}
    assert states == {n: "recount" if n in again else "signed_off" for n in states}
    why = {1: "value", 3: "missing_value"} | {drawn: "random"}
    acts = auditor.get(f"/audits/{audit}/acts?limit=100").json["items"]
    asked = [a for a in acts if a["kind"] == "recount_asked"]
    assert {a["about"]["location"]: a["about"]["policy"] for a in asked} == {
        f"R-{number}": reason for number, reason in why.items()
    }
    assert {a["actor"] for a in asked} == {"service"}
    refused = auditor.post(f"/audits/{audit}/reconciliation")
    assert (refused.status_code, refused.json["code"]) == (409, "second_count_missing")
    assert "Room 1" in refused.json["detail"]
    assert step(mara, audit, "sign-offs", "R-1", statement="Again.").json["code"] == "same_counter"

    learn_nothing(ben, phone, audit)
    for number in sorted(again):
        for letter in "ab":
            scan(ben, f"{letter}{number}", audit, location=f"R-{number}", scanned_at=later())
        assert step(ben, audit, "sign-offs", f"R-{number}", statement="Counted.").status_code == 200
    assert phone.get(f"/audits/{audit}/expected.json").json["assets"] != []
    ended = auditor.post(f"/audits/{audit}/reconciliation")
    assert ended.status_code == 200, ended.text

    report = close_and_read(auditor, api, audit)
    part = report["second_counts"]
    assert {one["code"]: one["why"] for one in part["asked"]} == {
        f"R-{number}": reason for number, reason in why.items()
    }
    [pair] = part["pairs"]
    assert (pair["first"], pair["second"], pair["places"]) == (
        "mara@example.org", "ben@example.org", len(again),
    )  # fmt: skip
    say_it_everywhere(report)
    assert both(None, api.get(f"/audits/{audit}/report.json").data, tmp_path) == ""
    refuse_another_choice(report, tmp_path)


def say_it_everywhere(report: dict) -> None:
    policy = "1 % of the locations by chance, where 1000.00 is expected, where 300.00 is missing"
    assert ("Counted twice", policy) in [*show_summary(report).rows]
    sheets = {one.name: [*one.rows] for one in list_result_sheets(report)}
    assert sheets["Counted twice"][0][:2] == ("R-1", WHY[Why.VALUE])
    assert sheets["Agreement"][0][:2] == ["mara@example.org", "ben@example.org"]


def refuse_another_choice(report: dict, folder: Path) -> None:
    """Both checks say which location does not follow, whoever sealed the report."""
    check_meaning(report)
    part = report["second_counts"]
    part["asked"] = [one for one in part["asked"] if one["code"] != "R-1"]
    with pytest.raises(Broken, match="R-1"):
        check_meaning(report)
    forged = seal_again(report, SigningKey.make())
    assert both(None, forged, folder) == "rounds: R-1 does not follow from the policy"


def learn_nothing(ben, phone, audit: int) -> None:
    """Scan as the second counter: nothing is told of the list, nor of the first count."""
    answers = {
        tag: by_row(scan(ben, tag, audit, location="R-1", scanned_at=later()), tag)
        for tag in ("a1", "b1", "a4")
    }
    assert len(set(answers.values())) == 1, answers
    assert ben.get(f"/audits/{audit}/findings").status_code == 403
    assert phone.get(f"/audits/{audit}/expected.json").json["assets"] == []


def count_first(api, audit: int) -> None:
    """Count and sign off all four rooms; in R-3 one is missed that is worth 350."""
    for number in (1, 2, 3, 4):
        for letter in "ab"[: 1 if number == 3 else 2]:
            scan(api, f"{letter}{number}", audit, location=f"R-{number}", minute=number)
        said = step(api, audit, "sign-offs", f"R-{number}", statement="Counted.")
        assert said.status_code == 200, said.text


def close_and_read(auditor, api, audit: int) -> dict:
    """Look at what counts disagree about, close, and return the report."""
    for item in auditor.get(f"/audits/{audit}/findings").json["items"]:
        if "counts_disagree" in item["flags"]:
            text = {"text": "Looked at: it is there."}
            assert auditor.post(f"/audits/{audit}/findings/{item['id']}/comments", json=text)
    reject_all(auditor, audit)
    close(api, audit)
    report: dict = api.get(f"/audits/{audit}/report.json").json
    return report


def draw_one(api, audit: int) -> int:
    """Return the room that is drawn by chance: all but the first are below the line of value."""
    sha256 = api.get(f"/audits/{audit}").json["population"]["sha256"]
    ranks = {n: hashlib.sha256(f"\n{sha256}\nsecond R-{n}".encode()).hexdigest() for n in (2, 3, 4)}
    return min(ranks, key=lambda n: ranks[n])
