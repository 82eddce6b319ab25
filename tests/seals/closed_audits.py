"""Three sealed records with everything that a report may hold, made once through the API."""

from __future__ import annotations

import base64
import hashlib
import io
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask

from scanner_app.config import Settings
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.seals.report import DIGEST, PARTS, SEAL, SigningKey, seal_report
from scanner_app.edge.state import app_state
from scanner_app.models import ScanPicture, ShelfShot
from scanner_app.services.access import tokens, users
from scanner_app.services.seals.acts import record_act
from scanner_app.storage.database import unit_of_work
from scanner_app.storage.keys import load_signing_key
from scanner_app.worker.log import seal_windows
from tests.audits.conftest import fill_office
from tests.audits.steps import decide, open_audit, reject_all, scan
from tests.conftest import ApiClient
from tests.support.apps import open_app
from tests.support.databases import SqliteTemplate, make_settings

PICTURE = b"\xff\xd8 not a real picture \xff\xd9"


@dataclass(frozen=True)
class Closed:
    """Three audits, closed one after the other, the last with every kind of scan in it.

    :param pack: the files of the last one's pack, by name.
    :param earlier: the sealed reports before it.
    """

    key: SigningKey
    audit: int
    pack: dict[str, bytes]
    earlier: list[bytes]


def close_three(app: Flask, api: ApiClient) -> Closed:
    """Close three audits: the counter owns a token, and somebody else approves."""
    app_state(app).settings = replace(app_state(app).settings, closure_needs_two=True)
    with app.app_context(), unit_of_work() as session:
        secrets = {
            name: tokens.add_token(
                session, name=name, role=Role.ADMIN, created_by="test",
                now=datetime.now(UTC), owner_id=owner,
            ).secret
            for owner, name in ((1, "counter"), (2, "approver"))
        }  # fmt: skip
    counter, approver = (ApiClient(app.test_client(), secret) for secret in secrets.values())
    audits = [open_audit(counter) for _ in range(2)]
    for audit in audits:
        counter.post(f"/audits/{audit}/reconciliation")
        reject_all(counter, audit)
        assert approver.post(f"/audits/{audit}/closure").status_code == 200
    last = open_audit(counter)
    _count(app, counter, last)
    assert approver.post(f"/audits/{last}/closure").status_code == 200
    seal_windows(app)
    archive = zipfile.ZipFile(io.BytesIO(api.get(f"/audits/{last}/pack.zip").data))
    return Closed(
        load_signing_key(app_state(app).settings.instance_dir),
        last,
        {name: archive.read(name) for name in archive.namelist()},
        [api.get(f"/audits/{audit}/report.json").data for audit in audits],
    )


def make_office(folder: Path, template: SqliteTemplate) -> tuple[Settings, Closed]:
    """Close three audits in a database of their own, and return its settings and the records."""
    settings = make_settings(folder / "instance", template.make(folder / "instance", fill_office))
    with open_app(settings) as app:
        now = datetime.now(UTC)
        with app.app_context(), unit_of_work() as session:
            for name in ("Counter", "Approver"):
                users.add_user(
                    session, email=f"{name}@example.org", role=Role.ADMIN, name=name,
                    password=None, now=now,
                )  # fmt: skip
            token = tokens.add_token(
                session, name="reader", role=Role.ADMIN, created_by="test", now=now
            )
        return settings, close_three(app, ApiClient(app.test_client(), token.secret))


def _count(app: Flask, api: ApiClient, audit: int) -> None:
    """Count with one scan of each kind, and decide."""
    seen = scan(api, "A-1", audit, "R-1")
    scan(api, "A-2", audit, "R-1-S", minute=1)
    scan(api, "B-1", audit, "R-1", minute=2)
    scan(api, "FAR-1", audit, "R-2", minute=3)
    scan(api, "B-2", audit, None, minute=3)
    scan(api, "NOBODY-KNOWS", audit, "R-2", minute=4)
    wrong = scan(api, "A-3", audit, "R-2", minute=5)
    scan(api, "A-3", audit, None, minute=6, intent="void", voids=wrong["scan_id"])
    scan(api, "A-1", audit, "R-1", minute=7, intent="lookup")
    scan(api, "B-3", None, None, minute=8, intent="lookup")
    with app.app_context(), unit_of_work() as session:
        ana = Actor("user", 2, "Ana", Role.AUDITOR, user_id=2)
        record_act(
            session, kind=ActKind.STATEMENT, actor=ana, now=datetime.now(UTC), audit_id=audit,
            text="All places listed were counted.",
        )  # fmt: skip
        shot = ShelfShot(
            id=uuid.uuid4(), upload_sha256="u", sha256=hashlib.sha256(PICTURE).hexdigest(),
            picture=PICTURE, width=1, height=1, symbols=[], taken_at=datetime.now(UTC),
            actor="user:2", actor_name="Ana", recorded_at=datetime.now(UTC),
        )  # fmt: skip
        session.add(shot)
        session.flush()
        session.add(ScanPicture(scan_id=uuid.UUID(seen["scan_id"]), shot_id=shot.id))
    api.post(f"/audits/{audit}/reconciliation")
    decide(api, audit, "B-1", "accept", "it moved")
    decide(api, audit, "A-3", "reject", "it is on loan")
    decide(api, audit, "B-3", "mark_missing", "it was only looked up")
    reject_all(api, audit)


def strip(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report as it was before it was sealed: without seal, parts and hashes of items."""
    bare = {name: part for name, part in report.items() if name not in {SEAL, PARTS}}
    return {name: _without(part) for name, part in bare.items()}


def _without(part: Any) -> Any:
    if isinstance(part, dict) and isinstance(part.get("items"), list):
        return {**part, "items": _without(part["items"])}
    if isinstance(part, list):
        return [
            {k: v for k, v in item.items() if k != DIGEST} if isinstance(item, dict) else item
            for item in part
        ]
    return part


def seal_again(report: dict[str, Any], key: SigningKey) -> bytes:
    """Return a changed report sealed as the service would seal it."""
    return seal_report(strip(report), key).text.encode()


def write_folder(folder: Path, files: dict[str, bytes]) -> Path:
    """Write the files of a pack into a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def flip_bit(signature: str) -> str:
    """Return a signature with one bit changed."""
    raw = bytearray(base64.b64decode(signature))
    raw[0] ^= 1
    return base64.b64encode(bytes(raw)).decode()


Change = Callable[[dict[str, Any]], None]
