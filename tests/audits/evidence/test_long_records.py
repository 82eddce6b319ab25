"""A long record is written and kept in pieces; its bytes are those of a short one."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
import zipfile

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.seals.check import check_seal, read_text
from scanner_app.domain.seals.long_parts import LongList, Rooted, load_parts, write_json
from scanner_app.domain.seals.report import SigningKey, seal_report
from scanner_app.models import Seal, SealPiece
from scanner_app.services.seals import chain, record_text
from scanner_app.services.seals.record_text import write_record
from tests.audits.steps import close, open_audit, reject_all, scan

FINDINGS = [{"asset_tag": f"Ä-{n}", "z": [n], "a": None} for n in range(25)]
REPORT = {
    "format": "a record",
    "findings": LongList(lambda: iter(FINDINGS)),
    "scans": Rooted(LongList(lambda: iter(FINDINGS[:7]))),
    "population": {
        "count": 25, "sha256": "x", "items": LongList(lambda: ([n] for n in range(25))),
    },
    "last": {"items": LongList(lambda: iter([]))},
    "none": LongList(lambda: iter([])),
    "audit": {"id": 1, "share": 0.5},
    "figures": [{"name": "existence"}],
}  # fmt: skip


class TestWriteRecord:
    @pytest.mark.parametrize("size", [1, 150, 10**6])
    def test_writes_the_bytes_of_a_record_that_is_sealed_in_memory(self, monkeypatch, size):
        monkeypatch.setattr(record_text, "PIECE", size)
        monkeypatch.setattr(record_text, "IN_MEMORY", size)
        key = SigningKey.make()

        with tempfile.TemporaryFile() as file:
            sealed = write_record(REPORT, key, file)
            pieces = list(sealed.read())

        whole = seal_report(load_parts(REPORT), key)
        assert b"".join(piece for _part, piece in pieces).decode() == whole.text
        assert (sealed.sha256, sealed.signature) == (whole.sha256, whole.signature)
        findings = [piece for part, piece in pieces if part == "findings"]
        assert len(findings) == {1: 25, 150: 9, 10**6: 1}[size]
        read = json.loads(b"[" + b"".join(findings) + b"]")
        assert [one["z"] for one in read] == [[n] for n in range(25)]

    def test_a_draft_is_written_as_one_value(self):
        assert json.loads("".join(write_json(REPORT))) == load_parts(REPORT)


@pytest.fixture
def long(api, office, monkeypatch) -> int:
    """Close an audit whose record is kept in pieces of an item each, and return it."""
    monkeypatch.setattr(record_text, "PIECE", 1)
    monkeypatch.setattr(record_text, "IN_MEMORY", 1)
    monkeypatch.setattr(chain, "MAX_TEXT", 1)
    audit = open_audit(api)
    scan(api, "A-1", audit)
    api.post(f"/audits/{audit}/reconciliation")
    reject_all(api, audit)
    close(api, audit)
    return audit


class TestLongRecord:
    def test_its_text_is_in_pieces_that_nothing_changes(self, work, long):
        with work() as session:
            kept = session.scalars(select(Seal.report).where(Seal.audit_id == long)).one()
            parts = session.scalars(select(SealPiece.part).order_by(SealPiece.position)).all()
        assert kept == ""
        assert {"findings", "scans", "population", "seal", ""} == {*parts}
        for change in ("UPDATE seal_piece SET part = ''", "DELETE FROM seal_piece"):
            with pytest.raises(DBAPIError, match="cannot be changed"), work() as session:
                session.execute(text(change))

    @pytest.mark.either_database
    def test_every_form_holds_every_finding(self, api, long):
        report = read_text(api.get(f"/audits/{long}/report.json").data)
        check_seal(report)
        tags = [one["asset_tag"] for one in report["findings"]]

        table = csv.DictReader(io.StringIO(api.get(f"/audits/{long}/report.csv").text))
        file = io.BytesIO(api.get(f"/audits/{long}/report.xlsx").data)
        sheet = CalamineWorkbook.from_filelike(file).get_sheet_by_index(0)
        paper = api.get(f"/audits/{long}/report.pdf").data

        assert len(tags) == report["counts"]["expected"] > 1
        assert [row["Asset Tag"] for row in table] == tags
        assert len(sheet.to_python()) == len(tags) + 1
        assert paper.startswith(b"%PDF")

    @pytest.mark.either_database
    def test_its_pack_passes_the_check_of_outsiders(self, api, long, tmp_path):
        pack = zipfile.ZipFile(io.BytesIO(api.get(f"/audits/{long}/pack.zip").data))
        pack.extractall(tmp_path)

        done = subprocess.run(
            [sys.executable, "verify_audit.py", "report.json", "--key", "key.pem"],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr
        held = json.loads(pack.read("report.json"))
        del held["seal"]
        assert json.loads(pack.read("body.json")) == held
