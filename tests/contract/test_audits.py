"""The contract's Audits: from a draft to a report that can be checked, and no further."""

from __future__ import annotations

import json

import pytest

from tests.contract.client import Client, assert_problem, moment

COUNTS = {"expected", "verified", "misplaced", "missing", "unexpected", "unregistered"}


@pytest.fixture
def office(api: Client, name) -> dict[str, str]:
    """Two rooms of a site; three assets in the first, one in the second."""
    site = api.create("/locations", code=name("SITE"), name="Site")["code"]
    one, two = (
        api.create("/locations", code=name("ROOM"), name="Room", parent=site)["code"] for _ in "12"
    )
    tags = [
        api.create("/assets", asset_tag=name("A"), location=room)["asset_tag"]
        for room in (one, one, one, two)
    ]
    return {"site": site, "one": one, "two": two, **{f"a{n}": tag for n, tag in enumerate(tags)}}


def open_audit(api: Client, place: str, **more) -> int:
    audit = api.create("/audits", name="Spring", scope={"locations": [place]}, **more)
    answer = api.post(f"/audits/{audit['id']}/counting")
    assert (answer.status, answer.json["state"]) == (200, "counting")
    return audit["id"]


def list_findings(api: Client, audit: int, query: str = "") -> dict[str, dict]:
    items = api.get(f"/audits/{audit}/findings?{query}").json["items"]
    return {item["asset"] or item["code"]: item for item in items}


def decide(api: Client, audit: int, finding: dict, decision: str, **more):
    return api.patch(
        f"/audits/{audit}/findings/{finding['id']}", {"decision": decision, "reason": "so", **more}
    )


class TestDraft:
    def test_answers_201_and_counts_nothing_yet(self, api, room, person):
        answer = api.post(
            "/audits",
            {
                "name": "Spring",
                "scope": {
                    "locations": [room], "categories": [], "custodians": [person],
                    "statuses": ["in_use"],
                },
                "blind": True,
                "due_on": "2026-12-31",
            },
        )  # fmt: skip

        assert answer.status == 201
        body = answer.json
        assert isinstance(body["id"], int)
        assert body["state"] == "draft"
        assert (body["blind"], body["due_on"]) == (True, "2026-12-31")
        assert body["scope"]["locations"] == [room]
        assert api.get(f"/audits/{body['id']}").json == body

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": "x", "scope": {"rooms": []}}, "scope.rooms"),
            ({"name": "x", "scope": {"statuses": ["lost"]}}, "scope.statuses.0"),
            ({"name": "x", "blind": "yes"}, "blind"),
            ({"name": "x", "due_on": "soon"}, "due_on"),
            ({"name": "x", "state": "closed"}, "state"),
        ],
    )
    def test_is_refused_by_field(self, api, body, field):
        assert list(assert_problem(api.post("/audits", body), 422)["errors"]) == [field]


class TestCounting:
    def test_follows_every_scan(self, api, office):
        audit = open_audit(api, office["site"])

        seen = api.scan(office["a0"], audit=audit, location=office["one"], scanned_at=moment(5))
        api.scan(office["a1"], audit=audit, location=office["two"], scanned_at=moment(5))
        api.scan("NO-SUCH-LABEL", audit=audit, location=office["one"], scanned_at=moment(5))

        assert seen["finding"] == {"state": "verified", "flags": []}
        shown = api.get(f"/audits/{audit}").json
        assert shown["counts"].keys() == COUNTS
        assert shown["counts"] == {
            "expected": 4, "verified": 1, "misplaced": 1, "missing": 2, "unexpected": 0,
            "unregistered": 1,
        }  # fmt: skip
        assert shown["accuracy"]["existence"] == 0.5
        assert shown["accuracy"]["location_accuracy"] == 0.25
        assert shown["accuracy"]["register_completeness"] == pytest.approx(2 / 3, abs=1e-6)
        assert list_findings(api, audit, "state=misplaced").keys() == {office["a1"]}
        assert_problem(api.get(f"/audits/{audit}/findings?state=lost"), 422)
        page = api.get(f"/audits/{audit}/findings?limit=2").json
        assert (len(page["items"]), page.keys()) == (2, {"items", "next"})

    def test_freezes_what_is_expected(self, api, office, name):
        audit = open_audit(api, office["one"])
        api.create("/assets", asset_tag=name("LATE"), location=office["one"])

        assert api.get(f"/audits/{audit}").json["counts"]["expected"] == 3
        assert_problem(api.post(f"/audits/{audit}/counting"), 409)

    def test_has_no_accuracy_of_nothing(self, api, name):
        empty = api.create("/locations", code=name("EMPTY"), name="Empty")["code"]

        shown = api.get(f"/audits/{open_audit(api, empty)}").json

        assert shown["accuracy"]["existence"] is None


