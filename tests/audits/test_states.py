"""What may be done to an audit in each of its states, by people and by scans."""

from __future__ import annotations

import pytest

from tests.audits.steps import decide, later, open_audit, reject_all, scan, state_of

# What each call answers, by the state in which it comes: the steps of docs/audits.md.
CALLS = """
call            draft            counting         reconciling      closed        cancelled
counting        200              409_wrong_state  200              409_audit_closed 409_wrong_state
reconciliation  409_wrong_state  200              409_wrong_state  409_audit_closed 409_wrong_state
closure         409_wrong_state  409_wrong_state  200              409_audit_closed 409_wrong_state
cancellation    200              200              200              409_audit_closed 409_wrong_state
revision        409_not_closed   409_not_closed   409_not_closed   201              409_not_closed
decision        none             409_not_reconciling 200           409_audit_closed 409_not_reconciling
"""
STATES = CALLS.split("\n")[1].split()[1:]
ANSWERS = {line.split()[0]: line.split()[1:] for line in CALLS.strip().splitlines()[1:]}
# Who counts when: a scan that was made while the audit counted is taken until it is closed, whenever
# it arrives. One that was made at another time is kept, refused, and changes no finding.
INTENTS = {"sighting": {}, "move": {}, "check_out": {"custodian": "1002"}, "check_in": {}}


def bring_to(api, state: str) -> int:
    """Return an audit in this state; B-1 was counted in the wrong room before it left counting."""
    if state == "draft":
        body = {"name": "Spring", "scope": {"locations": ["HQ"]}}
        return api.post("/audits", json=body).json["id"]
    audit = open_audit(api)
    scan(api, "B-1", audit, "R-1")
    if state in {"reconciling", "closed"}:
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
    if state == "closed":
        assert api.post(f"/audits/{audit}/closure").status_code == 200
    if state == "cancelled":
        assert call(api, audit, "cancellation") == "200"
    assert api.get(f"/audits/{audit}").json["state"] == state
    return audit


def call(api, audit: int, name: str) -> str:
    if name == "decision":
        answer = decide(api, audit, "B-1", "reject", "no")
    else:
        body = {"reason": "the wrong floor"} if name == "cancellation" else None
        answer = api.post(f"/audits/{audit}/{name}", json=body)
    code = "" if answer.status_code < 400 else f"_{answer.json['code']}"
    return f"{answer.status_code}{code}"


# The states are the same whatever the database is; only locks differ.
@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.usefixtures("office")
class TestStates:
    @pytest.mark.parametrize("state", STATES)
    def test_allow_the_calls_of_their_column(self, api, state):
        column = STATES.index(state)
        told = {}
        for name, answers in ANSWERS.items():
            if answers[column] != "none":
                told[name] = call(api, bring_to(api, state), name)

        assert told == {n: a[column] for n, a in ANSWERS.items() if a[column] != "none"}

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("in_time", [True, False], ids=["made in time", "made now"])
    def test_take_scans_and_undos_that_were_made_in_time(self, api, state, in_time):
        audit = bring_to(api, state)
        counts = state == "counting" or (state == "reconciling" and in_time)
        when = {} if in_time else {"scanned_at": later()}
        counted = api.get(f"/scans?audit={audit}").json["items"]
        before = api.get(f"/audits/{audit}/findings").json["items"]

        for intent, fields in INTENTS.items():
            told = scan(api, "A-2", audit, "R-1", minute=1, intent=intent, **fields, **when)
            assert (told["refusal"] == "audit_not_counting") is not counts, intent
            assert (told["finding"] is not None) is counts, intent
        for target in counted:
            undo = scan(api, "B-1", audit, None, intent="void", voids=target["scan_id"], **when)
            assert undo["outcome"] == ("applied" if counts else "refused")
        looked_up = scan(api, "A-3", audit, "R-2", minute=2, intent="lookup", **when)

        assert looked_up["finding"] is None
        if counts:
            assert [state_of(api, audit, tag)[0] for tag in ("A-2", "A-3", "B-1")] == [
                "verified",
                "missing",
                "missing",
            ]
        else:
            assert api.get(f"/audits/{audit}/findings").json["items"] == before
