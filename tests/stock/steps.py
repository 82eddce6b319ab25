"""What the tests of stock do again and again."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import StockAccount, StockLevel
from scanner_app.services.stock.check import find_mismatches

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TONER, MOUSE, MEMORY, TONER_BOX = "ST-0001", "ST-0002", "ST-0003", "4006381333931"


def scan(code: str, intent: str, *, at: datetime | None = None, **more) -> dict:
    more.setdefault("scan_id", str(uuid.uuid4()))
    more.setdefault("scanned_at", (at or datetime.now(UTC)).isoformat())
    return {"code": code, "intent": intent, **more}


def post(api, *scans: dict) -> list[dict]:
    answer = api.post("/scans", json={"scans": list(scans)})
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def today(hour: int, minute: int = 0) -> datetime:
    """Return a time of yesterday: late enough for no scan to be in the future."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    return day + timedelta(hours=hour, minutes=minute)


def level_of(session: Session, item_id: int, place_id: int) -> int:
    return (
        session.scalar(
            select(StockLevel.quantity)
            .join(StockAccount, StockAccount.id == StockLevel.account_id)
            .where(StockLevel.stock_item_id == item_id, StockAccount.location_id == place_id)
        )
        or 0
    )


def assert_books_agree(session: Session) -> None:
    assert find_mismatches(session) == []
