"""The checker: hold the database against what the clients were told."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Asset, Location, Scan
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, unit_of_work
from tests.support.register import add_asset, add_location, add_person
from tests.torture.clients import Ledger
from tests.torture.nemesis import Verdict

TAGS = [f"LT-{n:03}" for n in range(1, 13)]
PEOPLE = ["1001", "1002", "1003"]
ROOMS = ["R-1", "R-2", "R-3"]


def furnish(session: Session, *, now: datetime) -> list[Location]:
    """Add rooms, people and assets, and return the rooms."""
    rooms = [add_location(session, code, f"Room {code}", now=now) for code in ROOMS]
    for number in PEOPLE:
        add_person(session, number, f"Person {number}", now=now)
    for tag in TAGS:
        add_asset(session, tag, now=now)
    return rooms


def check(ledger: Ledger, *, token_id: int, began: datetime) -> Verdict:
    """Hold the database against what the clients were told."""
    with reading() as session:
        rows = session.execute(select(Scan).order_by(Scan.id)).scalars().all()
        log = [
            (str(row.scan_id), row.code, row.intent, row.scanned_at, row.source, row.answer)
            for row in rows
        ]
        order = {str(row.scan_id): (row.effective_at, row.id) for row in rows}
        states = {
            row.asset_tag: (row.status, row.location_id, row.custodian_id, row.last_seen_at)
            for row in session.scalars(select(Asset))
        }
    counts = Counter(row[0] for row in log)
    verdict = Verdict(
        acknowledged=len(ledger.acknowledged),
        stored=len(log),
        lost_answers=ledger.lost_answers,
        server_errors=ledger.server_errors,
        reuse_accepted=ledger.reuse_accepted,
        answer_changed=ledger.answer_changed,
    )
    verdict.lost = [scan_id for scan_id in ledger.acknowledged if scan_id not in counts]
    verdict.doubled = [scan_id for scan_id, count in counts.items() if count > 1]
    codes = {scan_id: one["code"] for scan_id, one in ledger.sent.items()} | ledger.reads
    verdict.altered = [row[0] for row in log if codes[row[0]] != row[1]]
    replayed = replay(ledger, order, token_id=token_id, began=began)
    verdict.state_differs = [tag for tag in TAGS if states[tag] != replayed[tag]]
    return verdict


def replay(
    ledger: Ledger,
    stored: dict[str, tuple[datetime, int]],
    *,
    token_id: int,
    began: datetime,
) -> dict[str, tuple]:
    """Return the states that the stored scans lead to when each is delivered once.

    They are delivered in the order in which they took effect: of two fresh scans of one asset, the
    one that got its lock first came first, whatever their clocks said.
    """
    actor = Actor(kind="token", id=token_id, name="torture", role=Role.ADMIN, token_id=token_id)
    log = sorted(
        ((at, ledger.sent[scan_id]) for scan_id, at in stored.items() if scan_id in ledger.sent),
        key=lambda pair: pair[0],
    )
    with unit_of_work() as session:
        # The same rooms and people, other assets: the fresh ones get the log from the start.
        for tag in TAGS:
            add_asset(session, f"AGAIN-{tag}", now=began)
        for (effective_at, _), one in log:
            record_scans(
                session,
                actor=actor,
                now=datetime.now(UTC),
                scans=[
                    NewScan(
                        scan_id=uuid.uuid4(),
                        code=f"AGAIN-{one['code']}",
                        intent=Intent(one["intent"]),
                        scanned_at=effective_at,
                        location=one.get("location"),
                        custodian=one.get("custodian"),
                        source="camera",
                    )
                ],
            )
        return {
            row.asset_tag.removeprefix("AGAIN-"): (
                row.status,
                row.location_id,
                row.custodian_id,
                row.last_seen_at,
            )
            for row in session.scalars(select(Asset).where(Asset.asset_tag.like("AGAIN-%")))
        }
