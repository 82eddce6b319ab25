"""The steps of an audit, through the API."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from scanner_app.models import Audit
from scanner_app.storage.database import unit_of_work

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HX = {"HX-Request": "true"}


def scan(api, code: str, audit, location: str | None = "R-1", minute: Any = 0, **fields: Any):
    [result] = api.post(
        "/scans",
        json={
            "scans": [
                {
                    "scan_id": str(uuid.uuid4()),
                    "code": code,
                    "intent": "sighting",
                    "audit": audit,
                    "scanned_at": (START + timedelta(hours=1, minutes=minute)).isoformat(),
                    **({"location": location} if location else {}),
                    **fields,
                }
            ]
        },
    ).json["results"]
    return result


def later() -> str:
    """Return a time after everything that was counted: now."""
    return datetime.now(UTC).isoformat()


def open_audit(api, **body) -> int:
    answer = api.post("/audits", json={"name": "Spring", "scope": {"locations": ["HQ"]}, **body})
    assert answer.status_code == 201, answer.text
    audit = answer.json["id"]
    assert answer.json["state"] == "draft"
    start_at(api, audit)
    return audit


def start_at(api, audit: int, at: datetime = START, **body: Any) -> None:
    """Start counting as if it were that time: what was scanned before it does not count."""
    answer = api.post(f"/audits/{audit}/counting", json=body)
    assert answer.status_code == 200, answer.text
    set_start(api, audit, at)


def set_start(api, audit: int, at: datetime = START) -> None:
    """Change when an audit that is being counted has started."""
    with api.client.application.app_context(), unit_of_work() as session:
        began = {"counting_started_at": at, "counting_spans": [[at.isoformat(), None]]}
        session.execute(update(Audit).where(Audit.id == audit).values(began))


def state_of(api, audit: int, tag: str) -> tuple[str, list[str]]:
    items = api.get(f"/audits/{audit}/findings").json["items"]
    [found] = [item for item in items if item["asset"] == tag or item["code"] == tag]
    return found["state"], found["flags"]


def decide(api, audit: int, tag: str, decision: str, reason: str | None = "seen it", **more):
    items = api.get(f"/audits/{audit}/findings").json["items"]
    [found] = [item for item in items if item["asset"] == tag or item["code"] == tag]
    return api.patch(
        f"/audits/{audit}/findings/{found['id']}",
        json={"decision": decision, "reason": reason, **more},
    )


def find(api, audit: int, tag: str) -> dict:
    items = api.get(f"/audits/{audit}/findings").json["items"]
    [found] = [item for item in items if item["asset"] == tag or item["code"] == tag]
    return found


def reject_all(api, audit: int) -> None:
    for item in api.get(f"/audits/{audit}/findings").json["items"]:
        if item["proposal"] and not item["decision"]:
            answer = api.patch(
                f"/audits/{audit}/findings/{item['id']}",
                json={"decision": "reject", "reason": "later"},
            )
            assert answer.status_code == 200, answer.text


def close(api, audit: int) -> None:
    answer = api.post(f"/audits/{audit}/closure")
    assert answer.status_code == 200, answer.text
