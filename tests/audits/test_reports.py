"""The report of an audit: what it holds, and that every change of it is found."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from scanner_app.domain.seals.report import SigningKey, seal_report, verify_report
from tests.audits.steps import close, later, open_audit, reject_all, scan

pytestmark = pytest.mark.either_database


@pytest.mark.usefixtures("office")
class TestReport:
    def closed(self, api) -> int:
        audit = open_audit(api)
        scan(api, "A-1", audit)
        api.post(f"/audits/{audit}/reconciliation")
        reject_all(api, audit)
        close(api, audit)
        return audit

    def verify(self, path: Path, *options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "scanner_app", "audits", "verify", str(path), *options],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_an_untouched_report_verifies_and_an_altered_one_names_the_change(self, api, tmp_path):
        report = api.get(f"/audits/{self.closed(api)}/report.json").data
        path = tmp_path / "report.json"
        path.write_bytes(report)
        key = tmp_path / "instance" / "audit-key.pub.pem"

        good = self.verify(path, "--key", str(key))
        changed = json.loads(report)
        changed["counts"]["missing"] = 0
        path.write_text(json.dumps(changed))
        bad = self.verify(path)

        assert (good.returncode, bad.returncode) == (0, 1), good.stderr
        assert bad.stderr.startswith("ALTERED: content: counts.")

    def test_a_report_verifies_after_another_program_has_written_it_again(self, api, tmp_path):
        report = json.loads(api.get(f"/audits/{self.closed(api)}/report.json").data)
        path = tmp_path / "report.json"

        path.write_text(json.dumps(report, indent=3, sort_keys=False))

        assert self.verify(path).returncode == 0

    def test_a_report_names_the_scans_of_each_finding(self, api):
        report = api.get(f"/audits/{self.closed(api)}/report.json").json

        [seen] = [f for f in report["findings"] if f["asset_tag"] == "A-1"]
        logged = {i["scan_id"] for i in api.get("/scans?asset=A-1").json["items"]}
        assert set(seen["scan_ids"]) == logged

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    def test_a_report_can_be_downloaded_as_a_table(self, api, form):
        answer = api.get(f"/audits/{self.closed(api)}/report.{form}")

        assert answer.status_code == 200
        assert len(answer.data) > 100

    def test_is_the_same_every_time(self, api):
        audit = self.closed(api)

        assert (
            api.get(f"/audits/{audit}/report.json").data
            == api.get(f"/audits/{audit}/report.json").data
        )

    def test_a_report_is_based_on_scans_that_count_and_lists_the_others(self, api):
        audit = open_audit(api)
        first, undone = scan(api, "A-1", audit), scan(api, "A-1", audit, "R-2", minute=1)
        scan(api, "undo", audit, None, intent="void", voids=undone["scan_id"])
        scan(api, "GHOST", audit)
        ghost = scan(api, " ghost", audit, minute=2)
        api.post(f"/audits/{audit}/reconciliation")
        late = scan(api, "A-2", audit, scanned_at=later())
        reject_all(api, audit)
        close(api, audit)

        report = api.get(f"/audits/{audit}/report.json").json

        by_name = {f["asset_tag"] or f["code"]: f for f in report["findings"]}
        assert by_name["A-1"]["scan_ids"] == [first["scan_id"]]
        assert by_name["GHOST"]["scan_ids"][-1] == ghost["scan_id"]
        for finding in report["findings"]:
            assert finding["sightings"] == len(finding["scan_ids"])
        assert [one["scan_id"] for one in report["late_scans"]] == [late["scan_id"]]
        assert report["scan_log"]["count"] == 6
        assert report["counted_by"][0]["role"] == "admin"
        assert {d["decision"] for d in report["findings"] if d["proposal"]} == {"reject"}

    def test_an_old_report_is_checked_with_its_old_key(self, api, app, tmp_path):
        old = api.get(f"/audits/{self.closed(api)}/report.json").data
        instance = tmp_path / "instance"
        (instance / "audit-key.pem").rename(instance / "audit-key.old.pem")

        new = api.get(f"/audits/{self.closed(api)}/report.json").data

        key_id = json.loads(old)["seal"]["key_id"]
        assert key_id != json.loads(new)["seal"]["key_id"]
        pem = app.test_client().get(f"/audits/keys/{key_id}.pem").text
        assert verify_report(old, public_pem=pem) == key_id
        assert (instance / "audit-key.pem").stat().st_mode & 0o777 == 0o600
        current = (instance / "audit-key.pub.pem").read_text()
        assert verify_report(new, public_pem=current)

    def test_a_table_holds_no_formulas(self, api):
        audit = open_audit(api, scope={"locations": ["AWAY"]})
        scan(api, "=HYPERLINK(1)", audit)

        text = api.get(f"/audits/{audit}/report.csv").get_data(as_text=True)

        rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
        assert [row["Code"] for row in rows if row["Code"]] == ["'=HYPERLINK(1)"]


@pytest.mark.slow
class TestVerifyCommand:
    def run(self, path: Path, *options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "scanner_app", "audits", "verify", str(path), *options],
            capture_output=True,
            text=True,
            check=False,
        )

    def test_a_key_that_is_not_a_key_exits_with_2(self, tmp_path):
        path, key = tmp_path / "report.json", tmp_path / "key.pem"
        path.write_text(seal_report({"findings": []}, SigningKey.make()).text)
        key.write_text("hello")

        answer = self.run(path, "--key", str(key))

        assert answer.returncode == 2
        assert "ALTERED" not in answer.stderr
        assert "not a public key in PEM form. Get it from" in answer.stderr

    def test_a_file_that_is_not_a_report_exits_with_2(self, tmp_path):
        path = tmp_path / "report.json"
        sealed = seal_report({"findings": []}, SigningKey.make()).text
        other = {
            "{}": 2,
            '{"format": "scanner-app audit report 1"}': 1,
            "Asset tag,Name\n": 2,
            sealed[:-1]: 1,
            sealed.replace('"seal"', '"x"'): 2,
        }
        for text, expected in other.items():
            path.write_text(text)
            answer = self.run(path)

            assert answer.returncode == expected, text
            assert ("is not an audit report" in answer.stderr) == (expected == 2)
            assert ("ALTERED" in answer.stderr) == (expected == 1)

    def test_a_hostile_report_cannot_control_the_terminal(self, tmp_path):
        report = json.loads(seal_report({"findings": [{"code": "X"}]}, SigningKey.make()).text)
        report["findings"][0]["code"] = "\x1b]0;pwn\x07"
        path = tmp_path / "report.json"
        path.write_text(json.dumps(report))

        done = self.run(path)

        assert done.returncode == 1
        assert "altered in findings (\\x1b]0;pwn\\x07)" in done.stderr
