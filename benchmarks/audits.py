"""An audit of 50,000 expected assets: frozen, classified, reconciled, closed; beside bare SQL.

    python -m benchmarks.audits [--assets 50000] [--databases sqlite,postgres]

Classification is what `record_sightings` does to the findings, in batches of 1,000 as they come
from the floor; the bare SQL is one UPDATE that gives every finding the same state from the scan
log. Both start from the same frozen list, and their results are compared. The 45,000 sightings
stand prepared in the process, which a server never has: they are kept from the garbage collector,
and its threshold is the server's own, so that ours does not pay for walking through them.
"""

from __future__ import annotations

import argparse
import gc
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from benchmarks.office import LONG_AGO, analyze, open_office
from scanner_app.cli.serve import BATCH_OBJECTS
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.approver import Approver
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.seals.report import SigningKey
from scanner_app.models import Asset, Finding, Location, Scan
from scanner_app.queries.audits.rooms import list_rooms
from scanner_app.queries.audits.tallies import load_tally
from scanner_app.services.audits.close import Closure, close_audit
from scanner_app.services.audits.count import AuditSighting, record_sightings
from scanner_app.services.audits.decide import decide_findings
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting, start_reconciling
from scanner_app.services.seals.chain import Sealing
from scanner_app.storage.database import reading, unit_of_work

