"""What `audits verify --all` finds: records against the rows that they were made of."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from scanner_app.edge.attachments.keep import current_store
from scanner_app.services.audits.records.check import check_records
from scanner_app.storage.database import reading
from scanner_app.storage.keys import load_public_keys
from tests.seals.closed_audits import seal_again
from tests.seals.tamper import tamper
from tests.seals.test_alterations import drop_scan, find
from tests.support.apps import open_app
from tests.support.databases import make_settings


@pytest.fixture
def app(sealed_office, tmp_path: Path) -> Iterator[Flask]:
    """A copy of the office, with triggers and rows of its own."""
    shutil.copytree(sealed_office[0].instance_dir, tmp_path / "instance")
    file = Path(sealed_office[0].database_url.removeprefix("sqlite:///")).name
    with open_app(
        make_settings(tmp_path / "instance", f"sqlite:///{tmp_path}/instance/{file}")
    ) as app:
        yield app


def faults(app: Flask, folder: Path) -> list[str]:
    with app.app_context(), reading() as session:
        keys = load_public_keys(folder / "instance")
        return list(check_records(session, keys=keys, find_file=current_store().get))


def put_back(number: int, text: bytes) -> str:
    """Return the statement that puts another text, with its hash, into a seal."""
    sha256 = json.loads(text)["seal"]["sha256"]
    words = text.decode().replace("'", "''")
    return f"UPDATE seal SET report = '{words}', sha256 = '{sha256}' WHERE number = {number}"


def test_whole_records_have_no_fault(app, tmp_path):
    assert faults(app, tmp_path) == []


def test_20_a_scan_left_out_of_the_record_is_in_the_database(app, tmp_path, closed):
    report = json.loads(closed.pack["report.json"])
    gone = find(report, "A-1")["scan_ids"][0]
    drop_scan(report)
    # With the log's act changed too, so that the report alone shows nothing.
    text = seal_again(report, closed.key)
    sha256 = json.loads(text)["seal"]["sha256"]
    tamper(
        app,
        put_back(3, text),
        f"UPDATE act SET about = json_set(about, '$.sha256', '{sha256}') "
        "WHERE kind = 'sealed' AND json_extract(about, '$.number') = 3",
    )

    assert f"record 3: rows: scan {gone} is in the database, not in the report" in faults(
        app, tmp_path
    )


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("DELETE FROM seal WHERE number = 2", "chain: number 2 is missing"),
        (
            "UPDATE scan SET scanned_at = '2026-03-02 08:00:00.000000' WHERE code = 'A-2'",
            "record 3: rows: scan {A-2} is another in the database",
        ),
        ("DELETE FROM scan WHERE code = 'A-2'",
         "record 3: rows: scan {A-2} is in the report, not in the database"),
        ("UPDATE finding SET reason = 'x' WHERE audit_id = 3 AND state = 'misplaced'",
         "record 3: rows: finding B-1 is another in the database"),
        ("DELETE FROM register_change WHERE audit_id = 3",
         "record 3: applied: B-1 was accepted and not changed"),
        (
            "DELETE FROM register_change WHERE audit_id = 3",
            "record 3: applied: B-3 was accepted and not changed",
        ),
        ("UPDATE seal SET report = 'x' WHERE number = 3",
         "record 3: json: it is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ("UPDATE shelf_shot SET picture = x'00'", "record 3: pictures: {picture}"),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_changed_by_sql_is_named(app, tmp_path, closed, statement, reason):
    report = json.loads(closed.pack["report.json"])
    names = {
        "{A-2}": find(report, "A-2")["scan_ids"][0],
        "{picture}": report["pictures"][0]["sha256"],
    }
    for word, name in names.items():
        reason = reason.replace(word, name)

    tamper(app, statement)

    assert reason in faults(app, tmp_path)


def test_26_a_record_sealed_again_breaks_the_next(app, tmp_path, closed):
    before = json.loads(closed.earlier[1])
    before["software"] = "another"

    tamper(app, put_back(2, seal_again(before, closed.key)))

    assert "chain: number 3 names another predecessor" in faults(app, tmp_path)
