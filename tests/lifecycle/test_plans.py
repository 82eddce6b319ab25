"""Maintenance that comes back, opened once each turn."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.lifecycle.plans import Due, find_due
from scanner_app.models import Plan, Task
from scanner_app.services.lifecycle.plans import add_plan, open_planned, switch_plan
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.plans import open_due
from tests.access.test_trail import read_trail
from tests.custody.steps import ANA, START, make


class TestDue:
    @pytest.mark.parametrize(
        ("first_on", "next_on", "months", "lead", "today", "due", "after"),
        [
            ("2026-03-31", "2026-03-31", 1, 0, "2026-03-30", None, "2026-03-31"),
            ("2026-03-31", "2026-03-31", 1, 0, "2026-03-31", "2026-03-31", "2026-04-30"),
            ("2026-03-31", "2026-03-31", 1, 7, "2026-03-24", "2026-03-31", "2026-04-30"),
            # Nobody looked for months: the latest turn alone, and the 31st stays the 31st.
            ("2026-01-31", "2026-01-31", 1, 0, "2026-03-31", "2026-03-31", "2026-04-30"),
            ("2026-01-31", "2026-01-31", 1, 0, "2026-04-30", "2026-04-30", "2026-05-31"),
            # The shorter month before does not make it the 28th for good.
            ("2026-01-31", "2026-02-28", 1, 0, "2026-03-01", "2026-02-28", "2026-03-31"),
            ("2024-02-29", "2024-02-29", 12, 0, "2026-03-01", "2026-02-28", "2027-02-28"),
        ],
    )
    def test_is_the_latest_turn(self, first_on, next_on, months, lead, today, due, after):
        found = find_due(
            date.fromisoformat(first_on),
            date.fromisoformat(next_on),
            every_months=months,
            lead_days=lead,
            today=date.fromisoformat(today),
        )

        assert found == Due(due and date.fromisoformat(due), date.fromisoformat(after))


def plan(app, **values):
    with app.app_context(), unit_of_work() as session:
        return add_plan(session, {"name": "Check", **values}, actor=ANA, now=START)


def run(app, day: str) -> int:
    with app.app_context(), unit_of_work() as session:
        today = date.fromisoformat(day)
        return open_planned(session, today=today, now=START + timedelta(days=1))


def read(app):
    with app.app_context(), reading() as session:
        return [
            (one.state.value, one.due_on, one.title)
            for one in session.scalars(select(Task).order_by(Task.id))
        ]


class TestPlans:
    def test_of_months_open_one_task_for_each_asset_and_turn(self, app, desk):
        plan_id = plan(app, every_months="6", next_on="2026-04-01", lead_days="14", items="Look")

        opened = [run(app, day) for day in ("2026-03-17", "2026-03-18", "2026-03-18")]
        with app.app_context(), unit_of_work() as session:
            switch_plan(session, plan_id=plan_id, is_active=False)
        opened.append(run(app, "2027-03-18"))

        assert opened == [0, 5, 0, 0]  # what is missing is not looked after
        assert read(app) == [("planned", date(2026, 4, 1), "Check")] * 5
        with app.app_context(), reading() as session:
            assert session.scalar(select(Plan.next_on)) == date(2026, 10, 1)

    def test_of_check_outs_open_one_task_each_so_many(self, app, post, desk):
        plan(app, every_check_outs="2")
        for minute in (1, 3):
            post(
                make("LT-1", "check_out", minute=minute, custodian="1001"),
                make("LT-1", "check_in", minute=minute + 1),
            )
            run(app, "2026-03-03")
        post(make("LT-1", "check_out", minute=5, custodian="1001"))

        assert run(app, "2026-03-04") == 0
        assert read(app) == [("planned", date(2026, 3, 3), "Check")]

    def test_leave_the_repairs_of_scans_alone(self, app, admin, post, desk):
        plan(app, every_months="1", next_on="2026-03-02")
        run(app, "2026-03-02")
        post(make("LT-1", "repair", minute=1), make("LT-1", "restore", minute=2))
        number = f"M{min(self.ids(app))}"

        opened = admin.post(f"/tasks/{number}/state", data={"state": "open"})
        done = admin.post(f"/tasks/{number}/state", data={"state": "done"})

        assert (opened.status_code, done.status_code) == (303, 303)
        assert sorted(state for state, *_ in read(app)) == ["done", "done"] + ["planned"] * 4

    @staticmethod
    def ids(app):
        with app.app_context(), reading() as session:
            return session.scalars(select(Task.id)).all()

    def test_are_made_on_their_page_and_run_by_the_worker(self, app, admin, desk, now):
        form = {"name": "Yearly", "every_months": "12", "next_on": "2026-01-01", "items": "Look"}
        wrong = admin.post("/tasks/plans", data=form | {"every_check_outs": "3"})
        added = admin.post("/tasks/plans", data=form)
        again = admin.post("/tasks/plans", data=form)
        with app.app_context():
            open_due(0, now)
        off = admin.post("/tasks/plans/1/state", data={})

        assert (wrong.status_code, added.status_code, again.status_code) == (422, 303, 409)
        assert len(read(app)) == 5
        assert off.status_code == 303
        assert "every 12 months" in admin.get("/tasks/plans").text
        assert read_trail(admin) == [
            "Plan of maintenance switched off: Yearly",
            "Plan of maintenance added: Yearly",
        ]

    @pytest.mark.parametrize(
        "values",
        [
            {"name": " ", "every_months": "1", "next_on": "2026-01-01"},
            {"every_months": "0", "next_on": "2026-01-01"},
            {"every_months": "1"},
            {"every_months": "1", "next_on": "0001-01-01"},
            {"every_months": "٣", "next_on": "2026-01-01"},
            {"every_check_outs": "99999"},
            {},
            {"every_check_outs": "1", "category": "Nothing"},
            {"every_check_outs": "1", "items": "A [choice: x]"},
        ],
    )
    @pytest.mark.either_database
    def test_that_cannot_be_used_are_refused(self, admin, desk, values):
        answer = admin.post("/tasks/plans", data={"name": "Check", **values})

        assert answer.status_code == 422
