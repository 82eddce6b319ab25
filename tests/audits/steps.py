"""The steps of an audit, through the API."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HX = {"HX-Request": "true"}


def scan(api, code: str, audit: int, location: str | None = "R-1", minute: int = 0, **fields):
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


def open_audit(api, **body) -> int:
    answer = api.post("/audits", json={"name": "Spring", "scope": {"locations": ["HQ"]}, **body})
    assert answer.status_code == 201, answer.text
    audit = answer.json["id"]
    assert answer.json["state"] == "draft"
    assert api.post(f"/audits/{audit}/counting").status_code == 200
    return audit


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
