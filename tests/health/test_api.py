"""The health of devices for programs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner_app.services.health.files import ListKind, take_file
from scanner_app.worker.device_check.run import check_all
from tests.health.lists import CATALOGUE, LIFECYCLES
from tests.support.register import add_asset

NOW = datetime.now(UTC)
OLD = {"os": "Windows", "os_version": "10.0.19045.1", "patched_on": "2020-01-01"}


@pytest.fixture
def devices(app, api, work, now):
    """One that runs what is out of support, one of which nothing is known, and no device."""
    with work() as session:
        for tag in ("PC-1", "PC-2"):
            add_asset(session, tag, now=now)
        for kind, data in zip(ListKind, (LIFECYCLES, CATALOGUE), strict=True):
            take_file(session, kind, data, now=NOW)
    body = {"items": [{"asset_tag": "PC-1", "observed_at": NOW.isoformat(), "facts": OLD}]}
    assert api.post("/facts", json=body).json == {"items": ["recorded"]}
    assert (
        api.post("/licences", json={"asset_tag": "LIC-1", "product": "X", "seats": 1}).status_code
        == 201
    )
    with app.app_context():
        check_all(NOW.date(), NOW)


@pytest.mark.usefixtures("devices")
class TestHealth:
    def test_of_a_device_says_until_when_it_is_supported_and_what_fails(self, api):
        found = api.get("/assets/PC-1/health").json

        assert found["system"]["product"] == "windows"
        assert found["system"]["has_ended"] is True
        assert found["failures"]["failures"] == 0
        assert (found["model"], found["model_failures"]) == (None, None)
        states = {one["policy"]: one["state"] for one in found["policies"]}
        assert "fail" in states.values()
        assert {one["grade"] for one in found["exploited"]} <= {"unpatched", "possible"}

    @pytest.mark.either_database
    def test_of_what_is_no_device_is_not_found(self, api):
        assert api.get("/assets/LIC-1/health").status_code == 404
        assert api.get("/assets/PC-2/health").json["system"] is None

    def test_of_all_is_counted_and_listed_by_state_and_policy(self, api):
        sums = api.get("/monitoring").json
        ended = api.get("/monitoring/devices?state=ended").json["items"]
        failing = [
            code["policy"]
            for code in api.get("/assets/PC-1/health").json["policies"]
            if code["state"] == "fail"
        ]

        assert sums["states"]["ended"] == 1
        assert sums["made_at"] is None
        assert [one["devices"] for one in sums["releases"]] == [1]
        assert [one["asset"] for one in ended] == ["PC-1"]
        for policy in failing:
            listed = api.get(f"/monitoring/devices?policy={policy}").json["items"]
            assert "PC-1" in [one["asset"] for one in listed]
        assert api.get("/monitoring/devices?state=silent").json["items"] == []

    def test_of_the_catalogue_lists_what_touches_devices(self, api):
        here = api.get("/monitoring/vulnerabilities").json["items"]
        everything = api.get("/monitoring/vulnerabilities?all=true").json["items"]

        assert len(here) < len(everything)
        assert all(one["unpatched"] + one["possible"] > 0 for one in here)

    @pytest.mark.either_database
    @pytest.mark.parametrize("query", ["state=x", "limit=0", "limit=501", "cursor=x"])
    def test_lists_refuse_what_they_do_not_know(self, api, query):
        assert api.get(f"/monitoring/devices?{query}").status_code == 422
        assert api.get("/monitoring/devices?policy=no-such").status_code == 404
