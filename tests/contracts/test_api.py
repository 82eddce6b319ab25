"""Contracts for programs."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.either_database

BODY = {
    "number": "SUP-1",
    "name": "Server support",
    "starts_on": "2096-04-01",
    "ends_on": "2097-03-31",
    "notice_days": 90,
    "renewal": "tacit",
    "renewal_months": 12,
    "price": "1200.00",
    "currency": "EUR",
}


def test_a_program_adds_covers_renews_and_gives_notice(api, desk):
    added = api.post("/contracts", json=BODY)
    again = api.post("/contracts", json=BODY)
    patched = api.patch("/contracts/SUP-1", json={"supplier": "Acme", "price": None})
    covered = api.post("/contracts/SUP-1/assets", json={"assets": ["LT-1", "LT-2"]})
    ended = api.delete("/contracts/SUP-1/assets/LT-1")
    renewed = api.post("/contracts/SUP-1/renewal", json={"price": "1300"})
    lapsed = api.post("/contracts/SUP-1/notice", json={"reason": "Replaced"})
    due = api.get("/renewals?until=2098-12-31").json["items"]

    assert (added.status_code, again.status_code) == (201, 409)
    assert added.json["act_by"] == "2096-12-31"
    assert (patched.json["supplier"], patched.json["price"]) == ("Acme", None)
    assert patched.json["renewal_months"] == 12
    assert [one["asset"] for one in covered.json["items"]] == ["LT-1", "LT-2"]
    assert ended.status_code == 204
    assert [(one["term"], one["ends_on"]) for one in renewed.json["terms"]] == [
        (2, "2098-03-31"),
        (1, "2097-03-31"),
    ]
    assert lapsed.json["state"] == "notice_given"
    assert [(one["number"], one["is_undecided"]) for one in due] == [("SUP-1", False)]
    assert api.get("/contracts/NOPE").status_code == 404
    assert api.get("/contracts?q=server&kind=support").json["items"][0]["number"] == "SUP-1"


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_on": None},
        {"notice_days": 400},
        {"price": "1e3x"},
        {"number": "a/b"},
        {"state": "ended"},
    ],
)
def test_bodies_that_cannot_be_used_are_refused(api, desk, wrong):
    assert api.post("/contracts", json=BODY | wrong).status_code == 422


def test_who_only_reads_changes_nothing(page_as, desk):
    viewer = page_as("viewer")

    assert viewer.get("/contracts").status_code == 200
    assert viewer.post("/contracts", data=BODY).status_code == 403
