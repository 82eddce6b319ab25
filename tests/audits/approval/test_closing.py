"""Closing by another person: the rule of the audit, statements and signatures, two at once, kills in the middle."""

from __future__ import annotations

import json
import os
import random
import re
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.acts import StatementOf
from scanner_app.domain.audits.checking import check_meaning
from scanner_app.domain.audits.policy import POLICY, offer_policy, read_policy, show_rules
from scanner_app.domain.errors import Invalid
from scanner_app.domain.seals.chain import Link, find_breaks
from scanner_app.domain.seals.check import Broken
from scanner_app.edge.report_files import close_with_key
from scanner_app.models import User
from scanner_app.services.access import tokens
from scanner_app.storage.database import db, reading, unit_of_work
from tests.audits.conftest import fill_office
from tests.audits.reconciling.test_matches import match
from tests.audits.steps import close, decide, open_audit, reject_all, scan
from tests.conftest import ApiClient

ROOT = Path(__file__).resolve().parents[3]
SIGNATURE = {"w": 1200, "h": 400, "strokes": [[[100 + 20 * n, 200 + n % 7] for n in range(40)]]}
STATED = {"statement": "I reviewed the findings."}


@pytest.fixture
def contents():
    return fill_office


def reconcile(api, **policy: str) -> int:
    audit = open_audit(api, policy=policy)
    stated = STATED if policy.get("statements") == "typed" else {}
    assert api.post(f"/audits/{audit}/reconciliation", json=stated).status_code == 200
    reject_all(api, audit)
    return audit


def person(app, page_as, role: str, email: str) -> tuple[int, ApiClient]:
    """Return a user's id, and a program that they own."""
    page_as(role, email)
    user = find_user(app, email)
    with app.app_context(), unit_of_work() as session:
        token = tokens.add_token(
            session, name=email, role=Role(role), created_by="test", now=datetime.now(UTC),
            owner_id=user,
        )  # fmt: skip
    return user, ApiClient(app.test_client(), token.secret)


def find_user(app, email: str) -> int:
    with app.app_context(), reading() as session:
        return session.scalars(select(User.id).where(User.email == email)).one()


def unread(page) -> int:
    """Return how many notices somebody has not read, as the bell says."""
    found = re.search(r'aria-label="Notices: (\d+) unread"', page.get("/account").text)
    return int(found[1]) if found else 0


class TestPolicy:
    def test_has_every_key_with_its_default_and_refuses_other_values(self):
        assert read_policy({}) == {
            "place_depth": "exact", "approver": "anyone", "statements": "none",
            "drawn_signature": "no", "second_count": "none",
        } | {key: row.default for key, row in POLICY.items()}  # fmt: skip
        with pytest.raises(Invalid) as error:
            read_policy({"approver": "me", "statements": "typed"})
        assert list(error.value.errors) == ["policy.approver"]

    def test_offers_another_person_only_where_there_is_one(self):
        assert offer_policy(others_may_close=True)["approver"] == "not_a_counter"
        assert offer_policy(others_may_close=False)["approver"] == "anyone"
        assert offer_policy(others_may_close=False)["statements"] == "typed"

    def test_stands_in_the_docs(self):
        assert show_rules() in (ROOT / "docs" / "audits.md").read_text()