class TestClosing:
    def test_applies_what_was_accepted_and_seals(
        self, api, clients, office, name, service, tmp_path
    ):
        audit = open_audit(api, office["site"])
        api.scan(office["a0"], audit=audit, location=office["one"], scanned_at=moment(5))
        api.scan(office["a1"], audit=audit, location=office["two"], scanned_at=moment(5))
        label = name("NEW-LABEL")
        api.scan(label, audit=audit, location=office["one"], scanned_at=moment(5))

        ended = api.post(f"/audits/{audit}/reconciliation")
        assert (ended.status, ended.json["state"]) == (200, "reconciling")
        assert_problem(api.post(f"/audits/{audit}/closure"), 409, "undecided_findings")
        findings = list_findings(api, audit)
        assert decide(api, audit, findings[office["a1"]], "accept").status == 200
        assert decide(api, audit, findings[office["a2"]], "accept").status == 200
        assert decide(api, audit, findings[office["a3"]], "reject").status == 200
        registered = decide(
            api, audit, findings[label], "accept", asset={"asset_tag": label, "name": "Found"}
        )
        assert (registered.status, registered.json["decision"]) == (200, "accept")
        closed = clients["approver"].post(f"/audits/{audit}/closure")

        assert (closed.status, closed.json["state"]) == (200, "closed")
        assert api.get(f"/assets/{office['a1']}").json["location"] == office["two"]
        assert api.get(f"/assets/{office['a2']}").json["status"] == "missing"
        assert api.get(f"/assets/{office['a3']}").json["status"] == "in_stock"
        assert api.get(f"/assets/{label}").json["name"] == "Found"
        self.check_reports(api, audit, service, tmp_path)
        self.check_it_takes_no_change(api, audit, office)

    def check_reports(self, api, audit, service, tmp_path):
        kinds = {
            "json": "application/json",
            "csv": "text/csv",
            "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "pdf": "application/pdf",
        }
        for form, kind in kinds.items():
            answer = api.get(f"/audits/{audit}/report.{form}")
            assert answer.status == 200, form
            assert answer.headers["Content-Type"].partition(";")[0] == kind
            assert answer.headers["Content-Disposition"].startswith("attachment")
        assert_problem(api.get(f"/audits/{audit}/report.docx"), 404)
        report = tmp_path / "report.json"
        report.write_bytes(api.get(f"/audits/{audit}/report.json").data)
        key = tmp_path / "key.pem"
        key.write_bytes(Client(api.port).send("GET", "/audits/key.pem").data)
        whole = service.run("audits", "verify", str(report), "--key", str(key), check=False)
        assert whole.returncode == 0, whole.stderr
        altered = json.loads(report.read_text())
        altered["counts"]["missing"] += 1
        report.write_text(json.dumps(altered))
        broken = service.run("audits", "verify", str(report), check=False)
        assert broken.returncode == 1
        assert "counts" in broken.stderr

    def check_it_takes_no_change(self, api, audit, office):
        finding = next(iter(list_findings(api, audit).values()))
        for step in ("counting", "reconciliation", "closure"):
            assert_problem(api.post(f"/audits/{audit}/{step}"), 409)
        assert_problem(decide(api, audit, finding, "reject"), 409)
        late = api.scan(office["a0"], audit=audit, scanned_at=moment(6))
        assert (late["status"], late["refusal"]) == ("recorded", "audit_not_counting")
        following = api.post(f"/audits/{audit}/revision")
        assert (following.status, following.json["state"]) == (201, "draft")
        assert following.json["revises"] == audit
        assert_problem(api.post(f"/audits/{following.json['id']}/revision"), 409)

    def test_decision_is_accept_or_reject_and_a_rejection_has_a_reason(self, api, office):
        audit = open_audit(api, office["two"])
        api.post(f"/audits/{audit}/reconciliation")
        finding = list_findings(api, audit)[office["a3"]]
        path = f"/audits/{audit}/findings/{finding['id']}"

        assert list(assert_problem(api.patch(path, {"decision": "maybe"}), 422)["errors"]) == [
            "decision"
        ]
        assert list(assert_problem(api.patch(path, {}), 422)["errors"]) == ["decision"]
        assert list(assert_problem(api.patch(path, {"decision": "reject"}), 422)["errors"]) == [
            "reason"
        ]
        assert_problem(api.patch(f"/audits/{audit}/findings/999999", {"decision": "accept"}), 404)
