"""The chain of seals: numbers without a gap, each naming the one before it, whatever closes."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from scanner_app.domain.seals.chain import SEAL_KINDS, Link, SealKind, find_breaks
from scanner_app.domain.seals.report import verify_report
from tests.audits.conftest import fill_office
from tests.audits.steps import close, open_audit, reject_all

CHAIN = [Link(1, "a", None), Link(2, "b", "a"), Link(3, "c", "b"), Link(4, "d", "c")]


@pytest.fixture
def contents():
    return fill_office


class TestBreaks:
    def test_a_whole_chain_has_none(self):
        assert list(find_breaks(reversed(CHAIN), from_first=True)) == []
        assert list(find_breaks(CHAIN[2:])) == []

    @pytest.mark.parametrize(
        ("links", "said"),
        [
            ([*CHAIN[:1], *CHAIN[2:]], ["number 2 is missing"]),
            ([CHAIN[0], CHAIN[3]], ["numbers 2 to 3 are missing"]),
            (CHAIN[1:], ["number 1 is missing"]),
            ([*CHAIN[:2], Link(3, "c", "x"), CHAIN[3]], ["number 3 names another predecessor"]),
            ([CHAIN[0], Link(2, "y", "a"), *CHAIN[2:]], ["number 3 names another predecessor"]),
            ([Link(1, "a", "z"), *CHAIN[1:]], ["number 1 names a predecessor"]),
            ([*CHAIN, Link(4, "e", "c")], ["number 4 is there twice"]),
        ],
    )
    def test_are_named(self, links, said):
        assert list(find_breaks(links, from_first=True)) == said

    def test_every_kind_of_record_has_its_words(self):
        assert set(SEAL_KINDS) == set(SealKind)


def reconcile(api) -> int:
    audit = open_audit(api)
    api.post(f"/audits/{audit}/reconciliation")
    reject_all(api, audit)
    return audit


class TestChain:
    def test_holds_closures_and_cancellations_of_what_was_counted(self, api, admin):
        first, bad, last = reconcile(api), open_audit(api), reconcile(api)
        draft = api.post("/audits", json={"name": "Draft", "scope": {}}).json["id"]
        close(api, first)
        assert api.post(f"/audits/{draft}/cancellation").status_code == 200
        reason = {"reason": "the scanners were set up for another site"}
        assert api.post(f"/audits/{bad}/cancellation", json=reason).status_code == 200
        close(api, last)

        seals = api.get("/seals?limit=2").json
        rest = api.get(f"/seals?cursor={seals['next']}").json

        items = seals["items"] + rest["items"]
        assert [(s["number"], s["kind"], s["audit"]) for s in items] == [
            (1, "closure", first),
            (2, "cancellation", bad),
            (3, "closure", last),
        ]
        assert rest["next"] is None
        assert [s["previous_sha256"] for s in items] == [None, *(s["sha256"] for s in items[:2])]
        assert api.get("/seals/2").json == items[1]
        assert api.get("/seals/4").status_code == 404
        record = api.get(f"/audits/{bad}/report.json")
        assert verify_report(record.data)
        held = json.loads(record.data)
        assert (held["number"], held["audit"]["state"]) == (2, "cancelled")
        assert held["previous"] == {"number": 1, "audit": first, "sha256": items[0]["sha256"]}
        assert record.headers["Content-Disposition"].endswith(f'"audit-{bad}.json"')
        page = admin.get(f"/audits/{bad}").text
        assert "the scanners were set up for another site" in page
        assert "2 of 3" in page
        assert "Cancelled audit" in admin.get("/audits/chain").text
        about = api.get(f"/audits/{bad}/acts").json["items"][-1]["about"]
        assert (about["number"], about["sha256"]) == (2, items[1]["sha256"])

    def test_has_no_gap_however_many_close_at_once(self, api, api_as, app):
        audits = [reconcile(api) for _ in range(4)]
        clients = [api_as("admin") for _ in audits]

        with ThreadPoolExecutor(4) as pool:
            answers = pool.map(
                lambda pair: pair[0].post(f"/audits/{pair[1]}/closure").status_code,
                zip(clients, audits, strict=True),
            )
            assert set(answers) == {200}

        items = api.get("/seals").json["items"]
        links = [Link(s["number"], s["sha256"], s["previous_sha256"]) for s in items]
        assert [link.number for link in links] == [1, 2, 3, 4]
        assert list(find_breaks(links, from_first=True)) == []

    def test_a_closing_that_fails_takes_no_number(self, api):
        first, second = reconcile(api), reconcile(api)
        close(api, first)
        assert api.post(f"/audits/{first}/closure").status_code == 409
        close(api, second)

        assert [s["number"] for s in api.get("/seals").json["items"]] == [1, 2]
