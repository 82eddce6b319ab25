"""Maintenances: opened and closed by scans, whatever the order in which these arrive."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Conflict
from scanner_app.domain.lifecycle.tasks import TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Task
from scanner_app.services.lifecycle.answers import answer_item
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.services.lifecycle.tasks import open_follow_up, step_task
from scanner_app.storage.database import reading, unit_of_work
from tests.access.test_trail import read_trail
from tests.custody.steps import ANA, START, load_asset, make


@pytest.fixture
def tasks(app, desk):
    def load():
        with app.app_context(), reading() as session:
            rows = session.scalars(select(Task).order_by(Task.id)).all()
            return [(t.id, t.state.value, t.started_at, t.closed_at, t.outcome) for t in rows]

    return load


@pytest.fixture
def checklist(app, desk):
    with app.app_context(), unit_of_work() as session:
        save_checklist(session, category="", text="Clean\n? Polish", actor=ANA, now=START)


@pytest.fixture
def tick(app, desk):
    def answer(task_id: int, key: str = "i1", *, is_ticked: bool = True, the_uuid=None):
        with app.app_context(), unit_of_work() as session:
            answer_item(
                session,
                task_id=task_id,
                uuid=the_uuid or uuid.uuid4(),
                item_key=key,
                is_ticked=is_ticked,
                note="",
                actor=ANA,
                now=START,
            )

    return answer


def at(minute: float):
    return START + timedelta(minutes=minute)


class TestMaintenance:
    # Scenario 7 of the lifecycle: with Dana; repaired from 10:00 to 15:00, in any order of arrival.
    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_is_one_of_five_hours_and_keeps_its_holder(self, app, post, tasks, order):
        scans = [
            make("LT-1", "check_out", minute=1, custodian="1001"),
            make("LT-1", "repair", minute=60),
            make("LT-1", "restore", minute=360),
        ]

        for index in order:
            post(scans[index], now=at(600))

        [(_id, state, started_at, closed_at, outcome)] = tasks()
        asset = load_asset(app, "LT-1")
        assert (asset.status, asset.custodian_id is not None) == (Stage.IN_USE, True)
        assert (state, closed_at - started_at, outcome) == ("done", timedelta(hours=5), "Restored.")

    def test_begins_with_a_damaged_return_and_ends_with_a_check_in(self, post, tasks):
        post(
            make("LT-1", "check_out", minute=1, custodian="1001"),
            make("LT-1", "check_in", minute=5, condition="damaged"),
        )
        begun = tasks()

        post(make("LT-1", "check_in", minute=9))

        assert [row[1:4] for row in begun] == [("open", at(5), None)]
        assert [row[1:] for row in tasks()] == [("done", at(5), at(9), "Checked in.")]

    def test_is_a_task_each_time(self, post, tasks):
        post(
            *(
                make("LT-1", name, minute=n)
                for n, name in enumerate(["repair", "restore"] * 2, start=1)
            )
        )

        assert [row[1:4] for row in tasks()] == [("done", at(1), at(2)), ("done", at(3), at(4))]

    def test_goes_when_its_scan_is_undone(self, app, post, tasks):
        scan = make("LT-1", "repair", minute=5)
        post(scan)

        post(make("LT-1", "void", minute=6, voids=scan.scan_id))

        assert [row[1] for row in tasks()] == ["cancelled"]
        assert load_asset(app, "LT-1").status is Stage.IN_STOCK

    def test_that_has_an_answer_is_not_undone(self, app, post, tasks, checklist, tick):
        scan = make("LT-1", "repair", minute=5)
        post(scan)
        tick(tasks()[0][0])

        [answer] = post(make("LT-1", "void", minute=6, voids=scan.scan_id))

        assert answer.refusal == "task_has_work"
        assert load_asset(app, "LT-1").status is Stage.IN_MAINTENANCE

    def test_is_not_over_before_its_required_items_are_ticked(
        self, app, post, tasks, checklist, tick
    ):
        post(make("LT-1", "repair", minute=5))
        [refused] = post(make("LT-1", "restore", minute=6))
        task_id = tasks()[0][0]
        tick(task_id)
        tick(task_id, is_ticked=False)
        [again] = post(make("LT-1", "restore", minute=7))
        tick(task_id)

        [done] = post(make("LT-1", "restore", minute=8))

        assert (refused.refusal, again.refusal, done.refusal) == ("open_items", "open_items", None)
        assert [row[1] for row in tasks()] == ["done"]

    def test_is_not_ended_by_hand_while_it_runs(self, app, post, tasks):
        post(make("LT-1", "repair", minute=5))

        with app.app_context(), unit_of_work() as session, pytest.raises(Conflict) as caught:
            step_task(
                session,
                task_id=tasks()[0][0],
                wanted=TaskState.DONE,
                outcome="",
                actor=ANA,
                now=at(6),
            )

        assert caught.value.code == "still_in_maintenance"


class TestFollowUp:
    def test_is_opened_once_for_one_cause(self, app, desk, tasks):
        for _ in range(2):
            with app.app_context(), unit_of_work() as session:
                open_follow_up(
                    session, key="contested:1", title="Who has LT-1?", actor_name="Ana", now=START
                )

        assert [row[1] for row in tasks()] == ["open"]

    def test_takes_one_answer_once(self, app, desk, tick, tasks):
        with app.app_context(), unit_of_work() as session:
            task_id = open_follow_up(session, key="x", title="Count", actor_name="Ana", now=START)
            step_task(
                session,
                task_id=task_id,
                wanted=TaskState.DONE,
                outcome="Found",
                actor=ANA,
                now=at(1),
            )
            step_task(
                session, task_id=task_id, wanted=TaskState.DONE, outcome="", actor=ANA, now=at(2)
            )

        assert [row[1:] for row in tasks()] == [("done", START, at(1), "Found")]


class TestPages:
    def test_show_tick_and_give_away_a_maintenance(self, admin, post, tasks, checklist):
        post(make("LT-1", "repair", minute=5))
        path = f"/tasks/M{tasks()[0][0]}"

        admin.post(f"{path}/answers", data={"item": "i1", "tick": "on", "uuid": str(uuid.uuid4())})
        admin.post(f"{path}/answers", data={"note": "Fan is loud", "uuid": str(uuid.uuid4())})
        admin.post(f"{path}/state", data={"state": "waiting"})
        admin.post(f"{path}/assignee", data={"assignee": "", "due_on": "2031-05-06"})
        text = admin.get(path).text

        assert "ticked by" in text
        assert "Fan is loud" in text
        assert "Waiting" in text
        assert "Maintenance of LT-1 Laptop" in admin.get("/tasks").text
        assert admin.get("/tasks/M999").status_code == 404
        assert f'href="{path}"' in admin.get("/assets/LT-1").text

    def test_refuse_to_end_a_maintenance_that_runs_and_say_what_to_do(self, admin, post, tasks):
        post(make("LT-1", "repair", minute=5))

        answer = admin.post(f"/tasks/M{tasks()[0][0]}/state", data={"state": "done"})

        assert answer.status_code == 409
        assert "Scan it with Restore, or check it in." in answer.text

    def test_set_the_checklist_of_all_categories(self, admin, desk):
        admin.post("/tasks/checklists", data={"category": "", "items": "Clean\n? Polish"})
        wrong = admin.post("/tasks/checklists", data={"category": "Nothing", "items": "Clean"})

        assert "Clean\n? Polish" in admin.get("/tasks/checklists").text
        assert "built-in" not in admin.get("/tasks/checklists").text
        assert wrong.status_code == 422
        assert "No category has this name." in wrong.text
        assert read_trail(admin) == ["Checklist changed: maintenance, all categories"]


def test_a_code_opens_a_task_and_a_delivery_each_on_its_page(app, page_as):
    with app.app_context(), unit_of_work() as session:
        task = open_follow_up(session, key="k", title="Look", actor_name="Eve", now=START)
    admin = page_as("admin")

    assert admin.get(f"/t/F{task}").headers["Location"] == f"/tasks/F{task}"
    assert admin.get(f"/tasks/F{task}/code.svg").mimetype == "image/svg+xml"
    assert f"/tasks/F{task}/code.svg" in admin.get(f"/tasks/F{task}").text
    assert admin.get("/t/F999").status_code == 404
