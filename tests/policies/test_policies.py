"""Policies as admins change them and approvers waive them, on the page and in the API."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict
from scanner_app.domain.policies.gates import CheckState, Gate, Scope, SubjectKind
from scanner_app.domain.policies.subjects import BuyingPart, BuyingSubject
from scanner_app.models import PolicyResult
from scanner_app.services.policies.check_gates import Subject, pass_gate
from scanner_app.services.policies.policies import change_policy
from scanner_app.services.policies.waivers import add_waiver, withdraw_waiver
from scanner_app.storage.database import reading, unit_of_work

BOB = Actor("user", 7, "Bob", Role.APPROVER, user_id=7)
ADMIN = Actor("user", 1, "Ana", Role.ADMIN, user_id=1)
TODAY = date(2026, 12, 31)
FORM = {
    "title": "Approvals of the board",
    "reference": "Rule 7",
    "gate": "order",
    "mode": "block",
    "severity": "high",
    "is_active": "on",
    "params.bands.above": ["0", "1000.00", ""],
    "params.bands.count": ["0", "1", ""],
}


def test_a_gate_that_is_shut_opens_for_a_waiver_until_its_last_day(app, database, now):
    asked = Subject(
        SubjectKind.ORDER, 5, Scope(), BuyingSubject((BuyingPart("R1", 900_00),)), {"user:1"}
    )
    with app.app_context(), unit_of_work() as session:

        def go(today: date) -> dict[str, CheckState]:
            found = pass_gate(session, Gate.ORDER, asked, today=today, now=now)
            return {one.code: one.state for one in found}

        def waive(actor: Actor) -> int:
            return add_waiver(
                session, code="approvals", subject=(SubjectKind.ORDER, 5), reason="Burst pipe",
                until_on=TODAY, today=TODAY, actor=actor, now=now,
            )  # fmt: skip

        with pytest.raises(Conflict, match=r"R1 comes to 900\.00 and has 0 of 1") as refused:
            go(TODAY)
        assert refused.value.code == "policy_blocked"
        waive(ADMIN)  # who asked for it lets nothing pass
        with pytest.raises(Conflict):
            go(TODAY)
        given = waive(BOB)
        assert go(TODAY) == {"approvals": CheckState.WAIVED, "quotes": CheckState.PASS}
        with pytest.raises(Conflict):
            go(date(2027, 1, 1))
        withdraw_waiver(session, waiver_id=given, actor=BOB, now=now)
        with pytest.raises(Conflict):
            go(TODAY)
        with pytest.raises(Conflict, match="withdrawn already"):
            withdraw_waiver(session, waiver_id=given, actor=BOB, now=now)
        assert session.scalar(select(func.count(PolicyResult.id))) == 2
        change_policy(session, code="approvals", values={"mode": "warn"}, actor=ADMIN, now=now)
        assert go(TODAY)["approvals"] is CheckState.FAIL
        changed = change_policy(
            session, code="approvals", values={"mode": "warn"}, actor=ADMIN, now=now
        )
        assert changed == {}
        scope = {"mode": "block", "applies": {"kinds": ["cloud"]}}
        change_policy(session, code="approvals", values=scope, actor=ADMIN, now=now)
        assert set(go(TODAY)) == {"quotes"}


@pytest.mark.either_database
def test_an_admin_changes_a_policy_on_its_page(app, database, admin):
    assert "What costs much is approved" in admin.get("/policies").text
    page = admin.get("/policies/approvals").text
    assert "above 5000.00" in page
    backwards = {**FORM, "params.bands.above": ["1000", "0"], "params.bands.count": ["1", "0"]}
    refused = admin.post("/policies/approvals", data={**backwards, "version": "1"})
    assert refused.status_code == 422
    assert "from the lowest amount" in refused.text
    assert 'value="Rule 7"' in refused.text
    assert admin.post("/policies/approvals", data={**FORM, "version": "1"}).status_code == 303
    again = admin.post("/policies/approvals", data={**FORM, "mode": "warn", "version": "1"})
    assert again.status_code == 409
    assert "meanwhile" in again.text
    page = admin.get("/policies/approvals").text
    assert "Version 2" in page
    assert "above 1,000.00: 1" in page
    assert "Approvals of the board" in admin.get("/admin/trail").text


@pytest.mark.either_database
def test_an_approver_waives_on_the_page_and_nobody_else_does(app, database, page_as):
    form = {"subject_kind": "order", "subject": "99", "reason": "", "until_on": "2020-01-01"}
    assert page_as("stockroom").post("/policies/quotes/waivers", data=form).status_code == 403
    approver = page_as("approver")
    order = {"number": "99", "supplier": "Example IT", "currency": "EUR"}
    page_as("admin").post("/orders/new", data=order)
    right = {**form, "reason": "Only one", "until_on": str(datetime.now(UTC).date())}
    assert approver.post("/policies/quotes/waivers", data=right).status_code == 303
    assert "Order 99" in approver.get("/policies").text
    [path] = re.findall(
        r'action="(/policies/quotes/waivers/\d+/withdrawal)"', approver.get("/policies/quotes").text
    )
    assert approver.post(path.replace("quotes", "approvals", 1)).status_code == 404
    assert approver.post(path).status_code == 303
    assert approver.post(path).status_code == 409
    form["subject"] = "100"
    unknown = approver.post("/policies/quotes/waivers", data=form)
    assert unknown.status_code == 422
    assert "There is no order" in unknown.text
    assert approver.post("/policies/quotes", data=FORM).status_code == 403


@pytest.mark.either_database
def test_programs_read_change_and_waive(app, database, api_as):
    api = api_as("admin", owner="ana@example.org")
    items = api.get("/policies").json["items"]
    assert [one["code"] for one in items][:3] == ["approvals", "quotes", "signed-for"]
    assert api.get("/policies/none").status_code == 404
    wrong = api.patch("/policies/quotes", json={"params": {"n": 0}})
    assert wrong.status_code == 422
    assert "params.n" in wrong.json["errors"]
    assert api.patch("/policies/quotes", json={"params": {"m": 1}}).status_code == 422
    assert api.patch("/policies/quotes", json={"gate": "close"}).status_code == 422
    right = api.patch("/policies/quotes", json={"params": {"n": 2}, "gate": "request"}).json
    assert (right["version"], right["params"]) == (2, {"n": 2, "above": 500000})
    assert api.patch("/policies/quotes", json={"mode": "block", "version": 1}).status_code == 409
    order = {"number": "81", "supplier": "Example IT", "currency": "EUR"}
    api.post("/orders", json=order)
    until = str(datetime.now(UTC).date() + timedelta(days=30))
    waiver = {"policy": "quotes", "subject_kind": "order", "subject": "81", "reason": "Only one"}
    past = api.post("/waivers", json={**waiver, "until_on": "2020-01-01"})
    assert past.status_code == 422
    nobodys = api_as("approver").post("/waivers", json={**waiver, "until_on": until})
    assert (nobodys.status_code, nobodys.json["code"]) == (409, "second_person_required")
    made = api.post("/waivers", json={**waiver, "until_on": until})
    assert made.status_code == 201, made.json
    assert made.json["subject"] == "81"
    path = f"/waivers/{made.json['id']}"
    assert api.delete(path).status_code == 204
    assert api.delete(path).status_code == 409
    assert api.get("/waivers").json["items"][0]["withdrawn_at"]


def test_the_shipped_policies_are_kept_with_their_first_version(app, database):
    from scanner_app.queries.policies.policies import list_policies, list_versions

    with app.app_context(), reading() as session:
        for row in list_policies(session):
            assert [one.version for one in list_versions(session, row.id)] == [1]
            assert row.gate in row.check.facts.gates


FIELDS = {
    "title": "Laptops of the board are encrypted", "gate": "none", "mode": "warn",
    "severity": "high", "categories": ["Laptops"], "is_active": "on",
}  # fmt: skip


@pytest.mark.either_database
def test_an_admin_makes_a_policy_of_a_check_and_retires_it(app, database, admin, page_as):
    chosen = admin.get("/policies/new").text
    assert "/policies/new?check=encrypted" in chosen
    assert "The disk of a device is encrypted." in chosen
    assert page_as("approver").get("/policies/new").status_code == 403
    form = "/policies/new?check=patched_within"
    assert 'name="params.days"' in admin.get(form).text
    wrong = admin.post(form, data={**FIELDS, "params.days": "0", "title": "Patched soon"})
    assert wrong.status_code == 422
    assert "Patched soon" in wrong.text
    assert admin.post("/policies/new?check=none", data=FIELDS).status_code == 200

    made = admin.post("/policies/new?check=encrypted", data=FIELDS)
    assert (made.status_code, made.headers["Location"]) == (
        303, "/policies/laptops-of-the-board-are-encrypted",
    )  # fmt: skip
    path = made.headers["Location"]
    page = admin.get(path).text
    for words in ("Laptops of the board are encrypted", "Version 1", "Only categories", "High"):
        assert words in page, words
    taken = admin.post("/policies/new?check=encrypted", data={**FIELDS, "code": "encrypted"})
    assert taken.status_code == 409
    for code in ("new", "Two words", "9", "a" * 41):
        data = {**FIELDS, "code": code}
        assert admin.post("/policies/new?check=encrypted", data=data).status_code == 422, code

    state = {"state": "retired", "version": "1"}
    assert (
        page_as("approver", "eve@example.org").post(f"{path}/state", data=state).status_code == 403
    )
    assert admin.post(f"{path}/state", data=state).status_code == 303
    page = admin.get(path).text
    assert "Not in use" in page
    assert "Version 2" in page
    assert admin.post(f"{path}/state", data={**state, "state": "in_use"}).status_code == 409
    again = admin.post(f"{path}/state", data={"state": "in_use", "version": "2"})
    assert again.status_code == 303
    trail = admin.get("/admin/trail").text
    assert trail.count("Laptops of the board are encrypted") >= 3
    for word in ("added", "switched off", "switched on"):
        assert word in trail


@pytest.mark.either_database
def test_programs_make_a_policy_that_holds_at_its_gate(app, database, api_as):
    api = api_as("admin", owner="ana@example.org")
    new = {"check": "quotes_at_least", "title": "Two quotes of cloud", "mode": "block",
           "params": {"n": 2, "above": 10_000}, "applies": {"kinds": ["cloud"]}}  # fmt: skip
    assert api_as("approver").post("/policies", json=new).status_code == 403
    made = api.post("/policies", json=new)
    assert made.status_code == 201, made.json
    assert made.json == {
        "code": "two-quotes-of-cloud", "version": 1, "title": "Two quotes of cloud",
        "reference": "", "stage": 1, "check": "quotes_at_least",
        "params": {"n": 2, "above": 10_000}, "applies": {"kinds": ["cloud"]}, "gate": "request",
        "mode": "block", "severity": "normal", "is_active": True, "counts": {},
    }  # fmt: skip
    assert api.post("/policies", json={**new, "code": "two-quotes-of-cloud"}).status_code == 409
    assert api.post("/policies", json=new).json["code"] == "two-quotes-of-cloud-2"
    for wrong in ({"check": "magic"}, {"title": ""}, {"gate": "close"}, {"params": {"m": 1}},
                  {"code": "new"}, {"version": 1}):  # fmt: skip
        assert api.post("/policies", json={**new, **wrong}).status_code == 422, wrong
    need = {"title": "Storage", "quantity": 1, "justification": "Full", "estimate": "400.00"}
    # Nobody has to approve it, but for the policy: it waits.
    held = api.post("/requests", json={**need, "kind": "cloud"}).json
    assert held["state"] == "submitted"
    assert api.post("/requests", json=need).json["state"] == "approved"
    for code in ("two-quotes-of-cloud", "two-quotes-of-cloud-2"):
        assert api.patch(f"/policies/{code}", json={"is_active": False}).json["version"] == 2
    assert api.post("/requests", json={**need, "kind": "cloud"}).json["state"] == "approved"
