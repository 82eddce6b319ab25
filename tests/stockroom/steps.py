"""Hand-overs as a counter sends them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any


def now(seconds: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def line(code: str, *, at: str | None = None, **more: Any) -> dict[str, Any]:
    return {"scan_id": str(uuid.uuid4()), "code": code, "scanned_at": at or now(), **more}


def handover(*codes: str | dict[str, Any], at: str | None = None, **more: Any) -> dict[str, Any]:
    at = at or now()
    scans = [line(code, at=at) if isinstance(code, str) else code for code in codes]
    body = {"handover_id": str(uuid.uuid4()), "kind": "issue", "at": at, "scans": scans, **more}
    if body["kind"] == "issue":
        body.setdefault("person", "1001")
    return body


def post(api, body: dict[str, Any]) -> Any:
    return api.post("/handovers", json=body)


def holder_of(api, tag: str) -> str | None:
    asset = api.get(f"/assets/{tag}").json
    return asset["custodian"]
