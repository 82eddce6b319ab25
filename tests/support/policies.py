"""Policies and waivers, as many as a test of lists needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.policies.checks import Check
from scanner_app.domain.policies.gates import Gate, Mode, Severity
from scanner_app.models import Policy


def add_policies(session: Session, count: int, *, now: datetime) -> None:
    """Add policies that hold nothing up."""
    for number in range(count):
        session.add(
            Policy(
                code=f"same-{number}", version=1, title="Same", stage=1, check=Check.SIGNED_FOR,
                gate=Gate.DEPLOY, mode=Mode.WARN, severity=Severity.LOW, is_active=False,
                changed_at=now, changed_by="Ana",
            )
        )  # fmt: skip


def waive_alike(api: Any, count: int) -> None:
    """Waive one policy for assets A-1 and on."""
    for number in range(1, count + 1):
        until = (datetime.now(UTC) + timedelta(days=9)).date()
        body = {"policy": "quotes", "subject_kind": "asset", "subject": f"A-{number}"}
        answer = api.post("/waivers", json={**body, "reason": "Same", "until_on": str(until)})
        assert answer.status_code == 201, answer.text
