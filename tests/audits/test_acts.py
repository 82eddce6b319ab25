"""Every step of an audit is an act: named, timed, kept; and who may close is judged by person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from scanner_app.domain.access.roles import Role
from scanner_app.domain.audits.acts import ACT_KINDS, ActKind, show_act
from scanner_app.domain.audits.approver import Approver, refuse_approver, strictest
from scanner_app.edge.state import app_state
from scanner_app.queries.audits.acts import list_counting_spans
from scanner_app.services.access import tokens
from scanner_app.storage.database import reading, unit_of_work
from tests.audits.steps import close, decide, find, open_audit, reject_all, scan
from tests.conftest import NOW, ApiClient


def acts_of(api, audit: int, path: str = "acts") -> list[dict]:
    items, cursor = [], None
    while True:
        more = f"&cursor={cursor}" if cursor else ""
        answer = api.get(f"/audits/{audit}/{path}?limit=3{more}").json
        items += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            return items


class TestWords:
    def test_every_kind_has_its_row(self):
        assert set(ACT_KINDS) == set(ActKind)

    def test_a_decision_of_many_says_how_many(self):
        assert show_act(ActKind.DECIDED, {"decision": "accept"}, 1204) == "Accepted: 1,204 findings"
        assert show_act(ActKind.DECIDED, {"decision": "reject"}, 1) == "Rejected"


class TestApprover:
    @pytest.mark.parametrize(
        ("rule", "person", "is_refused"),
        [
            (Approver.ANYONE, None, False),
            (Approver.ANYONE, "user:1", False),
            (Approver.NOT_A_COUNTER, None, True),
            (Approver.NOT_A_COUNTER, "user:1", True),
            (Approver.NOT_A_COUNTER, "user:2", False),
            (Approver.NOT_A_COUNTER_NOR_DECIDER, "user:2", True),
            (Approver.NOT_A_COUNTER_NOR_DECIDER, "user:3", False),
        ],
    )
    def test_is_judged_by_person(self, rule, person, is_refused):
        refusal = refuse_approver(rule, person, counters={"user:1"}, deciders={"user:2"})

        assert (refusal is not None) is is_refused

    def test_the_strictest_rule_wins(self):
        assert strictest(Approver.NOT_A_COUNTER, Approver.ANYONE) is Approver.NOT_A_COUNTER


@pytest.mark.usefixtures("office")
class TestTrail:
    def test_holds_every_step_in_order_and_nothing_overwrites_an_earlier_one(self, api):
        audit = open_audit(api)
        scan(api, "B-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        decide(api, audit, "B-1", "reject", "it belongs there")
        decide(api, audit, "B-1", "accept", "no, it moved")
        api.post(f"/audits/{audit}/counting")
        scan(api, "B-1", audit, "R-2", minute=5)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)

        acts = acts_of(api, audit)

        kinds = [act["kind"] for act in acts]
        assert kinds[:5] == ["created", "frozen", "counting_started", "counting_ended", "decided"]
        assert kinds[5:9] == [
            "decided", "counting_resumed", "counting_ended", "decision_reopened",
        ]  # fmt: skip
        assert kinds[-2:] == ["closed", "sealed"]
        population = api.get(f"/audits/{audit}").json["population"]
        assert acts[1]["about"] == {"population": {"count": 6, "sha256": population["sha256"]}}
        assert {act["actor"].partition(":")[0] for act in acts} == {"token"}
        history = acts_of(api, audit, f"findings/{find(api, audit, 'B-1')['id']}/history")
        assert [(act["kind"], act["text"]) for act in history] == [
            ("decided", "it belongs there"),
            ("decided", "no, it moved"),
            ("decision_reopened", None),
        ]
        assert api.get(f"/audits/{audit}/findings/999/history").status_code == 404

    def test_keeps_each_span_of_counting(self, api, app):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")
        api.post(f"/audits/{audit}/counting")
        with app.app_context(), reading() as session:
            spans = list_counting_spans(session, audit)
        assert [end is None for _start, end in spans] == [False, True]

        api.post(f"/audits/{audit}/reconciliation")

        with app.app_context(), reading() as session:
            ended = list_counting_spans(session, audit)
        assert ended[0] == spans[0]
        assert ended[1][0] == spans[1][0]
        assert ended[1][1] is not None

    def test_a_decision_of_many_findings_is_one_act(self, api, admin):
        audit = open_audit(api)
        api.post(f"/audits/{audit}/reconciliation")

        admin.post(
            f"/audits/{audit}/decisions",
            data={"all": "on", "decision": "reject", "reason": "all in the van"},
        )

        [act] = [act for act in acts_of(api, audit) if act["kind"] == "decided"]
        assert act["findings"] == 6
        assert act["actor"].startswith("user:")
        assert act["person"] == act["actor"]
        shown = admin.get(f"/audits/{audit}/findings/{find(api, audit, 'A-1')['id']}").text
        assert "Rejected: 6 findings" in shown
        assert "all in the van" in shown
        assert "Rejected: 6 findings" in admin.get(f"/audits/{audit}/acts").text
        assert "Counting started" in admin.get(f"/audits/{audit}").text


# Who may do what is the same whatever the database is.
@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("office")
class TestCancelling:
    def test_of_a_counted_audit_needs_a_reason_and_of_a_draft_none(self, api, admin):
        audit = open_audit(api)

        refused = api.post(f"/audits/{audit}/cancellation")
        assert (refused.status_code, set(refused.json["errors"])) == (422, {"reason"})
        assert api.get(f"/audits/{audit}").json["state"] == "counting"
        answer = admin.post(f"/audits/{audit}/cancellation", data={}, follow_redirects=True)
        assert "Enter why this audit is cancelled." in answer.text
        accepted = api.post(f"/audits/{audit}/cancellation", json={"reason": "wrong floor"})

        assert accepted.json["state"] == "cancelled"
        kinds = [(act["kind"], act["text"]) for act in acts_of(api, audit)]
        assert kinds[-2:] == [("cancelled", "wrong floor"), ("sealed", None)]
        body = {"name": "Later", "scope": {}}
        draft = api.post("/audits", json=body).json["id"]
        assert api.post(f"/audits/{draft}/cancellation").status_code == 200

    def test_a_trail_tells_nothing_to_who_counts_blind(self, api, page_as):
        audit = open_audit(api, blind=True)
        technician = page_as("technician")

        assert technician.get(f"/audits/{audit}/acts").status_code == 403
        assert "Expected list frozen" not in technician.get(f"/audits/{audit}").text


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("office")
class TestPersons:
    def test_who_counted_by_a_token_cannot_close_by_account(self, api, app, admin):
        """Another token, another role or an account of the same person helps nobody."""
        owned = own_token(app)
        audit = open_audit(api)
        scan(owned, "A-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        need_two(app)

        by_account = admin.post(f"/audits/{audit}/closure", follow_redirects=True)
        by_second_token = own_token(app).post(f"/audits/{audit}/closure")
        by_program = api.post(f"/audits/{audit}/closure")

        assert "You counted in this audit" in by_account.text
        assert by_second_token.json["code"] == "second_person_required"
        assert by_program.json["code"] == "second_person_required"
        assert "A program that no person owns" in by_program.json["detail"]
        assert api.get(f"/audits/{audit}").json["state"] == "reconciling"

    def test_somebody_else_closes_and_the_trail_names_account_and_person(self, api, app, page_as):
        page_as("admin")
        owned = own_token(app)
        audit = open_audit(owned)
        scan(owned, "A-1", audit, "R-1")
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        need_two(app)

        page_as("approver").post(f"/audits/{audit}/closure")

        acts = acts_of(api, audit)
        assert acts[-1]["kind"] == "sealed"
        assert (acts[0]["actor"].split(":")[0], acts[0]["person"]) == ("token", "user:1")
        assert (acts[-1]["person"], acts[-1]["role"], acts[-1]["actor_name"]) == (
            "user:2", "approver", "Approver",
        )  # fmt: skip


def own_token(app) -> ApiClient:
    """Return a program whose token the first user owns."""
    with app.app_context(), unit_of_work() as session:
        token = tokens.add_token(
            session, name="gate", role=Role.ADMIN, created_by="test", now=NOW, owner_id=1
        )
    return ApiClient(app.test_client(), token.secret)


def need_two(app) -> None:
    app_state(app).settings = replace(app_state(app).settings, closure_needs_two=True)