@pytest.mark.either_database
class TestRule:
    def test_of_the_audit_bars_a_counter_and_a_decider_by_person(self, app, api, page_as):
        _, counter = person(app, page_as, "auditor", "counter@example.org")
        _, decider = person(app, page_as, "auditor", "decider@example.org")
        _, matcher = person(app, page_as, "auditor", "matcher@example.org")
        _, free = person(app, page_as, "approver", "free@example.org")
        audit = open_audit(api, policy={"approver": "not_a_counter_nor_decider"})
        scan(counter, "B-1", audit, "R-1")
        scan(counter, "NOBODYS-7", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        assert match(matcher, audit, "NOBODYS-7", "B-1").status_code == 200
        decide(decider, audit, "B-1", "reject")
        reject_all(api, audit)

        answers = [
            one.post(f"/audits/{audit}/closure") for one in (counter, decider, matcher, free)
        ]

        assert [answer.status_code for answer in answers] == [409, 409, 409, 200]
        assert {answer.json["code"] for answer in answers[:3]} == {"second_person_required"}
        report = json.loads(api.get(f"/audits/{audit}/report.json").data)
        assert report["policy"]["approver"] == "not_a_counter_nor_decider"
        check_meaning(report)


@pytest.mark.either_database
class TestStatements:
    def test_are_needed_at_both_ends_where_the_policy_says_so(self, api):
        audit = open_audit(api, policy={"statements": "typed", "drawn_signature": "yes"})

        refused = [api.post(f"/audits/{audit}/reconciliation")]
        assert api.post(f"/audits/{audit}/reconciliation", json=STATED).status_code == 200
        reject_all(api, audit)
        refused += [
            api.post(f"/audits/{audit}/closure"),
            api.post(f"/audits/{audit}/closure", json=STATED),
            api.post(f"/audits/{audit}/closure", json={**STATED, "signature": {"typed": ""}}),
        ]
        signed = api.post(f"/audits/{audit}/closure", json={**STATED, "signature": SIGNATURE})

        assert [(r.status_code, r.json["code"]) for r in refused] == [
            (422, "statement_required"), (422, "statement_required"),
            (422, "signature_required"), (422, "invalid"),
        ]  # fmt: skip
        assert signed.status_code == 200
        report = json.loads(api.get(f"/audits/{audit}/report.json").data)
        lead, approver = report["statements"]
        assert (lead["as"], lead["signature"]) == (StatementOf.LEAD, None)
        assert (approver["as"], approver["text"]) == ("approver", "I reviewed the findings.")
        assert approver["signature"] == SIGNATURE

    def test_that_were_changed_with_the_houses_own_key_are_named(self, api):
        audit = reconcile(api, statements="typed", drawn_signature="yes")
        api.post(f"/audits/{audit}/closure", json={**STATED, "signature": SIGNATURE})
        text = api.get(f"/audits/{audit}/report.json").data

        def alter(change) -> str:
            report = json.loads(text)
            change(report["statements"])
            with pytest.raises(Broken) as broken:
                check_meaning(report)
            return str(broken.value)

        assert alter(lambda s: s[1].update(text="x")).startswith("decisions: the statement of")
        assert alter(lambda s: s[1]["signature"].update(w=1300)).endswith("is another")
        assert alter(lambda s: s.pop()) == "decisions: a statement is missing"

    def test_and_the_signature_are_on_the_page_and_on_paper(self, api, admin):
        audit = reconcile(api, statements="typed", drawn_signature="yes")
        page = admin.get(f"/audits/{audit}/closure").text
        assert 'name="signature_typed"' in page

        unsigned = admin.post(f"/audits/{audit}/closure", data={"statement": "All was <seen>."})
        assert unsigned.status_code == 422
        assert "All was &lt;seen&gt;." in unsigned.text
        assert "this audit asks for a signature" in unsigned.text
        unticked = {"statement": "x", "signature_typed": "Ada Admin"}
        assert admin.post(f"/audits/{audit}/closure", data=unticked).status_code == 422
        form = {"statement": "All was <seen>.", "signature": json.dumps(SIGNATURE)}
        assert admin.post(f"/audits/{audit}/closure", data=form).status_code == 303

        report = admin.get(f"/audits/{audit}").text
        assert "All was &lt;seen&gt;." in report
        assert 'aria-label="Signature of Admin"' in report
        assert admin.get(f"/audits/{audit}/report.pdf").data.startswith(b"%PDF")


@pytest.mark.either_database
class TestRequest:
    def test_stands_on_the_start_page_until_something_changes(self, app, api, page_as):
        eve, auditor = page_as("approver", "eve@example.org"), page_as("auditor")
        audit = reconcile(api, approver="not_a_counter")
        form = {"approver": find_user(app, "eve@example.org"), "comment": "all rooms done"}

        sent = auditor.post(f"/audits/{audit}/approval-requests", data=form)
        assert sent.status_code == 303
        home = eve.get("/").text
        assert "waits for your approval" in home
        assert "all rooms done" in home
        assert "waits for your approval" not in auditor.get("/").text
        assert "waits for the approval of" in auditor.get(f"/audits/{audit}").text

        eve.post(f"/audits/{audit}/approval-returns", data={"comment": "look at B-1 again"})
        assert "waits for your approval" not in eve.get("/").text
        assert "look at B-1 again" in auditor.get(f"/audits/{audit}").text

        auditor.post(f"/audits/{audit}/approval-requests", data=form)
        assert "waits for your approval" in eve.get("/").text
        decide(api, audit, "B-1", "accept")
        assert "waits for your approval" not in eve.get("/").text
        again = api.post(f"/audits/{audit}/approval-returns", json={"comment": "x"})
        assert (again.status_code, again.json["code"]) == (409, "not_sent_for_approval")
        assert api.get(f"/audits/{audit}").json["state"] == "reconciling"

    def test_is_a_notice_until_something_answers_it_and_comes_back_as_one(self, app, api, page_as):
        eve, auditor = page_as("approver", "eve@example.org"), page_as("auditor")
        audit = reconcile(api)
        form = {"approver": find_user(app, "eve@example.org"), "comment": "all rooms done"}

        auditor.post(f"/audits/{audit}/approval-requests", data=form)

        asked = eve.get("/notices").text
        assert "Auditor asks you to close audit “Spring”: all rooms done" in asked
        assert unread(eve) == 1
        assert unread(auditor) == 0
        eve.post(f"/audits/{audit}/approval-returns", data={"comment": "look at B-1 again"})
        assert unread(eve) == 0
        assert "sent audit “Spring” back to you: look at B-1 again" in auditor.get("/notices").text
        assert unread(auditor) == 1
        decide(api, audit, "B-1", "accept")
        assert unread(auditor) == 0
        auditor.post(f"/audits/{audit}/approval-requests", data=form)
        assert unread(eve) == 1
        close(api, audit)
        assert unread(eve) == 0

    def test_is_refused_for_who_counted_who_asks_and_while_something_is_open(
        self, app, api, page_as
    ):
        counted, counter = person(app, page_as, "auditor", "counter@example.org")
        technician, _ = person(app, page_as, "technician", "tech@example.org")
        audit = open_audit(api, policy={"approver": "not_a_counter"})
        scan(counter, "B-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")

        def send(by, to: int):
            answer = by.post(f"/audits/{audit}/approval-requests", json={"approver": to})
            return answer.status_code, answer.json.get("code")

        assert send(api, counted) == (409, "undecided_findings")
        reject_all(api, audit)
        assert send(api, counted) == (409, "second_person_required")
        assert send(counter, counted) == (422, "invalid")
        assert send(api, technician) == (422, "invalid")
        kinds = [act["kind"] for act in api.get(f"/audits/{audit}/acts").json["items"]]
        assert "sent_for_approval" not in kinds


class TestOneClosure:
    def test_of_two_approvers_at_once(self, api, api_as):
        audit = reconcile(api)
        clients = [api_as("approver"), api_as("approver")]

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda c: c.post(f"/audits/{audit}/closure"), clients))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert [a.json["code"] for a in answers if a.status_code == 409] == ["audit_closed"]
        assert [seal["number"] for seal in api.get("/seals").json["items"]] == [1]

    def test_whole_or_none_of_a_process_killed_at_20_random_points(self, api, app):
        first = reconcile(api)
        statements = _count_statements(lambda: close(api, first))
        audit = reconcile(api)
        points = random.Random(21).sample(range(1, statements + 1), min(20, statements))

        for point in points:
            assert _close_and_die(app, audit, point), point
            assert api.get(f"/audits/{audit}").json["state"] == "reconciling"
            assert len(api.get("/seals").json["items"]) == 1

        close(api, audit)
        items = api.get("/seals").json["items"]
        links = [Link(s["number"], s["sha256"], s["previous_sha256"]) for s in items]
        assert [link.number for link in links] == [1, 2]
        assert list(find_breaks(links, from_first=True)) == []


def _count_statements(work) -> int:
    """Return how many statements write while some work is done."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    first = next(n for n, text in enumerate(seen) if "FOR UPDATE" in text or "audit" in text)
    last = max(n for n, text in enumerate(seen) if text.startswith("INSERT"))
    return last - first


def _close_and_die(app, audit: int, point: int) -> bool:
    """Close an audit in a forked process that kills itself at one statement; return if it died."""
    child = os.fork()
    if child == 0:
        try:
            with app.test_request_context():
                db.engine.dispose(close=False)  # the parent's connections are the parent's
                seen = 0

                def live(*_given) -> None:
                    nonlocal seen
                    seen += 1
                    if seen == point:
                        os.kill(os.getpid(), signal.SIGKILL)

                event.listen(db.engine, "before_cursor_execute", live)
                now = datetime.now(UTC)
                close_with_key(audit, Actor("user", 99, "Eve", Role.ADMIN, user_id=99), now)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
