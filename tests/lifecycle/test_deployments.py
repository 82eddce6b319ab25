"""Deployments: opened by a scan, proved item by item (scenario 6 of the life of an asset)."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from PIL import Image
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.domain.lifecycle.tasks import TaskState
from scanner_app.domain.policies.gates import CheckState, SubjectKind
from scanner_app.models import Asset, Category, DeviceFact, Task, TaskAnswer
from scanner_app.services.access.users import add_user
from scanner_app.services.lifecycle.answers import answer_item
from scanner_app.services.lifecycle.checklists import save_checklist
from scanner_app.services.lifecycle.facts import Report, Told, record_facts
from scanner_app.services.lifecycle.tasks import step_task
from scanner_app.services.policies.policies import change_policy
from scanner_app.services.policies.waivers import add_waiver
from scanner_app.storage.database import reading, unit_of_work
from tests.custody.steps import ANA, START, load_asset, make

ITEMS = """Image is installed
Accounts are made
Host name [text]
Dock [scan]
Disk is encrypted [fact: encrypted = yes]
Handed over [signature]
? Label [photo]"""


def at(minute: float):
    return START + timedelta(minutes=minute)


@pytest.fixture
def checklist(app, desk):
    with app.app_context(), unit_of_work() as session:
        save_checklist(
            session,
            kind=ChecklistKind.DEPLOYMENT,
            category="",
            text=ITEMS,
            actor=ANA,
            now=START,
        )


@pytest.fixture
def tasks(app, desk):
    def load():
        with app.app_context(), reading() as session:
            rows = session.scalars(select(Task).order_by(Task.id)).all()
            return [(task.id, task.kind.value, task.state.value) for task in rows]

    return load


@pytest.fixture
def tell(app, desk):
    def record(minute: float, tag: str | None = "LT-1", serial=None, now: float = 600, **facts):
        report = Report(tag, serial, at(minute), facts)
        with app.app_context(), unit_of_work() as session:
            return record_facts(
                session, [report], source="api", zone=ZoneInfo("UTC"), actor=ANA, now=at(now)
            )[0]

    return record


def finish(app, task_id: int) -> None:
    with app.app_context(), unit_of_work() as session:
        step_task(
            session,
            task_id=task_id,
            wanted=TaskState.DONE,
            outcome="",
            actor=ANA,
            now=at(90),
        )


class TestDeploying:
    def test_opens_one_task_however_often_it_is_scanned(self, app, post, tasks, checklist):
        first, again = post(make("LT-1", "deploy", minute=1), make("LT-1", "deploy", minute=2))

        number = f"P{tasks()[0][0]}"
        assert tasks() == [(int(number[1:]), "deployment", "open")]
        assert f"deployment {number} is opened, 6 items to go" in first.message
        assert f"deployment {number} is open, 6 items to go" in again.message
        assert (first.outcome, again.outcome) == ("noted", "noted")
        assert load_asset(app, "LT-1").status == "in_stock"

    def test_without_a_checklist_is_refused(self, post, desk):
        [answer] = post(make("LT-1", "deploy", minute=1))

        assert answer.refusal == "no_checklist"
        assert "Checklists" in answer.message

    def test_of_what_is_in_maintenance_is_refused(self, post, checklist):
        _, answer = post(make("LT-1", "repair", minute=1), make("LT-1", "deploy", minute=2))

        assert answer.refusal == "asset_in_maintenance"

    def test_is_taken_back_until_somebody_has_worked(self, app, post, tasks, checklist):
        scan, second = make("LT-1", "deploy", minute=1), make("LT-1", "deploy", minute=5)
        post(scan)
        [undone] = post(make("LT-1", "void", minute=2, voids=scan.scan_id))
        post(second)
        with app.app_context(), unit_of_work() as session:
            answer_item(
                session,
                task_id=tasks()[1][0],
                uuid=uuid.uuid4(),
                item_key="i1",
                is_ticked=True,
                note="",
                actor=ANA,
                now=at(6),
            )

        [kept] = post(make("LT-1", "void", minute=7, voids=second.scan_id))

        assert undone.outcome == "applied"
        assert [row[2] for row in tasks()] == ["cancelled", "open"]
        assert kept.refusal == "task_has_work"

    def test_takes_the_checklist_of_the_model_before_that_of_the_category(
        self, app, post, tasks, checklist
    ):
        with app.app_context(), unit_of_work() as session:
            session.add(Category(name="Laptop"))
            session.flush()
            category = session.scalars(select(Category.id)).one()
            asset = session.scalars(select(Asset).where(Asset.asset_tag == "LT-1")).one()
            asset.category_id = category
            save_checklist(
                session,
                kind=ChecklistKind.DEPLOYMENT,
                category="Laptop",
                text="Only this",
                actor=ANA,
                now=START,
            )

        [answer] = post(make("LT-1", "deploy", minute=1))

        assert "1 item to go" in answer.message


class TestPolicies:
    def test_count_no_waiver_of_who_ends_the_deployment_or_of_whom_it_is_assigned_to(
        self, app, post, tasks, checklist
    ):
        post(
            make("LT-1", "check_out", minute=0.5, custodian="1002"),
            make("LT-1", "deploy", minute=1),
        )
        [(task_id, _, _)] = tasks()
        today = at(90).date()

        def waive(name: str, user_id: int) -> None:
            by = Actor("user", user_id, name, Role.APPROVER, user_id=user_id)
            with app.app_context(), unit_of_work() as session:
                add_waiver(
                    session, code="signed-for", subject=(SubjectKind.TASK, task_id),
                    reason="Signs later", until_on=today, today=today, actor=by, now=at(60),
                )  # fmt: skip

        def end() -> list[CheckState]:
            by = Actor("user", 101, "Ana", Role.ADMIN, user_id=101)
            with app.app_context(), unit_of_work() as session:
                found = step_task(
                    session, task_id=task_id, wanted=TaskState.DONE, outcome="",
                    actor=by, now=at(90), today=today,
                )  # fmt: skip
                return [one.state for one in found]

        with app.app_context(), unit_of_work() as session:
            change_policy(
                session, code="signed-for", values={"mode": "block"}, actor=ANA, now=START
            )
            cy = add_user(session, email="cy@example.org", name="Cy", role=Role.ADMIN, now=START).id
            task = session.get_one(Task, task_id)
            task.items, task.assignee_id = {}, cy
        for name, user_id in (("Ana", 101), ("Cy", cy)):
            waive(name, user_id)
            with pytest.raises(Conflict, match="sign") as refused:
                end()
            assert refused.value.code == "policy_blocked"
        waive("Bo", 102)
        assert end() == [CheckState.WAIVED]


class TestFacts:
    def test_of_before_the_opening_prove_nothing_and_newer_ones_do(
        self, app, post, tasks, checklist, tell
    ):
        post(make("LT-1", "deploy", minute=30))
        told = [tell(20, encrypted=True), tell(20, encrypted=True), tell(40, encrypted="yes")]

        with app.app_context(), reading() as session:
            answers = [
                (one.item_key, one.value, one.at) for one in session.scalars(select(TaskAnswer))
            ]
            kept = [
                (one.name, one.value, one.observed_at)
                for one in session.scalars(select(DeviceFact))
            ]
        assert told == [Told.RECORDED, Told.UNCHANGED, Told.RECORDED]
        assert answers == [("i5", "encrypted = yes", at(40))]
        assert kept == [("encrypted", "yes", at(40))]

    def test_of_devices_that_nobody_registered_are_told(self, tell, desk):
        assert tell(1, tag="LT-99", os="x") is Told.UNKNOWN
        assert tell(1, tag=None, serial="S-99", os="x") is Told.UNKNOWN

    @pytest.mark.parametrize(
        ("minute", "facts", "field"),
        [(606, {"os": "x"}, "0.observed_at"), (1, {"colour": "red"}, "0.colour")],
    )
    def test_are_refused_as_a_whole(self, tell, desk, minute, facts, field):
        with pytest.raises(Invalid) as caught:
            tell(minute, **facts)

        assert field in caught.value.errors

    def test_answer_nothing_by_hand(self, app, post, tasks, checklist):
        post(make("LT-1", "deploy", minute=1))

        with app.app_context(), unit_of_work() as session, pytest.raises(Conflict) as caught:
            answer_item(
                session,
                task_id=tasks()[0][0],
                uuid=uuid.uuid4(),
                item_key="i5",
                is_ticked=True,
                note="",
                actor=ANA,
                now=at(2),
            )

        assert caught.value.code == "needs_fact"


class TestPage:
    def test_proves_each_item_and_ends_the_deployment(
        self, app, admin, post, tasks, checklist, tell
    ):
        post(make("LT-1", "deploy", minute=1))
        task_id = tasks()[0][0]
        path = f"/tasks/P{task_id}"

        def send(key: str, **data):
            given = {"item": key, "tick": "on", "uuid": str(uuid.uuid4()), **data}
            return admin.post(f"{path}/answers", data=given)

        wrong = [send("i3"), send("i4", code="LT-2"), send("i6"), send("i7")]
        send("i1"), send("i2"), send("i3", value="lt-1.example.org"), send("i4", code="LT-1")
        with app.app_context(), pytest.raises(Conflict) as caught:
            finish(app, task_id)
        picture = io.BytesIO()
        Image.new("RGB", (80, 60), "red").save(picture, "JPEG")
        send("i7", file=(io.BytesIO(picture.getvalue()), "label.jpg"))
        tell(40, encrypted=True)
        signed = send("i6", signature_typed="Dana", signature_is_mine="on")
        text = admin.get(path).text
        finish(app, task_id)

        assert [one.status_code for one in wrong] == [422] * 4
        assert caught.value.code == "open_items"
        assert "“Disk is encrypted”, “Handed over”" in str(caught.value)
        assert signed.status_code == 303
        for words in ("lt-1.example.org", "encrypted = yes", "Dana", "/attachments/", "scanned by"):
            assert words in text
        assert tasks() == [(task_id, "deployment", "done")]
