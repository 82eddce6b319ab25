"""The audit of 100,000 assets whose truth is known beforehand: 400 places, 20 counters.

    python -m benchmarks.big_audit [--places 400] [--databases sqlite,postgres]

250 assets stand at each place; j is the number of one within its place. What happens to each
follows from j and from the number of the place: 40 places are counted twice, some assets are
scanned in the next place, late, by an old label, or never. So every number of the report is known
before anything is scanned, and each is asserted. Then the record is checked by the outsider's
program. With fewer places (a multiple of 40) all numbers are smaller in proportion.

Three things are timed beside one bare SQL over the same rows: classifying, a page of the queue and
the live board. Closing is timed beside a bulk load of the same rows, and both run in processes that
do nothing else, so that the memory is theirs.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks.audits import BARE_CLASSIFY, write
from benchmarks.big_audit.closing import SCRIPT, run_apart
from benchmarks.big_audit.story import (
    AGAIN,
    DAY,
    PER_COUNTER,
    PER_PLACE,
    Seen,
    counter_of,
    fill,
    is_recounted,
    send,
    tag_of,
    tell,
)
from benchmarks.office import analyze, open_empty
from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.proposals import Decision, ProposalKind
from scanner_app.edge.state import current_settings
from scanner_app.models import Finding, Location
from scanner_app.queries.audits.counted.by_room import page_findings
from scanner_app.queries.audits.counted.states import count_by_state
from scanner_app.queries.audits.findings import BY_VALUE
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reconciling.wanted import FindingFilter
from scanner_app.queries.audits.rounds.comparing import list_compared
from scanner_app.queries.audits.seeing.board import load_board
from scanner_app.services.audits.decide import decide_findings
from scanner_app.services.audits.reconciling.discuss import comment_on
from scanner_app.services.audits.reconciling.match import match_label
from scanner_app.services.audits.rounds.places import ask_recount, sign_off_place
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting, start_reconciling
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.log import seal_windows

SIGNED, ASKED, ENDED = (DAY + timedelta(hours=h) for h in (12, 12.1, 15))
LEAD = Actor("user", 900, "Lead", Role.ADMIN, user_id=900)

BARE_QUEUE = """
SELECT finding.*, asset.asset_tag FROM finding LEFT JOIN asset ON asset.id = finding.asset_id
WHERE audit_id = :audit AND proposal IS NOT NULL AND decision IS NULL
ORDER BY coalesce(finding.value_cents, -1) DESC, finding.id LIMIT 101
"""
BARE_STATES = "SELECT state, count(*) FROM finding WHERE audit_id = :audit GROUP BY state"
BARE_PLACES = """
SELECT recorded_location_id, state, count(*) FROM finding WHERE audit_id = :audit
GROUP BY recorded_location_id, state
"""
BARE_PEOPLE = """
SELECT location_id, actor, min(effective_at), max(effective_at) FROM scan
WHERE audit_id = :audit GROUP BY location_id, actor
"""
BARE_ROWS = (
    "SELECT * FROM finding WHERE audit_id = :audit",
    "SELECT * FROM scan WHERE audit_id = :audit",
    "SELECT * FROM audit_member WHERE audit_id = :audit",
)


class Clock:
    """Times each step, and keeps what is compared."""

    def __init__(self) -> None:
        self.taken: dict[str, float] = {}

    def run(self, label: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        result = work()
        self.taken[label] = time.perf_counter() - started
        print(f"  {label:58}{self.taken[label]:8.2f} s", flush=True)
        return result

    def compare(self, ours: str, bare: str) -> None:
        ratio = self.taken[ours] / self.taken[bare]
        print(f"  {'  ratio of ' + ours:58}{ratio:8.2f}", flush=True)


def read_all(*statements: str, **values: Any) -> None:
    with reading() as session:
        for statement in statements:
            session.execute(text(statement), values).all()


def run(app: Flask, places: int) -> None:
    clock, counters = Clock(), max(1, places // PER_COUNTER)
    story = tell(places)
    clock.run("fill the register", lambda: fill(places))
    ours, bare = start("ours"), start("bare")
    analyze()
    clock.run(
        "classify: every scan of the first round",
        lambda: send(ours, story.first, counters, DAY + timedelta(hours=11.5)),
    )
    values = {"audit": bare, "log": ours}
    clock.run(
        "bare: one UPDATE from the log", write(lambda s: s.execute(text(BARE_CLASSIFY), values))
    )
    clock.compare("classify: every scan of the first round", "bare: one UPDATE from the log")
    clock.run("sign off, and ask for second counts", lambda: ask_again(ours, places, counters))
    clock.run("count again", lambda: send(ours, story.second, counters, AGAIN))
    look(clock, ours)
    clock.run(
        "end counting and make the proposals",
        write(lambda s: start_reconciling(s, audit_id=ours, actor=LEAD, now=ENDED)),
    )
    clock.run(
        "take what arrives late",
        lambda: send(ours, story.late, counters, ENDED + timedelta(hours=1)),
    )
    refused = [Seen(tag_of(n, 5), n, ENDED + timedelta(minutes=30)) for n in range(5)]
    send(ours, refused, counters, ENDED + timedelta(hours=1))
    check_counts(ours, places)
    # As a database does by itself: PostgreSQL knows nothing yet of what was scanned.
    analyze()
    queue(clock, ours)
    clock.run("decide", lambda: decide(ours, places))
    finish(app, clock, ours, places)


def start(name: str) -> int:
    with unit_of_work() as session:
        made = create_audit(
            session, name=name, scope={"locations": ["B"]}, is_blind=False, due_on=None,
            actor=LEAD, now=DAY,
        )  # fmt: skip
        start_counting(session, audit_id=made.id, actor=LEAD, now=DAY + timedelta(hours=8))
        return made.id


def ask_again(audit: int, places: int, counters: int) -> None:
    with reading() as session:
        ids = dict(session.execute(select(Location.code, Location.id)).all())
    for place in filter(is_recounted, range(places)):
        location_id = ids[f"P{place:03}"]
        actor = counter_of(place, 1, counters)
        with unit_of_work() as session:
            sign_off_place(
                session, audit_id=audit, location_id=location_id, statement="All counted.",
                is_empty=False, actor=actor, now=SIGNED,
            )  # fmt: skip
        with unit_of_work() as session:
            ask_recount(
                session, audit_id=audit, location_id=location_id, reason="drawn",
                counter_id=None, actor=LEAD, now=ASKED,
            )  # fmt: skip


def look(clock: Clock, audit: int) -> None:
    def board() -> None:
        with reading() as session:
            load_board(session, get_audit(session, audit), now=AGAIN)

    clock.run("live board", board)
    clock.run(
        "bare: its counts by place and by person",
        lambda: read_all(BARE_PLACES, BARE_PEOPLE, audit=audit),
    )
    clock.compare("live board", "bare: its counts by place and by person")


def queue(clock: Clock, audit: int) -> None:
    def page() -> None:
        with reading() as session:
            wanted = FindingFilter(undecided=True)
            page_findings(session, audit, wanted, cursor=None, limit=100, sort=BY_VALUE)
            count_by_state(session, audit)

    clock.run("a page of the queue", page)
    clock.run(
        "bare: its rows and its counts", lambda: read_all(BARE_QUEUE, BARE_STATES, audit=audit)
    )
    clock.compare("a page of the queue", "bare: its rows and its counts")


def check_counts(audit: int, places: int) -> None:
    """Assert what every finding is, before anything is decided. Labels are not matched yet."""
    with reading() as session:
        found = {state: count.total for state, count in count_by_state(session, audit).items()}
    of = places // 20
    state = FindingState
    assert found == {
        state.VERIFIED: 4860 * of, state.MISPLACED: 80 * of, state.MISSING: 60 * of,
        state.UNEXPECTED: 10 * of, state.UNREGISTERED: 15 * of,
    }, found  # fmt: skip


def decide(audit: int, places: int) -> None:
    def ids(*conditions: Any) -> list[int]:
        with reading() as session:
            return list(
                session.scalars(select(Finding.id).where(Finding.audit_id == audit, *conditions))
            )

    def take(
        finding_ids: list[int], decision: Decision, reason: str, asset: dict[str, Any] | None = None
    ) -> None:
        with unit_of_work() as session:
            decide_findings(
                session, audit_id=audit, finding_ids=finding_ids, decision=decision, reason=reason,
                actor=LEAD, now=ENDED + timedelta(hours=2), asset=asset,
            )  # fmt: skip

    labels = ids(Finding.code.like("OLD-%"))
    with reading() as session:
        codes = dict(
            session.execute(select(Finding.id, Finding.code).where(Finding.id.in_(labels))).all()
        )
    for id_, code in codes.items():
        with unit_of_work() as session:
            match_label(
                session, audit_id=audit, finding_id=id_, asset_tag=f"A{str(code)[4:]}-248",
                becomes_code=True, note="found by its serial", actor=LEAD, now=ENDED,
            )  # fmt: skip
    take(ids(Finding.code.like("THEIRS-%")), Decision.FOREIGN, "a maker's code")
    for id_ in ids(Finding.code.like("NEW-%")):
        take([id_], Decision.ACCEPT, "new", {"asset_tag": f"N-{id_}"})
    with reading() as session:
        tags = {tag_of(place, 246) for place in range(places)}
        rows = page_all(session, audit)
        attested = [one.id for one in rows if one.asset_tag in tags]
        disagree = [one.id for one in rows if Flag.COUNTS_DISAGREE.value in one.flags]
    assert len(disagree) == 6 * (places // 20), len(disagree)
    take(attested, Decision.REJECT, "its custodian showed a picture")
    for id_ in disagree:
        with unit_of_work() as session:
            comment_on(
                session, audit_id=audit, finding_id=id_, text="It is there.", actor=LEAD, now=ENDED
            )
    take(ids(Finding.proposal.is_not(None), Finding.decision.is_(None)), Decision.ACCEPT, "seen")


def page_all(session: Session, audit: int) -> list[Any]:
    from scanner_app.queries.audits.findings import list_findings

    return list_findings(session, audit, limit=None)


def finish(app: Flask, clock: Clock, audit: int, places: int) -> None:
    """Close, assert every number of the report, and check its pack as an outsider would."""
    settings = current_settings()

    def apart(label: str, *words: Any) -> None:
        taken = run_apart(settings, *words)
        clock.taken[label] = taken.elapsed
        print(
            f"  {label:58}{taken.elapsed:8.2f} s, {taken.processor:.2f} s of the processor, "
            f"at most {taken.peak_mb:.0f} MB",
            flush=True,
        )

    apart("close: apply, report, seal", "close", audit, ENDED + timedelta(hours=3))
    apart("bare: load every row that the report holds", "load", audit)
    clock.compare("close: apply, report, seal", "bare: load every row that the report holds")
    clock.run("bare: only read these rows", lambda: read_all(*BARE_ROWS, audit=audit))
    clock.compare("close: apply, report, seal", "bare: only read these rows")
    for form in ("json", "csv", "xlsx"):
        apart(f"write the report as {form}", "form", audit, form)
    seal_windows(app)
    with tempfile.TemporaryDirectory() as name, app.app_context():
        folder = Path(name)
        apart("write the pack", "pack", audit, str(folder / "pack.zip"))
        with reading() as session:
            check_compared(session, audit, places)
        with zipfile.ZipFile(folder / "pack.zip") as pack:
            pack.extractall(folder)
        check_report(json.loads((folder / "report.json").read_text()), places)
        words = [
            sys.executable, "-I", str(SCRIPT), str(folder / "report.json"), "--key",
            str(folder / "key.pem"),
        ]  # fmt: skip
        done = clock.run(
            "verify_audit.py",
            lambda: subprocess.run(words, capture_output=True, text=True, check=False),
        )
        assert done.returncode == 0, done.stderr
        size = (folder / "report.json").stat().st_size
        print(f"  {done.stdout.strip()} The report has {size / 2**20:.0f} MB.")


def check_compared(session: Session, audit: int, places: int) -> None:
    found = [one.comparison for one in list_compared(session, audit)]
    assert len(found) == places // 10, len(found)
    for one in found:
        assert (one.first, one.second, len(one.both)) == (246, 245, 244), one
        assert (round(one.agreement or 0, 3), round(one.estimate, 2)) == (0.988, 247.01)


def check_report(report: dict[str, Any], places: int) -> None:
    """Assert the numbers that were written down before anything was counted."""
    of = places // 20
    assert report["counts"] == {
        "expected": 5000 * of, "verified": 4865 * of, "misplaced": 80 * of, "missing": 55 * of,
        "unexpected": 10 * of, "unregistered": 10 * of,
    }, report["counts"]  # fmt: skip
    figures = report["accuracy"]
    assert figures["existence"] == 0.989
    assert figures["location_accuracy"] == 0.973
    assert report["flags"][Flag.LATE.value] == 20 * of, report["flags"]
    assert report["foreign"] == places // 8
    assert round(figures["register_completeness"], 6) == round(
        4955 * of / (4965 * of - places // 8), 6
    )
    # 110,100 of 400 places, and five that were refused.
    assert report["scans"]["count"] == 5505 * of + 5, report["scans"]["count"]
    refused = [one for one in report["late_scans"] if not one["counts"]]
    assert len(refused) == 5, len(refused)
    accepted: dict[str, int] = {}
    for one in report["findings"]:
        if one["decision"] == "accept":
            accepted[one["proposal"]] = accepted.get(one["proposal"], 0) + 1
    kind = ProposalKind
    assert accepted == {
        kind.MOVE: 85 * of, kind.MARK_MISSING: 35 * of, kind.REINSTATE: 5 * of,
        kind.REGISTER: 10 * of - places // 8,
    }, accepted  # fmt: skip
    print(f"  every number as written: {report['counts']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=400)
    parser.add_argument("--databases", default="sqlite,postgres")
    options = parser.parse_args()
    assert options.places % 40 == 0, "take a multiple of 40"
    for kind in options.databases.split(","):
        with open_empty(kind) as app:
            print(f"\n{kind}: an audit of {options.places * PER_PLACE:,} expected assets")
            run(app, options.places)


if __name__ == "__main__":
    main()
