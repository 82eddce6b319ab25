"""Suggestions in an audit: shown with their reason, taken by a person, kept with their version."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.suggesting.rules import SHIPPED
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.report import SigningKey
from scanner_app.models import Category
from scanner_app.queries.audits.suggesting.learned import load_decided
from scanner_app.services.register.merging.categories import merge_categories
from scanner_app.storage.database import reading, unit_of_work
from tests.audits.approval.test_closing import person
from tests.audits.steps import START, close, decide, find, open_audit, reject_all, scan
from tests.seals.closed_audits import seal_again
from tests.seals.test_alterations import both
from tests.support.register import add_asset, add_location

SAME = "Same building v1"
WHY = "both in BER, label read"


def fill_building(session: Session) -> None:
    """A building with two rooms, and another site; four laptops belong in the first room."""
    berlin = add_location(session, "BER", "Berlin", now=START)
    berlin.kind = "building"
    one = add_location(session, "R-1", "Room 1", parent=berlin, now=START)
    add_location(session, "R-2", "Room 2", parent=berlin, now=START)
    add_location(session, "AWAY", "Other site", now=START)
    for number in range(1, 5):
        add_asset(session, f"A-{number}", location=one, cost=100_00, now=START)


@pytest.fixture
def contents():
    return fill_building


def rule_id(api, name: str = "Same building") -> int:
    return next(r["id"] for r in api.get("/suggestion-rules").json["items"] if r["name"] == name)


def turn_on(api, name: str = "Same building") -> None:
    answer = api.patch(f"/suggestion-rules/{rule_id(api, name)}", json={"active": True})
    assert answer.json["active"] is True, answer.text


def reconcile(api, **policy) -> int:
    """A-1 and A-2 are seen in the other room of the building, A-3 far away, A-4 typed."""
    audit = open_audit(api, scope={"locations": ["BER"]}, **policy)
    for minute, (tag, place, source) in enumerate(
        (("A-1", "R-2", "camera"), ("A-2", "R-2", "wedge"), ("A-3", "AWAY", "camera"),
         ("A-4", "R-2", "typed"))
    ):  # fmt: skip
        scan(api, tag, audit, location=place, minute=minute * 30, source=source)
    assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
    return audit


def list_suggested(api, audit: int) -> list[dict]:
    return api.get(f"/audits/{audit}/suggestions").json["items"]


def test_the_rules_that_are_shipped_are_the_ones_of_the_domain_and_off(api):
    shown = api.get("/suggestion-rules").json["items"]

    assert [r["active"] for r in shown] == [False] * 4
    assert [{k: r[k] for k in SHIPPED[0].to_json()} for r in shown] == [
        rule.to_json() for rule in SHIPPED
    ]
    audit = reconcile(api)
    assert list_suggested(api, audit) == []


def test_a_suggestion_is_taken_by_a_person_and_kept_with_its_version(api, admin, tmp_path):
    turn_on(api)
    audit = reconcile(api)
    ids = {tag: find(api, audit, tag)["id"] for tag in ("A-1", "A-2", "A-3", "A-4")}

    assert list_suggested(api, audit) == [
        {"finding": ids[tag], "suggest": "accept", "rule": SAME, "why": WHY, "alone": False}
        for tag in ("A-1", "A-2")
    ]
    # Nothing is decided by itself.
    assert find(api, audit, "A-1")["decision"] is None
    page = admin.get(f"/audits/{audit}").text
    assert page.count(f"Suggested: accept, rule {SAME}: {WHY}") == 2
    only = admin.get(f"/audits/{audit}?suggested=yes").text
    assert ("A-2" in only, "A-3" in only) == (True, False)
    assert f"rule {SAME}: {WHY}" in admin.get(f"/audits/{audit}/findings/{ids['A-1']}").text

    one = {"finding": ids["A-1"], "decision": "suggested", "rule": SAME}
    answer = admin.post(f"/audits/{audit}/decisions", data=one, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert (found := find(api, audit, "A-1"))["decision"] == "accept"
    assert found["reason"] == f"{SAME}: It was seen elsewhere in the building where it is recorded."
    [act] = api.get(f"/audits/{audit}/findings/{ids['A-1']}/history").json["items"]
    assert act["about"]["rule"] == SHIPPED[0].to_json()
    page = admin.get(f"/audits/{audit}/findings/{ids['A-1']}").text
    assert f"Accepted: suggested by rule {SAME}" in page

    # A version that the rule no longer has is not taken: the person has read another one.
    body = {"conditions": SHIPPED[0].to_json()["conditions"], "reason": "Same house."}
    changed = api.patch(f"/suggestion-rules/{rule_id(api)}", json=body).json
    assert (changed["version"], changed["active"]) == (2, True)
    answer = api.post(f"/audits/{audit}/decisions", json={"ids": [ids["A-2"]], "rule": SAME})
    assert (answer.status_code, answer.json["code"]) == (409, "nothing_suggested")
    many = {"filter": {"state": "misplaced"}, "rule": "Same building v2"}
    assert api.post(f"/audits/{audit}/decisions", json=many).json == {"decided": 1}

    reject_all(api, audit)
    close(api, audit)
    report = api.get(f"/audits/{audit}/report.json").json
    assert [(r["version"], r["reason"], r["taken"]) for r in report["suggestion_rules"]] == [
        (1, SHIPPED[0].reason, [ids["A-1"]]), (2, "Same house.", [ids["A-2"]]),
    ]  # fmt: skip
    assert both(None, api.get(f"/audits/{audit}/report.json").data, tmp_path) == ""
    report["suggestion_rules"][1]["reason"] = "Another."
    with pytest.raises(Broken, match="rule"):
        check_meaning(report)
    said = both(None, seal_again(report, SigningKey.make()), tmp_path)
    assert said == "decisions: a rule is not what the acts say of it"


def test_many_are_taken_at_once_each_as_its_rule_suggests(api, admin):
    turn_on(api)
    api.post(
        "/suggestion-rules",
        json={
            "name": "Typed", "suggest": "reject", "reason": "A label must be read.",
            "conditions": [{"field": "evidence", "op": "=", "value": "typed"}],
        },
    )  # fmt: skip
    turn_on(api, "Typed")
    audit = reconcile(api)

    data = {"many": "on", "all": "on", "decision": "suggested"}
    answer = admin.post(f"/audits/{audit}/decisions", data=data, follow_redirects=True)

    assert "3 proposals decided as suggested." in answer.text
    decisions = {t: find(api, audit, t)["decision"] for t in ("A-1", "A-2", "A-3", "A-4")}
    assert decisions == {"A-1": "accept", "A-2": "accept", "A-3": None, "A-4": "reject"}
    acts = api.get(f"/audits/{audit}/acts?limit=100").json["items"]
    assert [a["findings"] for a in acts if a["kind"] == "decided"] == [2, 1]
    assert "A-3" not in admin.get(f"/audits/{audit}?suggested=yes").text


def test_a_version_is_never_changed_in_the_database(api, app):
    for statement in (
        "UPDATE suggestion_rule SET reason = 'other'",
        "UPDATE suggestion_rule SET conditions = '[]'",
        "DELETE FROM suggestion_rule",
    ):
        with (
            app.app_context(),
            pytest.raises(DBAPIError, match="cannot be changed"),
            unit_of_work() as session,
        ):
            session.execute(text(statement))
    assert len(api.get("/suggestion-rules").json["items"]) == 4


@pytest.mark.either_database
def test_the_form_reads_words_and_keeps_what_was_typed(admin, api, page_as):
    path = "/audits/suggestion-rules/new"
    typed = {
        "name": "Far", "suggest": "reject", "reason": "Ask first.",
        "field_0": "state", "op_0": "in", "value_0": "Wrong place, missing",
        "field_1": "days_since_move", "op_1": "<", "value_1": "soon",
    }  # fmt: skip
    refused = admin.post(path, data=typed)
    assert refused.status_code == 422
    assert "Days since it was moved is a whole number." in refused.text
    assert 'value="soon"' in refused.text

    assert admin.post(path, data={**typed, "value_1": "3"}).status_code == 303
    new = api.get("/suggestion-rules").json["items"][-1]
    assert new["conditions"] == [
        {"field": "state", "op": "in", "value": ["misplaced", "missing"]},
        {"field": "days_since_move", "op": "<", "value": 3},
    ]
    assert admin.post(path, data={**typed, "value_1": "3"}).status_code == 409
    one = f"/audits/suggestion-rules/{new['id']}"
    assert 'value="Wrong place, Missing"' in admin.get(one).text
    assert admin.post(f"{one}/active", data={"active": "yes"}).status_code == 303
    assert "Far v1 is on." in admin.get("/audits/suggestion-rules").text
    assert "Rule of suggestions changed: Far" in admin.get("/admin/trail").text
    assert page_as("technician").post(f"{one}/active").status_code == 403


@pytest.mark.either_database
def test_a_merged_category_is_named_by_the_next_version(api, work, now):
    named = [{"field": "category", "op": "in", "value": ["Notebook", "Laptop"]}]
    rule = {"name": "Small", "suggest": "accept", "reason": "Small.", "conditions": named}
    made = api.post("/suggestion-rules", json=rule).json["id"]
    api.patch(f"/suggestion-rules/{made}", json={"active": True})
    with work() as session:
        session.add_all([Category(name="Notebook"), Category(name="Laptop")])
        session.flush()
        actor = Actor("user", 1, "Sam", Role.ADMIN, user_id=1)
        merge_categories(session, old="Notebook", new="Laptop", actor=actor, now=now)

    new = api.get("/suggestion-rules").json["items"][-1]
    assert (new["version"], new["active"]) == (2, True)
    assert new["conditions"] == [{"field": "category", "op": "in", "value": ["Laptop"]}]


def test_decisions_teach_by_case_and_person_without_those_of_rules(api, app, page_as):
    turn_on(api)
    audit = reconcile(api)
    _id, mara = person(app, page_as, "auditor", "mara@example.org")
    assert decide(api, audit, "A-3", "reject").status_code == 200
    assert decide(mara, audit, "A-4", "accept").status_code == 200
    ids = [find(api, audit, "A-1")["id"]]
    assert api.post(f"/audits/{audit}/decisions", json={"ids": ids, "rule": SAME}).json["decided"]

    with app.app_context(), reading() as session:
        taught = load_decided(session)
    assert {(one.case.common_place, one.decision, one.times) for one in taught} == {
        (None, "reject", 1), ("building", "accept", 1),
    }  # fmt: skip
    assert len({one.person for one in taught}) == 2
