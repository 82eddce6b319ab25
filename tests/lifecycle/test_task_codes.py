"""The code of a task, scanned: it says which task it is, and is not a label."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.models import Scan
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.services.lifecycle.tasks import open_follow_up
from scanner_app.storage.database import reading, unit_of_work
from tests.audits.steps import scan
from tests.custody.steps import ANA, START

OURS = "http://localhost/t/"
INTENTS = ("lookup", "sighting", "move", "check_out", "repair", "deploy", "issue", "receive")


@pytest.fixture
def task(app, desk) -> str:
    with app.app_context(), unit_of_work() as session:
        found = open_follow_up(session, key="k", title="Look at it", actor_name="Eve", now=START)
    return f"F{found}"


@pytest.mark.parametrize("intent", INTENTS)
def test_says_which_it_is_whatever_the_scan_was_to_do(api, task, intent):
    result = scan(api, f"{OURS}{task.lower()}", None, intent=intent)

    assert (result["outcome"], result["kind"], result["answer"]) == ("noted", "task", "fine")
    assert result["task"] == {
        "number": task,
        "kind": "follow_up",
        "state": "open",
        "title": "Look at it",
        "page": f"/tasks/{task}",
        "is_open": True,
    }
    assert result["message"] == f"Look at it ({task}) is open."
    assert result["asset"] is None


def test_of_no_task_is_refused_and_is_not_an_unknown_label(app, api, desk):
    for number in ("M999", "X1", "F0", "F99999999999"):
        result = scan(api, f"{OURS}{number}", None, intent="lookup")
        assert (result["outcome"], result["refusal"]) == ("refused", "unknown_task")
    with app.app_context(), reading() as session:
        assert {one.value for one in session.scalars(select(Scan.outcome))} == {"refused"}


def test_is_told_to_programs_and_found_by_the_search(api, admin, task):
    told = api.get(f"/identify?code={OURS}{task}").json

    assert (told["kind"], told["identifier"]) == ("task", {"scheme": "task", "value": task})
    assert told["task"] == {
        "kind": "follow_up",
        "name": "Look at it",
        "number": task,
        "status": "open",
    }
    assert api.get(f"/identify?code={OURS}M999").json["kind"] == "task"
    assert admin.get(f"/search?q={OURS}{task}").headers["Location"] == f"/tasks/{task}"


@pytest.mark.parametrize("intent", ["deploy", "repair"])
def test_a_phone_knows_what_the_server_says_of_an_asset_with_an_open_task(
    app, api, desk, page_as, intent
):
    with app.app_context(), unit_of_work() as session:
        text = "Install\nEncrypt"
        kind = ChecklistKind.DEPLOYMENT
        save_checklist(session, kind=kind, category="", text=text, actor=ANA, now=START)
    first = scan(api, "LT-1", None, location=None, minute=0, intent=intent)
    assert first["refusal"] is None, first

    kept = page_as("technician").get("/scan/expected.json").json
    again = scan(api, "LT-1", None, location=None, minute=1, intent=intent)

    [task] = kept["tasks"]
    assert (task["intent"], task["said"]) == (intent, again["message"])
    assert "LT-1" in task["keys"]
    assert task["number"] in again["message"]
    told = scan(api, f"{OURS}{task['number']}", None, location=None, minute=2)["message"]
    assert kept["sentences"]["task"].format(**task) == told
