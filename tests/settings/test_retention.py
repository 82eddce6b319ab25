"""What is older than the settings say is deleted; evidence of a finding never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.models import Audit, Finding, Scan, ScanPicture, ShelfShot
from scanner_app.services.settings import change_settings
from scanner_app.worker.retention import sweep
from tests.support.register import add_asset

ADA = Actor(kind="user", id=1, name="Ada", role=Role.ADMIN, user_id=1)
NOW = datetime.now(UTC)
OLD = NOW - timedelta(days=100)


def keep_shot(session, *, recorded_at, audit_id=None, scan=None):
    shot = ShelfShot(
        id=uuid4(), upload_sha256=uuid4().hex, sha256="x", picture=b"jpeg", width=1, height=1,
        symbols=[], taken_at=OLD, actor="user:1", actor_name="Ada", audit_id=audit_id,
        location_id=None, recorded_at=recorded_at,
    )  # fmt: skip
    session.add(shot)
    session.flush()
    if scan is not None:
        session.add(ScanPicture(scan_id=scan, shot_id=shot.id))
    return shot.id


def log_scan(session, asset_id, *, audit_id=None):
    scan_id = uuid4()
    session.add(
        Scan(
            scan_id=scan_id, fingerprint="f", code="A", code_key="A", intent="sighting",
            scanned_at=OLD, recorded_at=OLD, effective_at=OLD, asset_id=asset_id,
            audit_id=audit_id, actor="user:1", actor_name="Ada", outcome="noted", answer="{}",
        )
    )  # fmt: skip
    session.flush()
    return scan_id


@pytest.fixture
def shots(work):
    """Pictures: of no audit, of an audit, of a scan in an audit, of a finding's evidence, new, draft."""
    with work() as session:
        audit = Audit(name="A", state="counting", scope={}, created_at=OLD, created_by="Ada")
        session.add(audit)
        session.flush()
        asset, other = (add_asset(session, tag, now=OLD) for tag in ("LT-1", "LT-2"))
        session.add(
            Finding(
                audit_id=audit.id, asset_id=other, is_expected=True, state="verified",
                seen_at=OLD, sightings=1,
            )
        )  # fmt: skip
        outside = log_scan(session, asset)
        counted = log_scan(session, asset, audit_id=audit.id)
        evidence = log_scan(session, other)
        return {
            "outside": keep_shot(session, recorded_at=OLD, scan=outside),
            "audit": keep_shot(session, recorded_at=OLD, audit_id=audit.id),
            "counted": keep_shot(session, recorded_at=OLD, scan=counted),
            "evidence": keep_shot(session, recorded_at=OLD, scan=evidence),
            "new": keep_shot(session, recorded_at=NOW),
            "draft": keep_shot(session, recorded_at=None),
        }


def set_days(work, days: str) -> None:
    texts = {"keep_shelf_pictures_days": days}
    with work() as session:
        change_settings(session, texts=texts, seen={}, fixed={}, actor=ADA, now=NOW)


def kept(work, shots) -> set[str]:
    with work() as session:
        pictures = dict(session.execute(select(ShelfShot.id, ShelfShot.picture)).all())
    return {name for name, id_ in shots.items() if pictures[id_]}


class TestShelfPhotos:
    def test_go_once_they_are_old_and_no_finding_needs_them(self, app, work, shots):
        sweep(app)
        assert kept(work, shots) == set(shots)

        set_days(work, "30")
        sweep(app)

        assert kept(work, shots) == set(shots) - {"outside"}

    def test_are_guarded_by_the_database_whatever_the_code_says(self, app, work, shots):
        for name in ("audit", "counted", "evidence"):
            for change in ("picture = ''", "picture = '', width = 2", "picture = 'other'"):
                with pytest.raises(DBAPIError, match="evidence"), work() as session:
                    session.execute(
                        text(f"UPDATE shelf_shot SET {change} WHERE upload_sha256 = :sha"),
                        {"sha": session.get(ShelfShot, shots[name]).upload_sha256},
                    )
        with pytest.raises(DBAPIError, match="evidence"), work() as session:
            session.execute(
                text("UPDATE shelf_shot SET picture = '', width = 2 WHERE upload_sha256 = :sha"),
                {"sha": session.get(ShelfShot, shots["outside"]).upload_sha256},
            )

    def test_that_are_gone_are_told_on_their_page(self, app, work, shots, page_as):
        set_days(work, "30")
        sweep(app)
        client = page_as("admin")

        assert "no longer kept" in client.get(f"/shelf/{shots['outside']}").text
        assert client.get(f"/shelf/{shots['outside']}/picture.jpg").status_code == 404
