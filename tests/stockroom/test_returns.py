"""What comes back: the questions of its category, and what follows from a no."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from scanner_app.domain.lifecycle.checklists import ChecklistKind
from scanner_app.models import Task
from scanner_app.services.lifecycle.checklists import save_checklist
from tests.stockroom.steps import ADMIN, handover, line, post, put_in_tray

ASKED = ["Charger back?", "Screen whole?", "Bag clean?"]


@pytest.fixture
def asking(office, work):
    words = "Charger back? [no: ask]\nScreen whole? [no: repair]\nBag clean? [no: note]"
    with work() as session:
        save_checklist(
            session, kind=ChecklistKind.RETURN, category="Laptops", text=words,
            actor=ADMIN, now=datetime.now(UTC),
        )  # fmt: skip


def status(api, tag: str) -> str:
    return api.get(f"/assets/{tag}").json["status"]


@pytest.mark.usefixtures("asking")
class TestQuestions:
    def test_are_those_of_the_category_and_only_of_what_comes_back(self, api):
        post(api, handover("LT-001", "LT-005"))

        back = api.get(f"/trays/{put_in_tray(api, 'LT-001', 'LT-005')}").json
        out = api.get(f"/trays/{put_in_tray(api, 'B-77', 'LT-002')}").json

        assert [one["questions"] for one in back["lines"]] == [ASKED, []]
        assert [one["questions"] for one in out["lines"]] == [[]]

    def test_a_no_opens_a_task_begins_a_repair_or_is_only_kept(self, api, work):
        post(api, handover("LT-001", "LT-002", "LT-003"))
        answers = [
            dict(zip(ASKED, row, strict=True))
            for row in ((False, True, True), (True, False, True), (True, True, False))
        ]
        lines = [line(f"LT-00{n}", checklist=said) for n, said in enumerate(answers, start=1)]

        back = post(api, handover(*lines, kind="return"))

        assert back.status_code == 201, back.text
        assert [one["checklist"] for one in back.json["lines"]] == answers
        assert [status(api, f"LT-00{n}") for n in (1, 2, 3)] == [
            "in_stock",
            "in_maintenance",
            "in_stock",
        ]
        with work() as session:
            tasks = session.execute(select(Task.kind, Task.title).order_by(Task.id)).all()
            assert [(kind.value, title) for kind, title in tasks if kind.value == "follow_up"] == [
                ("follow_up", "LT-001 came back, answered no: Charger back?")
            ]

    def test_the_undo_takes_the_repair_back_too(self, api):
        post(api, handover("LT-001"))
        said = {**dict.fromkeys(ASKED, True), "Screen whole?": False}
        back = post(api, handover(line("LT-001", checklist=said), kind="return")).json
        assert status(api, "LT-001") == "in_maintenance"

        told = api.post(f"/handovers/{back['handover_id']}/void").json

        assert [one["is_voided"] for one in told["lines"]] == [True], told
        assert status(api, "LT-001") == "in_use"

    def test_of_the_longest_checklist_are_all_answered(self, api, work):
        asked = [f"Question {n:02} {'x' * 288}" for n in range(50)]
        with work() as session:
            save_checklist(
                session, kind=ChecklistKind.RETURN, category="Laptops", text="\n".join(asked),
                actor=ADMIN, now=datetime.now(UTC),
            )  # fmt: skip
        post(api, handover("LT-001"))

        said = dict.fromkeys(asked, True)
        back = post(api, handover(line("LT-001", checklist=said), kind="return"))

        assert back.status_code == 201, back.text
        assert back.json["lines"][0]["checklist"] == said

    def test_a_form_without_script_answers_yes_until_it_is_touched(self, api, page_as):
        post(api, handover("LT-001"))
        clerk, tray = page_as("stockroom"), put_in_tray(api, "LT-001")
        page = clerk.get(f"/counter?tray={tray}").text
        assert "No: Screen whole?" in page
        [scan_id] = {one.split('"')[0] for one in page.split('name="asked-')[1:]}

        form = {"tray": tray, f"asked-{scan_id}": ASKED, f"no-{scan_id}": ["Bag clean?"]}
        done = clerk.post("/counter/handover", data=form)

        assert done.status_code == 303, done.text
        assert "Bag clean?" in clerk.get(done.headers["Location"]).text
        assert status(api, "LT-001") == "in_stock"
