"""Draw the samples of a report again: what follows from list and seed, and what does not."""

from __future__ import annotations

import json

import pytest

from scanner_app.domain.audits.sampling.redraw import find_wrong_draws
from tests.audits.sampling.test_audits import DICE, fill_shelves, plan
from tests.audits.sampling.test_commands import run
from tests.audits.sampling.test_drawing import ROWS
from tests.audits.steps import start_at
from tests.support.databases import SqliteTemplate


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path) -> str:
    """SQLite alone: what a report holds does not depend on the database."""
    return sqlite_template.make(tmp_path / "instance", fill_shelves)


class TestRedraw:
    @pytest.mark.parametrize("method", ["simple", "pps"])
    def test_finds_what_was_exchanged_in_a_report(self, api, tmp_path, method):
        audit = plan(api, method=method, size=4, floor={"places": 1})
        start_at(api, audit, typed=DICE)
        file = tmp_path / "report.json"
        report = api.get(f"/audits/{audit}/report.json").json
        file.write_text(json.dumps(report))
        whole = run("redraw", str(file))
        drawn = {one["asset_tag"] for one in report["sample"]["draws"][0]["members"]}
        reserve = min({row[0] for row in ROWS} - drawn)

        [member] = report["sample"]["draws"][0]["members"][-1:]
        taken, member["asset_tag"] = member["asset_tag"], reserve
        report["sample"]["draws"][0]["floor"][0]["first"] += 1
        file.write_text(json.dumps(report))
        altered = run("redraw", str(file))

        assert (whole.exit_code, whole.output) == (0, "1 drawn again: as the report states.\n")
        assert altered.exit_code == 1
        assert altered.output.splitlines() == [
            f"WRONG: draw 1: {taken} belongs, {reserve} does not.",
            "WRONG: draw 1: its places on the floor are others.",
        ]

    def test_finds_another_seed_nonce_and_list(self, api):
        audit = plan(api, method="simple", size=4)
        start_at(api, audit, typed=DICE)
        report = api.get(f"/audits/{audit}/report.json").json
        [draw] = report["sample"]["draws"]
        draw["nonce"] = "00" * 32
        report["population"]["items"][0][3] = "retired"

        assert [fault.partition(": ")[2] or fault for fault in find_wrong_draws(report)] == [
            "the frozen list does not have the hash that the report states",
            "its secret number does not have the hash that was shown before",
            "its seed is not what was typed and the secret number",
        ]

    def test_of_a_report_without_a_sample_exits_with_2(self, api, tmp_path):
        file = tmp_path / "report.json"
        file.write_text("{}")

        assert run("redraw", str(file)).exit_code == 2
