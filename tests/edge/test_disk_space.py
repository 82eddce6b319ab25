"""A disk that is nearly full takes scans and nothing large."""

from __future__ import annotations

import io
import shutil
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.edge.state import app_state
from tests.support.databases import SqliteTemplate

MEGABYTE = 1_000_000


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path):
    url = sqlite_template.make(tmp_path / "instance", None)
    yield url
    sqlite_template.drop(url)


@pytest.fixture
def full(app, tmp_path):
    """The app, of which the operator asks for more free space than the disk has."""
    free = shutil.disk_usage(tmp_path).free // MEGABYTE
    state = app_state(app)
    state.settings = replace(state.settings, keep_free_mb=free + 10_000)
    return app


def scan() -> dict:
    at = datetime.now(UTC) - timedelta(seconds=1)
    return {
        "scan_id": str(uuid.uuid4()),
        "code": "LT-1",
        "intent": "sighting",
        "scanned_at": at.isoformat(),
    }


class TestNearlyFull:
    def test_takes_scans_and_says_so(self, full, api_as):
        answer = api_as("technician").post("/scans", json={"scans": [scan()]})
        ready = full.test_client().get("/readyz")

        assert answer.json["results"][0]["status"] == "recorded"
        assert (ready.status_code, ready.json["disk"]) == (200, "nearly_full")

    def test_refuses_pictures_with_the_one_error_shape(self, full, api_as):
        answer = api_as("technician").post(
            "/decodes",
            data={"image": (io.BytesIO(b"picture"), "a.png")},
            content_type="multipart/form-data",
        )

        assert answer.status_code == 507
        assert answer.content_type == "application/problem+json"
        assert (answer.json["status"], answer.json["code"]) == (507, "disk_full")

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("/imports", {"kind": "assets", "file": (b"Asset Tag\nA-1\n", "a.csv")}),
            ("/scan/photo", {"photo": (b"picture", "a.png")}),
            ("/shelf", {"picture": (b"picture", "a.png")}),
        ],
    )
    def test_refuses_files_on_pages_and_keeps_nothing(self, full, page_as, tmp_path, path, data):
        form = {
            name: (io.BytesIO(value[0]), value[1]) if isinstance(value, tuple) else value
            for name, value in data.items()
        }
        client = page_as("admin")
        answer = client.post(
            path, data=form, content_type="multipart/form-data", follow_redirects=True
        )

        assert "disk is nearly full" in answer.text
        assert not list((tmp_path / "instance").glob("imports/*"))

    def test_takes_files_again_once_there_is_room(self, full, page_as):
        state = app_state(full)
        state.settings = replace(state.settings, keep_free_mb=0)
        form = {"kind": "assets", "file": (io.BytesIO(b"Asset Tag\nA-1\n"), "a.csv")}
        answer = page_as("admin").post("/imports", data=form, content_type="multipart/form-data")

        assert answer.status_code == 303
        assert full.test_client().get("/readyz").json == {
            "status": "ready",
            "worker_seen_seconds_ago": None,
        }
