"""Files in a bucket, on a real S3 server (`rclone serve s3`) in a folder."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from scanner_app.cli.files.copies import back_up_files, restore_files
from scanner_app.config import Settings, SettingsError
from scanner_app.domain.errors import Unavailable
from scanner_app.edge.attachments.import_files import forget_import_file
from scanner_app.edge.health.troubles import find_troubles
from scanner_app.edge.state import app_state
from scanner_app.queries.imports.runs import find_run
from scanner_app.services.imports.life import ask_check
from scanner_app.storage.database import db, reading, transact
from scanner_app.storage.file_store import FolderStore, open_store
from scanner_app.worker.run_jobs import drain
from tests.support.buckets import BucketServer
from tests.support.databases import build_app
from tests.support.register import add_asset

DOCUMENT = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Iterator[BucketServer]:
    service = BucketServer(tmp_path_factory.mktemp("s3"))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def store(service, tmp_path):
    return open_store(service.settings(tmp_path / "instance"))


def find_object(service: BucketServer, name: str) -> Path:
    [path] = service.folder.rglob(name)
    return path


def test_returns_what_was_put_and_puts_a_damaged_file_right_again(service, store):
    name = store.put(b"a picture")
    assert store.get(name) == b"a picture"
    assert find_object(service, name).parent == service.folder / "bucket" / "files" / name[:2]

    find_object(service, name).write_bytes(b"a pictURE")
    assert store.get(name) is None
    assert store.put(b"a picture") == name

    assert store.get(name) == b"a picture"
    assert name in set(store.names())
    assert store.get("0" * 64) is None
    with pytest.raises(ValueError, match="SHA-256"):
        store.get("../../secret-key")


def test_is_backed_up_into_a_folder_and_restored_from_it(service, store, tmp_path):
    settings = service.settings(tmp_path / "instance")
    name = store.put(b"kept twice")
    back_up_files(settings, tmp_path / "copy")
    assert FolderStore(tmp_path / "copy.files").get(name) == b"kept twice"
    find_object(service, name).unlink()

    assert restore_files(settings, tmp_path / "copy") == 1
    assert store.get(name) == b"kept twice"


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_says_that_the_service_is_away(service, store, app, now, tmp_path):
    settings = service.settings(tmp_path / "instance")
    name = store.put(b"one")
    service.stop()
    try:
        began = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer") as away:
            store.get(name)
        assert away.value.code == "files_away"
        with pytest.raises(Unavailable):
            store.put(b"two")
        assert time.monotonic() - began < 20
        with app.app_context(), reading() as session:
            troubles = find_troubles(session, settings, now=now)
        assert (
            "s3://bucket/files cannot be used"
            in {t.code: t.message for t in troubles}["files_away"]
        )
    finally:
        service.start()
    assert store.get(name) == b"one"


@pytest.mark.either_database
def test_a_file_sent_to_one_machine_opens_on_another_and_scans_need_none(
    service, database, tmp_path, app, api, work, now
):
    with work() as session:
        add_asset(session, "LT-001", now=now)
    one, other = (
        build_app(service.settings(tmp_path / name, database)) for name in ("one", "other")
    )
    headers = api.headers
    file = (BytesIO(DOCUMENT), "paper.pdf")
    address = f"/api/v1/assets/LT-001/attachments/{uuid.uuid4()}"
    sent = one.test_client().put(f"{address}?kind=document", data={"file": file}, headers=headers)
    assert sent.status_code == 200, sent.text

    got = other.test_client().get(address, headers=headers)
    assert got.data == DOCUMENT

    service.stop()
    try:
        away = other.test_client().get(address, headers=headers)
        scan = {
            "scan_id": str(uuid.uuid4()),
            "code": "LT-001",
            "intent": "sighting",
            "scanned_at": now.isoformat(),
        }
        scanned = other.test_client().post("/api/v1/scans", json={"scans": [scan]}, headers=headers)
    finally:
        service.start()
    assert (away.status_code, away.json["code"]) == (503, "files_away")
    assert away.headers["Retry-After"] == "30"
    assert scanned.json["results"][0]["status"] == "recorded"
    for machine in (one, other):
        with machine.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.mark.either_database
def test_a_file_of_an_import_is_checked_by_the_worker_of_another_machine(
    service, database, tmp_path, app, page_as, now
):
    app_state(app).settings = service.settings(tmp_path / "instance", database)
    other = build_app(service.settings(tmp_path / "other", database))
    file = (BytesIO(b"Asset tag,Name\nNEW-1,New\n"), "new.csv")
    sent = page_as("admin").post("/imports", data={"kind": "assets", "file": file})
    assert sent.status_code == 303, sent.text
    number = int(sent.headers["Location"].split("/")[2])
    with app.app_context():
        transact(lambda session: ask_check(session, run_id=number, now=datetime.now(UTC)))

    assert drain(other) == 1

    with app.app_context(), reading() as session:
        run = find_run(session, number)
        sha256 = run.file_sha256
        assert (run.state, run.created_count, run.error) == ("checked", 1, None)
    with other.app_context():
        forget_import_file(sha256)
        db.session.remove()
        db.engine.dispose()
    assert not list((tmp_path / "other" / "imports").glob(sha256))
    assert not list(service.folder.rglob(sha256))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SCANNER_FILES_URL", "https://example.org", "like s3://bucket/prefix"),
        ("SCANNER_FILES_URL", "s3://user:secret@bucket", "like s3://bucket/prefix"),
        ("SCANNER_FILES_ENDPOINT", "s3.example.org", "like https://s3.example.org"),
        ("SCANNER_FILES_KEY", "only", "belong together"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name, value, says):
    with pytest.raises(SettingsError, match=says):
        Settings.from_env({"SCANNER_FILES_URL": "s3://bucket", name: value})
