"""Maintenance files: Snipe-IT's report, what was paid, and what scans leave alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.lifecycle.tasks import TaskState
from scanner_app.models import Asset, Expense, Task, TaskAnswer
from scanner_app.services.lifecycle.past import PastMaintenance, keep_maintenance
from scanner_app.storage.database import reading, unit_of_work

ANA = Actor("user", 1, "Ana", Role.ADMIN, user_id=1)
HEADERS = (
    "Asset Tag,Asset Name,Supplier,Asset Maintenance Type,Title,Start Date,Completion Date,"
    "Asset Maintenance Time (in days),Cost"
)
SNIPE = (
    f"{HEADERS}\n"
    "LT-1,Ana's laptop,Bechtle,Repair,New fan,2025-03-01,2025-03-05,4,$75.50\n"
    "LT-1,Ana's laptop,,Upgrade,More memory,2025-06-01,2025-06-01,0,\n"
    "LT-2,,Bechtle,Maintenance,Cleaning,2025-07-01,,,20\n"
)


@pytest.fixture
def assets(importer):
    importer.take("assets", "Asset Tag,Serial\nLT-1,SN-1\nLT-2,SN-2\nLT-3,SN-2\n")


def tasks(app) -> dict[str, Task]:
    with app.app_context(), reading() as session:
        found = {row.title: row for row in session.scalars(select(Task))}
        session.expunge_all()
        return found


def costs(app) -> list[tuple[int, str, bool]]:
    with app.app_context(), reading() as session:
        rows = session.scalars(select(Expense).order_by(Expense.id))
        return [(one.amount_cents, one.currency, one.withdrawn_at is None) for one in rows]


@pytest.mark.either_database
@pytest.mark.usefixtures("assets")
class TestMaintenances:
    def test_a_report_of_snipe_it_is_read_as_it_is_and_twice_is_once(self, app, importer):
        assert recognise_file(HEADERS.split(",")).kind == "maintenances"
        run = importer.take("maintenances", SNIPE)

        found = tasks(app)
        assert run.created_count == 3
        assert found["New fan"].state is TaskState.DONE
        assert found["New fan"].data["supplier"] == "Bechtle"
        assert found["New fan"].data["is_failure"] is True
        assert found["More memory"].data["is_failure"] is False
        assert (found["Cleaning"].state, found["Cleaning"].closed_at) == (TaskState.OPEN, None)
        assert costs(app) == [(7550, "USD", True), (2000, "EUR", True)]

        again = importer.check("maintenances", SNIPE)
        assert (again.created_count, again.changed_count, again.left_count) == (0, 0, 3)

    def test_an_end_and_another_cost_are_changes(self, app, importer):
        importer.take("maintenances", SNIPE)

        run = importer.check("maintenances", SNIPE.replace("-01,,,20", "-01,2025-07-03,2,25"))
        [row] = importer.rows(run, "changed")
        importer.apply(run)

        assert ("Cost", "20.00 EUR", "25.00 EUR") in row.changes
        assert tasks(app)["Cleaning"].state is TaskState.DONE
        assert costs(app)[1:] == [(2000, "EUR", False), (2500, "EUR", True)]

    def test_one_whose_end_is_ahead_stays_open_until_that_day_has_come(self, app, importer):
        def write(start: int, end: int | None) -> str:
            days = [today + timedelta(days=one) if one is not None else "" for one in (start, end)]
            return f"{HEADERS}\nLT-1,,Bechtle,Repair,New fan,{days[0]},{days[1]},,$75.50\n"

        today = datetime.now(UTC).date()
        importer.take("maintenances", write(-3, 2))
        found = tasks(app)["New fan"]
        assert (found.state, found.closed_at, found.outcome) == (TaskState.OPEN, None, None)
        assert found.due_on == today + timedelta(days=2)
        again = importer.check("maintenances", write(-3, 2))
        assert (again.changed_count, again.left_count) == (0, 1)

        importer.take("maintenances", write(-3, 0))
        found = tasks(app)["New fan"]
        assert found.state is TaskState.DONE
        assert found.closed_at.date() == today

    @pytest.mark.parametrize(
        ("start", "end", "before", "after"),
        [
            (-3, 2, "open", "done"),  # its end has come
            (2, 9, "planned", "open"),  # its start has come
            (2, 3, "planned", "done"),
            (-3, 9, "open", None),
            (-3, None, "open", None),
            (20, None, "planned", None),
        ],
    )
    def test_the_same_file_says_more_when_its_days_have_come(
        self, app, importer, start, end, before, after
    ):
        """It was read five days ago, and is read again today."""
        then = datetime.now(UTC) - timedelta(days=5)
        first, last = (
            None if one is None else then.date() + timedelta(days=one) for one in (start, end)
        )
        about = {"type": "Repair", "is_failure": True} | (
            {"ends_on": last.isoformat()} if last else {}
        )
        with app.app_context(), unit_of_work() as session:
            asset_id = session.scalars(select(Asset.id).where(Asset.asset_tag == "LT-1")).one()
            past = PastMaintenance(asset_id, "New fan", first, last, about)
            keep_maintenance(session, past, actor=ANA, today=then.date(), now=then)
        assert tasks(app)["New fan"].state.value == before

        text = f"{HEADERS}\nLT-1,,,Repair,New fan,{first},{last or ''},,\n"
        run = importer.check("maintenances", text)

        assert (run.changed_count, run.left_count) == ((0, 1) if after is None else (1, 0))
        if after is not None:
            [row] = importer.rows(run, "changed")
            assert [name for name, *_ in row.changes] == ["State"]
            importer.apply(run)
            assert tasks(app)["New fan"].state.value == after
            assert importer.check("maintenances", text).changed_count == 0

    def test_what_a_person_began_early_is_not_planned_again(self, app, importer):
        start = datetime.now(UTC).date() + timedelta(days=9)
        text = f"{HEADERS}\nLT-1,,,Repair,New fan,{start},,,\n"
        importer.take("maintenances", text)
        with app.app_context(), unit_of_work() as session:
            session.scalars(select(Task)).one().state = TaskState.WAITING

        assert importer.check("maintenances", text).changed_count == 0

    def test_scans_neither_end_nor_take_away_what_was_imported(self, app, importer, api):
        importer.take("maintenances", SNIPE)

        for at, intent in enumerate(("repair", "restore")):
            scan = {
                "scan_id": f"00000000-0000-4000-8000-00000000000{at}", "intent": intent,
                "code": "LT-1", "scanned_at": (datetime.now(UTC) + timedelta(seconds=at)).isoformat(),
            }  # fmt: skip
            answer = api.post("/scans", json={"scans": [scan]})
            assert answer.status_code == 200, answer.text
            assert answer.json["results"][0]["outcome"] == "applied", answer.text

        found = tasks(app)
        assert found["New fan"].state is TaskState.DONE
        assert found["New fan"].outcome == "Done before it was imported."
        scanned = [one for one in found.values() if one.outcome == "Restored."]
        assert len(scanned) == 1, {name: one.outcome for name, one in found.items()}

    def test_refused_rows_say_all_their_reasons(self, importer):
        run = importer.check(
            "maintenances",
            "Serial,Type,Title,Start Date,Completion Date,Notes\n"
            "SN-2,Repair,Fan,2025-02-02,2025-01-01,\nSN-9,,,2025-01-01,,\n"
            ",,,,,note\nSN-1,Repair,Fan,0000-00-00,nonsense,\n",
        )

        reasons = importer.reasons(run)
        assert "2 assets have the serial number 'SN-2'" in reasons[2]
        assert "Completion Date is before Start Date" in reasons[2]
        assert "no asset has the serial number 'SN-9'" not in reasons[2]
        assert "neither a title nor a type" in reasons[3]
        for word in ("names no asset", "neither a title nor a type", "when it began"):
            assert word in reasons[4]
        assert "when it began" in reasons[5]
        assert "Completion Date" in reasons[5]

    def test_notes_are_kept_once(self, app, importer):
        text = "Asset Tag,Title,Start Date,Notes\nLT-1,Fan,2025-02-02,dusty\n"
        importer.take("maintenances", text)
        importer.check("maintenances", text)

        with app.app_context(), reading() as session:
            assert session.scalars(select(TaskAnswer.note)).all() == ["dusty"]

    def test_the_history_of_the_asset_tells_of_it(self, importer, api):
        importer.take("maintenances", SNIPE)

        items = api.get("/assets/LT-1/history").json["items"]

        told = [(one["kind"], one["message"]) for one in items if one["kind"] != "change"]
        assert ("task", "Maintenance M1 begun: New fan.") in told
        assert ("expense", "Maintenance: 75.50 USD, New fan.") in told