ACTOR = Actor("user", 1, "bench", Role.ADMIN, user_id=1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BATCH = 1000

BARE_FREEZE = """
INSERT INTO finding (audit_id, asset_id, is_expected, state, flags, recorded_location_id,
                     recorded_custodian_id, recorded_status, value_cents, sightings,
                     proposal_fields)
SELECT :audit, id, true, 'missing', '[]', location_id, custodian_id, status,
       purchase_cost_cents, 0, '{}'
FROM asset WHERE status NOT IN ('retired', 'disposed') ORDER BY id
"""
BARE_CLASSIFY = """
UPDATE finding SET
  state = CASE WHEN seen.location_id IS NULL OR place.path LIKE home.path || '%%'
               THEN 'verified' ELSE 'misplaced' END,
  seen_at = seen.effective_at, seen_location_id = seen.location_id,
  seen_person_id = seen.person_id, sightings = seen.sightings
FROM (SELECT asset_id, effective_at, location_id, person_id, sightings FROM (
        SELECT asset_id, effective_at, location_id, person_id,
               row_number() OVER (PARTITION BY asset_id ORDER BY effective_at DESC, id DESC) AS n,
               count(*) OVER (PARTITION BY asset_id) AS sightings
        FROM scan WHERE audit_id = :log AND asset_id IS NOT NULL AND voids IS NULL
      ) AS ranked WHERE n = 1) AS seen
LEFT JOIN location AS place ON place.id = seen.location_id, location AS home
WHERE finding.audit_id = :audit AND finding.asset_id = seen.asset_id
  AND home.id = finding.recorded_location_id
"""


def timed(label: str, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    taken = time.perf_counter() - started
    print(f"  {label:58}{taken:8.2f} s", flush=True)
    return taken


def write(work: Callable[[Session], object]) -> Callable[[], object]:
    def run() -> object:
        with unit_of_work() as session:
            return work(session)

    return run


def open_audit(name: str) -> int:
    with unit_of_work() as session:
        audit = create_audit(
            session, name=name, scope={}, is_blind=False, due_on=None, actor=ACTOR, now=NOW
        )
        return audit.id


def plan_sightings() -> list[AuditSighting]:
    """Nine of ten assets are seen, one of ten of these in the next room."""
    with reading() as session:
        assets = session.execute(select(Asset.id, Asset.location_id).order_by(Asset.id)).all()
        places = {
            i: path for i, path in session.execute(select(Location.id, Location.path)) if path
        }
    rooms = sorted(places)
    seen = []
    for n, (asset_id, room) in enumerate(assets):
        if n % 10 == 0:
            continue
        where = rooms[(rooms.index(room) + 1) % len(rooms)] if n % 10 == 1 else room
        seen.append(
            AuditSighting(
                asset_id, None, None, NOW + timedelta(seconds=n), where, places[where], None, None
            )
        )
    return seen


def log_scans(audit_id: int, seen: list[AuditSighting]) -> None:
    with unit_of_work() as session:
        for start in range(0, len(seen), BATCH):
            session.execute(
                insert(Scan),
                [
                    {
                        "scan_id": uuid.uuid4(),
                        "fingerprint": "x",
                        "code": "x",
                        "code_key": "X",
                        "intent": Intent.SIGHTING,
                        "scanned_at": one.at,
                        "recorded_at": NOW,
                        "effective_at": one.at,
                        "asset_id": one.asset_id,
                        "location_id": one.location_id,
                        "audit_id": audit_id,
                        "actor": "user:1",
                        "actor_name": "bench",
                        "outcome": Outcome.NOTED,
                        "answer": "{}",
                    }
                    for one in seen[start : start + BATCH]
                ],
            )


def states_of(audit_id: int) -> dict[int | None, tuple[object, ...]]:
    with reading() as session:
        rows = session.execute(
            select(
                Finding.asset_id, Finding.state, Finding.seen_location_id, Finding.sightings
            ).where(Finding.audit_id == audit_id)
        )
        return {row[0]: tuple(row[1:]) for row in rows}


def run(kind: str, assets: int) -> None:
    with open_office(kind, assets):
        print(f"\n{kind}: an audit of {assets:,} expected assets")
        measure()


def measure() -> None:
    ours, bare = open_audit("ours"), open_audit("bare")
    measure_freezing(ours, bare)
    seen = plan_sightings()
    log_scans(ours, seen)
    analyze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(BATCH_OBJECTS, 10, 10)
    measure_classifying(ours, bare, seen)
    with reading() as session:
        timed("counts by state, as the counting page asks", lambda: load_tally(session, ours))
        timed("counts by room, as the counting page asks", lambda: list_rooms(session, ours))
    measure_closing(ours)


def measure_freezing(ours: int, bare: int) -> None:
    frozen = timed(
        "freeze the expected list",
        write(lambda s: start_counting(s, audit_id=ours, actor=ACTOR, now=LONG_AGO)),
    )
    plain = timed(
        "  one bare INSERT .. SELECT",
        write(lambda s: s.execute(text(BARE_FREEZE), {"audit": bare})),
    )
    print(f"  {'  ratio':58}{frozen / plain:8.2f}")


def measure_classifying(ours: int, bare: int, seen: list[AuditSighting]) -> None:
    def classify(session: Session) -> None:
        for start in range(0, len(seen), BATCH):
            batch = seen[start : start + BATCH]
            record_sightings(session, audit_id=ours, seen=batch)

    live = timed(f"classify {len(seen):,} sightings, batches of {BATCH:,}", write(classify))
    plain = timed(
        "  one bare UPDATE from the scan log",
        write(lambda s: s.execute(text(BARE_CLASSIFY), {"audit": bare, "log": ours})),
    )
    print(f"  {'  ratio':58}{live / plain:8.2f}")
    assert states_of(ours) == states_of(bare), "the two disagree"


def measure_closing(ours: int) -> None:
    timed(
        "end counting and make the proposals",
        write(
            lambda s: start_reconciling(s, audit_id=ours, actor=ACTOR, now=NOW + timedelta(days=1))
        ),
    )
    with reading() as session:
        open_ids = list(
            session.scalars(
                select(Finding.id).where(Finding.audit_id == ours, Finding.proposal.is_not(None))
            )
        )
    timed(
        f"accept all {len(open_ids):,} at once",
        write(
            lambda s: decide_findings(
                s,
                audit_id=ours,
                finding_ids=open_ids,
                decision=Decision.ACCEPT,
                reason="seen",
                actor=ACTOR,
                now=NOW,
            )
        ),
    )
    timed(
        "close: apply, report, seal",
        write(
            lambda s: close_audit(
                s,
                Closure(
                    ours,
                    Sealing(ACTOR, NOW + timedelta(days=2), SigningKey.make(), "bench"),
                    Approver.ANYONE,
                ),
            )
        ),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=int, default=50_000)
    parser.add_argument("--databases", default="sqlite,postgres")
    options = parser.parse_args()
    for kind in options.databases.split(","):
        run(kind, options.assets)


if __name__ == "__main__":
    main()
