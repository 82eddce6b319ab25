"""Retiring by scan: what is refused, the task that it opens, and the order of arrival."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.models import Task
from scanner_app.services.lifecycle.answers import answer_item
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.storage.database import reading, unit_of_work
from tests.custody.steps import START, load_asset, make
from tests.disposal.steps import ALICE, TOM, at


@pytest.fixture
def tasks(app, desk):
    def load():
        with app.app_context(), reading() as session:
            rows = session.scalars(select(Task).order_by(Task.id)).all()
            return [(one.kind.value, one.state.value, one.outcome) for one in rows]

    return load


@pytest.fixture
def checklist(app, desk):
    with app.app_context(), unit_of_work() as session:
        save_checklist(
            session,
            kind=ChecklistKind.RETIREMENT,
            category="",
            text="Data is moved\n? Label taken off",
            actor=ALICE,
            now=START,
        )


class TestRetiring:
    def test_opens_a_task_and_its_undo_cancels_it(self, app, post, tasks, checklist):
        scan = make("LT-1", "retire", minute=1)
        [answer] = post(scan, actor=ALICE)
        retired = load_asset(app, "LT-1").status

        [undone] = post(make("LT-1", "void", minute=2, voids=scan.scan_id), actor=ALICE)

        assert (answer.outcome, retired) == ("applied", Stage.RETIRED)
        assert "is retired" in answer.message
        assert undone.outcome == "applied"
        assert load_asset(app, "LT-1").status is Stage.IN_STOCK
        assert tasks() == [("retirement", "cancelled", "The asset is no longer retired.")]

    def test_of_what_somebody_has_is_refused(self, app, post, tasks):
        post(make("LT-1", "check_out", minute=1, custodian="1001"), actor=ALICE)

        refused, back, done = post(
            make("LT-1", "retire", minute=2),
            make("LT-1", "check_in", minute=3),
            make("LT-1", "retire", minute=4),
            actor=ALICE,
        )

        assert refused.refusal == "already_checked_out"
        assert "Check it in first" in refused.message
        assert (back.outcome, done.outcome) == ("applied", "applied")
        assert [row[:2] for row in tasks()] == [("retirement", "open")]

    def test_is_for_roles_that_dispose(self, app, post, tasks):
        [answer] = post(make("LT-1", "retire", minute=1), actor=TOM)

        assert answer.refusal == "not_your_role"
        assert load_asset(app, "LT-1").status is Stage.IN_STOCK
        assert tasks() == []

    def test_ends_the_maintenance_of_what_cannot_be_repaired(self, post, tasks):
        post(make("LT-1", "repair", minute=1), make("LT-1", "retire", minute=2), actor=ALICE)

        assert tasks() == [
            ("maintenance", "done", "Not repairable: retired."),
            ("retirement", "open", None),
        ]

    @pytest.mark.parametrize("late", ["retire", "check_out"])
    def test_gives_the_same_whatever_order_the_scans_arrive_in(self, app, post, tasks, late):
        scans = {
            "check_out": make("LT-1", "check_out", minute=1, custodian="1001"),
            "retire": make("LT-1", "retire", minute=10),
        }
        newest = max(scan.scanned_at for scan in scans.values())
        first = next(scan for name, scan in scans.items() if name != late)

        post(first, actor=ALICE, now=at(600))
        post(scans[late], actor=ALICE, now=at(601))

        # Somebody had it at that time, so it was never retired.
        assert newest == scans["retire"].scanned_at
        assert load_asset(app, "LT-1").status is Stage.IN_USE
        assert [row[1] for row in tasks()] in ([], ["cancelled"])

    def test_is_done_once_its_items_are(self, app, admin, post, tasks, checklist):
        post(make("LT-1", "retire", minute=1), actor=ALICE)
        early = admin.post("/tasks/R1/state", data={"state": "done"})
        with app.app_context(), unit_of_work() as session:
            answer_item(
                session,
                task_id=1,
                uuid=uuid.uuid4(),
                item_key="i1",
                is_ticked=True,
                note="",
                actor=ALICE,
                now=at(2),
            )

        done = admin.post("/tasks/R1/state", data={"state": "done"})

        assert (early.status_code, done.status_code) == (409, 303)
        assert "Data is moved" in early.text
        assert tasks() == [("retirement", "done", None)]
