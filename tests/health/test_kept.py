"""Sums of many devices: added up by day of purchase, and kept for some minutes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.edge.kept import devices as kept
from scanner_app.models import Asset, AssetModel, Task
from scanner_app.queries.health.figures import load_model_failures
from tests.support.register import add_asset

pytestmark = pytest.mark.either_database
NOW = datetime(2026, 11, 29, tzinfo=UTC)
YEAR = timedelta(days=365)


@pytest.fixture
def model_id(work) -> int:
    """Four of a model: two bought a year ago, one added a year ago, one retired after 65 days."""
    with work() as session:
        model = AssetModel(name="T14")
        session.add(model)
        session.flush()
        for tag in ("A-1", "A-2", "A-3", "A-4"):
            row = session.get_one(Asset, add_asset(session, tag, now=NOW - YEAR))
            row.model_id = model.id
            if tag < "A-3":
                row.purchase_date = (NOW - YEAR).date()
        row.status, row.state_at = Stage.RETIRED, NOW - YEAR + timedelta(days=65)
        begun = NOW - timedelta(days=40)
        task = Task(
            key="maintenance:1", kind=TaskKind.MAINTENANCE, state=TaskState.DONE, title="Repair",
            asset_id=row.id, started_at=begun, opened_by="Tom",
            closed_at=begun + timedelta(days=10),
        )  # fmt: skip
        session.add(task)
        return model.id


def test_failures_of_a_model_are_those_of_each_of_its_devices(work, model_id):
    with work() as session:
        found = load_model_failures(session, model_id, now=NOW)

    assert found.count == 4
    assert found.figures.operating_days == 3 * 365 + 65 - 10
    assert found.figures.failures == 1
    assert found.figures.open_days == 10


@pytest.mark.usefixtures("model_id")
def test_sums_of_many_devices_are_kept_and_say_since_when(admin, api, monkeypatch):
    one = {"asset_tag": "A-1", "observed_at": f"{date(2026, 11, 28)}T00:00:00Z"}
    assert api.post("/facts", json={"items": [{**one, "facts": {"os": "Windows"}}]}).json
    pages = ("/monitoring", "/assets/A-1/health")
    assert not any("As of" in admin.get(path).text for path in pages)
    monkeypatch.setattr(kept, "MAX_LIVE", -1)

    first = [admin.get(path).text for path in pages]
    monkeypatch.setattr(kept, "load_model_failures", None)  # they are not computed again
    monkeypatch.setattr(kept, "load_overview", None)
    again = [admin.get(path) for path in pages]

    assert all("As of" in text for text in first)
    assert [answer.status_code for answer in again] == [200, 200]
    assert "All 4 of the model" in again[1].text
