"""Hand-overs as a counter sends them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.services.circulation.terms import write_terms

ADMIN = Actor("user", 1, "Ada", Role.ADMIN, user_id=1)


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


def add_terms(session, title: str, body: str, category: str = "", **more):
    return write_terms(
        session, category=category, title=title, body=body, actor=ADMIN, now=datetime.now(UTC), **more
    )  # fmt: skip


def put_in_tray(api, *codes: str) -> str:
    tray = str(uuid.uuid4())
    at = datetime.now(UTC) - timedelta(minutes=1)
    scans = [
        {**line(code, at=(at + timedelta(seconds=n)).isoformat()), "intent": "lookup", "handover": tray}
        for n, code in enumerate(codes)
    ]  # fmt: skip
    answer = api.post("/scans", json={"scans": scans})
    assert answer.status_code == 200, answer.text
    return tray
