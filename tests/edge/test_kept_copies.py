"""What a browser, and a cache on the way, may keep of each answer: a table by hand."""

from __future__ import annotations

import hashlib
import re
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.audits.asking.attestation import LinkHolder
from scanner_app.domain.register.attachments import JPEG, AttachmentKind
from scanner_app.domain.stock.items import StockClass
from scanner_app.models import Asset, Attachment, ContractPaper, Setting, ShelfShot, StockItem
from scanner_app.pages.phone import module_url
from scanner_app.services.audits.asking.pictures import KeptPicture, keep_picture
from scanner_app.services.seals.acts import record_act
from scanner_app.storage.file_store import FOLDER, FolderStore
from tests.edge.test_routes import walk
from tests.support.databases import SqliteTemplate
from tests.support.register import add_asset, add_location, add_person

FOREVER = "public, max-age=31536000, immutable"
AGAIN = "no-cache"
# Kept by this browser alone, which asks each time whether it is still good: of somebody signed in.
OWN = "private, no-cache"
NEVER = "no-store"
SHOT = uuid.UUID(int=5)
# Whatever is not in this table is NEVER kept.
KEPT = {
    "GET /assets/<path:asset_tag>/code.svg": OWN,
    "GET /locations/<path:code>/code.svg": OWN,
    "GET /people/<path:ref>/code.svg": OWN,
    "GET /stock/items/<path:code>/code.svg": OWN,
    "GET /shelf/<shot>/picture.jpg": OWN,
    "GET /attachments/<uuid:uuid>": OWN,
    "GET /contracts/papers/<uuid:uuid>": OWN,
    "GET /audits/<id:audit_id>/pictures/<string:sha256>.jpg": OWN,
    "GET /attachments/<uuid:uuid>/thumb.jpg": OWN,
    "GET /api/v1/assets/<path:asset_tag>/attachments/<uuid:uuid>": OWN,
    "GET /scan/places.json": OWN,
    "GET /scan/expected.json": OWN,
    "GET /audits/<id:audit_id>/expected.json": OWN,
    "GET /js/<version>/<room>/<name>": FOREVER,
    "GET /manifest.webmanifest": AGAIN,
    "GET /organisation/logo.jpg": AGAIN,
    "GET /sw.js": AGAIN,
    "GET /sw-plain.js": AGAIN,
}
# What is there for each part of an address.
VALUES = {
    "asset_tag": "A-1",
    "code": "R-1",
    "ref": "1001",
    "number": "1001",
    "shot": str(SHOT),
    "uuid": str(SHOT),
    "name": "assets",
    "ending": "csv",
    "form": "json",
    "finding_id": "1",
    "sha256": hashlib.sha256(b"\xff\xd8").hexdigest(),
}
QUERIES = {"GET /api/v1/events": "?audit=1", "GET /api/v1/identify": "?code=A-1"}


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """SQLite alone: a header does not depend on the database."""
    return sqlite_template.make(tmp_path / "instance")


@pytest.fixture
def office(api, work, now, tmp_path) -> None:
    """One of everything that an address may name."""
    with work() as session:
        room = add_location(session, "R-1", "Room", now=now)
        add_person(session, "1001", "Ana", now=now)
        add_asset(session, "A-1", location=room, now=now)
        session.add(Setting(key="logo", value="/9g=", revision=1, changed_at=now, changed_by="Ana"))
        session.add(
            ShelfShot(
                id=SHOT, upload_sha256="u", sha256="s", picture=b"\xff\xd8", width=1, height=1,
                symbols=[], taken_at=now, actor="user:1", actor_name="Ana",
            )
        )  # fmt: skip
        session.add(
            StockItem(
                code="R-1", code_key="R-1", name="Mouse", stock_class=StockClass.ACCESSORY,
                returns=True, created_at=now, updated_at=now,
            )
        )  # fmt: skip
        asset_id = session.scalar(select(Asset.id))
        store = FolderStore(tmp_path / "instance" / FOLDER)
        name = store.put(b"\xff\xd8")
        session.add(
            Attachment(
                uuid=SHOT, kind=AttachmentKind.PICTURE, asset_id=asset_id, sha256=name,
                thumb_sha256=name, media_type=JPEG, filename="a.jpg", size=2, taken_at=now,
                actor="user:1", actor_name="Ana",
            )
        )  # fmt: skip
    term = {"number": "1001", "name": "Support", "starts_on": "2026-01-01"}
    api.post("/contracts", json=term)
    with work() as session:
        session.add(
            ContractPaper(
                uuid=SHOT, contract_id=1, sha256=name, media_type=JPEG, filename="a.jpg", size=2,
                taken_at=now, actor="user:1", actor_name="Ana",
            )
        )  # fmt: skip
    audit = api.post("/audits", json={"name": "X", "scope": {"locations": ["R-1"]}}).json["id"]
    api.post(f"/audits/{audit}/counting")
    with work() as session:
        act = record_act(session, kind=ActKind.EVIDENCE_ADDED, actor=None, now=now, audit_id=audit)
        keep_picture(
            session, audit_id=audit, finding_id=1, act_id=act,
            picture=KeptPicture(VALUES["sha256"], 2, 1, 1), actor=LinkHolder(1, "Ana"), now=now,
        )  # fmt: skip


@pytest.mark.usefixtures("office")
def test_each_answer_may_be_kept_as_the_table_says(app, api, admin):
    kept, answered = {}, 0
    for name, method, rule in walk(app):
        if method != "GET" or rule.rule.startswith("/find/"):  # a stream that lasts
            continue
        path = re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda part: VALUES.get(part[1], "1"), rule.rule)
        if name.startswith("GET /js/"):
            with app.test_request_context():
                path = module_url("scan/page.js")
        path += QUERIES.get(name, "")
        asks = api if path.startswith("/api/") else admin
        answer = asks.get(path.removeprefix("/api/v1") if asks is api else path)
        answered += answer.status_code == 200
        if name in KEPT or name in QUERIES:
            assert answer.status_code == 200, name
        if answer.headers["Cache-Control"] != NEVER:
            kept[name] = answer.headers["Cache-Control"]
        answer.close()

    assert kept == KEPT
    assert answered > 50


def test_a_file_is_kept_for_ever_only_under_the_hash_of_its_content(app):
    client = app.test_client()
    with client.get("/static/icons.svg") as plain, client.get("/static/icons.svg?v=1") as fixed:
        assert (plain.headers["Cache-Control"], fixed.headers["Cache-Control"]) == (AGAIN, FOREVER)
