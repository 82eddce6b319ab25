"""Scans posted through the API, and the state of an asset after them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from scanner_app.models import Asset
from scanner_app.storage.database import reading

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(minutes: float) -> str:
    return (START + timedelta(minutes=minutes)).isoformat()


def scan(code: str, intent: str = "sighting", **fields) -> dict:
    return {
        "scan_id": str(uuid.uuid4()),
        "code": code,
        "intent": intent,
        "scanned_at": fields.pop("scanned_at", at(60)),
        **fields,
    }


def post(api, *scans) -> list[dict]:
    answer = api.post("/scans", json={"scans": list(scans)})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def asset_state(app, tag: str) -> tuple:
    with app.app_context(), reading() as session:
        row = session.execute(
            select(Asset.status, Asset.location_id, Asset.custodian_id).where(
                Asset.asset_tag == tag
            )
        ).one()
    return row.status.value, row.location_id, row.custodian_id
