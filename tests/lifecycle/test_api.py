"""Tasks and facts for programs."""

from __future__ import annotations

import uuid

import pytest

from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.storage.database import unit_of_work
from tests.custody.steps import ANA, START, make

pytestmark = pytest.mark.either_database


@pytest.fixture
def deployment(app, desk, post):
    with app.app_context(), unit_of_work() as session:
        save_checklist(
            session,
            kind=ChecklistKind.DEPLOYMENT,
            category="",
            text="Asset [scan]\nDisk [fact: encrypted = yes]\nTraining [signature]",
            actor=ANA,
            now=START,
        )
    post(make("LT-1", "deploy", minute=1))


def answer(api, number: str, **body):
    return api.post(f"/tasks/{number}/answers", json={"id": str(uuid.uuid4()), **body})


def report(api, **body):
    one = {"observed_at": "2026-03-03T08:00:00Z", "facts": {"encrypted": True}, **body}
    return api.post("/facts", json={"source": "intune", "items": [one]})


def test_a_program_proves_and_ends_a_deployment(api, deployment):
    [task] = api.get("/tasks?kind=deployment&asset=LT-1").json["items"]
    number = task["number"]
    scan = {
        "scan_id": str(uuid.uuid4()),
        "code": "LT-1",
        "intent": "lookup",
        "scanned_at": "2026-03-02T10:00:00Z",
    }
    assert api.post("/scans", json={"scans": [scan]}).status_code == 200

    early = api.patch(f"/tasks/{number}", json={"state": "done"})
    wrong = answer(api, number, item="i1", scan=str(uuid.uuid4()))
    answer(api, number, item="i1", scan=scan["scan_id"])
    answer(api, number, item="i3", signature={"typed": "Dana"})
    told = report(api, asset_tag="LT-1").json
    done = api.patch(f"/tasks/{number}", json={"state": "done", "outcome": "On the desk"})

    assert (early.status_code, early.json["code"]) == (409, "open_items")
    assert wrong.status_code == 422
    assert told == {"items": ["recorded"]}
    assert done.json["state"] == "done"
    assert [item["is_done"] for item in done.json["items"]] == [True] * 3
    assert [fact["name"] for fact in api.get("/assets/LT-1/facts").json["items"]] == ["encrypted"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"asset_tag": "NOPE"}, 200),
        ({}, 422),
        ({"asset_tag": "LT-1", "serial": "S"}, 422),
        ({"asset_tag": "LT-1", "facts": {}}, 422),
        ({"asset_tag": "LT-1", "facts": {"encrypted": None}}, 422),
        ({"asset_tag": "LT-1", "facts": {"encrypted": [1]}}, 422),
        ({"asset_tag": "LT-1", "facts": {"os": "a\u0000"}}, 422),
        ({"asset_tag": "LT-1", "observed_at": "9999-12-31T23:59:59Z"}, 422),
    ],
)
def test_reports_that_cannot_be_used_are_refused(api, desk, body, status):
    answered = report(api, **body)

    assert answered.status_code == status
    if status == 200:
        assert answered.json == {"items": ["unknown_device"]}


def test_a_follow_up_is_opened_once(api, desk):
    body = {"id": str(uuid.uuid4()), "title": "Find the charger", "items": "Ask Ana"}

    numbers = {api.post("/tasks", json=body).json["number"] for _ in range(2)}

    assert len(numbers) == 1
    assert api.get("/tasks/F99999").status_code == 404
