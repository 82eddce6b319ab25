"""Findings follow the scan log: each thing has exactly one, in any order of arrival."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Asset, Finding, Scan
from scanner_app.services.audits.count import recompute_findings
from scanner_app.services.audits.setup import create_audit
from scanner_app.services.audits.steps import start_counting
from scanner_app.services.scanning.record import record_scans
from tests.audits.steps import START, open_audit, scan, state_of
from tests.support.register import add_asset

ACTOR = Actor("user", 1, "Alice", Role.AUDITOR, user_id=1)
GUEST = Actor("user", 2, "Gus", Role.TECHNICIAN, user_id=2)
CODES = ["A-1", "A-2", "B-1", "B-2", "FAR-1", "OLD-1", "STICKER", "sticker ", "R-1", "TWICE"]
PLACES = [None, "R-1", "R-1-S", "R-2", "AWAY"]

one_scan = st.tuples(
    st.sampled_from(CODES),
    st.sampled_from(PLACES),
    st.integers(0, 6),  # minutes: several at one moment, too
    st.sampled_from([None, "1001", "1002"]),
    st.sampled_from([None, "damaged", "unreadable_label"]),
)


def snapshot(session, audit_id: int) -> dict:
    """What an audit found, without what differs from one audit to the next."""
    rows = session.execute(
        select(
            Finding.asset_id,
            Finding.code_key,
            Finding.is_expected,
            Finding.state,
            Finding.flags,
            Finding.seen_at,
            Finding.seen_location_id,
            Finding.seen_person_id,
            Finding.sightings,
        ).where(Finding.audit_id == audit_id)
    ).all()
    found = {(row.asset_id, row.code_key): tuple(map(str, row[2:])) for row in rows}
    assert len(found) == len(rows), "one thing has two findings"
    return found


def start_audit(session) -> int:
    audit = create_audit(
        session, name="X", scope={"locations": ["HQ"]}, is_blind=False, due_on=None,
        actor=ACTOR, now=START,
    )  # fmt: skip
    session.flush()
    start_counting(session, audit_id=audit.id, actor=ACTOR, now=START)
    return audit.id


def deliver(
    session,
    audit_id: int,
    scans,
    voided,
    chance: random.Random,
    *,
    in_order: bool,
    guests=(),
    without=(),
) -> None:
    """Deliver scans, and the undos of some, in batches; shuffled and twice unless in order.

    :param guests: the scans that a technician tries to undo, who did not make them.
    :param without: the scans that never come.
    """
    made = [
        NewScan(
            scan_id=uuid.uuid5(uuid.NAMESPACE_OID, f"{audit_id} {n}"),
            code=code,
            intent=Intent.SIGHTING,
            # Scans of one moment keep the order of arrival, so each gets a different moment here.
            scanned_at=START + timedelta(minutes=minute, milliseconds=n),
            location=place,
            custodian=person,
            condition=condition,
            audit=audit_id,
        )
        for n, (code, place, minute, person, condition) in enumerate(scans)
    ]
    voids = [_undo(audit_id, made, n, "void") for n in sorted({n % len(made) for n in voided})]
    every = [*(one for n, one in enumerate(made) if n not in without), *voids]
    if not in_order:
        every += chance.sample(every, len(every) // 2)
        chance.shuffle(every)
    size = 100 if in_order else 4
    later = START + timedelta(hours=1)  # a time in the future would be replaced by this one
    for start in range(0, len(every), size):
        record_scans(session, scans=every[start : start + size], actor=ACTOR, now=later)
        if start == 0:
            refused = [_undo(audit_id, made, n, "no") for n in guests]
            record_scans(session, scans=refused, actor=GUEST, now=later)


def _undo(audit_id: int, made, number: int, name: str) -> NewScan:
    return NewScan(
        scan_id=uuid.uuid5(uuid.NAMESPACE_OID, f"{audit_id} {name} {number}"),
        code="undo",
        intent=Intent.VOID,
        scanned_at=START + timedelta(minutes=30),
        voids=made[number % len(made)].scan_id,
        audit=audit_id,
    )


@pytest.mark.usefixtures("office")
class TestFindings:
    @settings(
        max_examples=12,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        scans=st.lists(one_scan, min_size=1, max_size=14),
        voided=st.lists(st.integers(0, 13), max_size=4),
        guests=st.lists(st.integers(0, 13), max_size=3, unique=True),
        seed=st.integers(0, 2**16),
    )
    def test_findings_are_the_same_for_any_order_and_number_of_deliveries(
        self, work, scans, voided, guests, seed
    ):
        chance = random.Random(seed)
        with work() as session:
            if session.scalar(select(Asset.id).where(Asset.asset_tag == "X-1")) is None:
                for tag in ("X-1", "X-2"):
                    add_asset(session, tag, serial="TWICE", now=START)
            clean, straight, shuffled = (start_audit(session) for _ in range(3))
            deliver(session, straight, scans, voided, chance, in_order=True, guests=guests)
            deliver(session, shuffled, scans, voided, chance, in_order=False, guests=guests)

            wanted = snapshot(session, straight)
            assert snapshot(session, shuffled) == wanted

            # An undone scan leaves no trace, and a refused undo none either.
            undone = {n % len(scans) for n in voided}
            deliver(session, clean, scans, [], chance, in_order=True, without=undone)
            assert snapshot(session, clean) == wanted

            # Read from the log again, the findings are the same as after each scan.
            recompute_findings(
                session,
                audit_id=shuffled,
                asset_ids=[key[0] for key in wanted if key[0]],
                code_keys=[key[1] for key in wanted if key[1]],
            )
            assert snapshot(session, shuffled) == wanted

            # Each expected and each seen thing has one finding, and nothing else has one.
            expected = set(session.scalars(select(Asset.id).where(Asset.asset_tag.in_(
                ["A-1", "A-2", "A-3", "B-1", "B-2", "B-3"]))))  # fmt: skip
            gone = {uuid.uuid5(uuid.NAMESPACE_OID, f"{shuffled} {n}") for n in undone}
            seen = {
                (row.asset_id, None if row.asset_id else row.code_key)
                for row in session.execute(
                    select(Scan.scan_id, Scan.asset_id, Scan.code_key, Scan.location_id, Scan.outcome)
                    .where(Scan.audit_id == shuffled, Scan.intent == Intent.SIGHTING)
                )
                if row.scan_id not in gone and row.code_key != "R-1"
            }  # fmt: skip
            assert wanted.keys() == seen | {(asset_id, None) for asset_id in expected}

    def test_of_several_sightings_in_one_batch_the_newest_decides(self, work):
        with work() as session:
            audit = start_audit(session)
            deliver(
                session,
                audit,
                [("A-1", "R-2", 5, None, None), ("A-1", "R-1", 2, None, None)],
                [],
                random.Random(1),
                in_order=True,
            )
            [found] = [row for row in snapshot(session, audit).values() if row[-1] == "2"]

        assert found[1] == "misplaced"

    def test_a_code_that_means_two_things_is_flagged_and_proposes_nothing(self, api, work):
        for tag in ("X-1", "X-2"):
            api.post("/assets", json={"asset_tag": tag, "serial_number": "SAME-SERIAL"})
        audit = open_audit(api)

        assert scan(api, "SAME-SERIAL", audit)["outcome"] == "ambiguous"

        assert state_of(api, audit, "SAME-SERIAL") == ("unregistered", ["duplicate_label"])
        assert api.post(f"/audits/{audit}/reconciliation").status_code == 200
        items = api.get(f"/audits/{audit}/findings?state=unregistered").json["items"]
        assert [item["proposal"] for item in items] == [None]

    def test_a_refused_check_out_still_counts_as_a_sighting(self, api):
        audit = open_audit(api)

        result = scan(api, "A-1", audit, intent="check_in")

        assert result["refusal"] == "not_checked_out"
        assert state_of(api, audit, "A-1")[0] == "verified"

    def test_an_unknown_tag_that_passes_a_reader_is_not_a_finding(self, api):
        audit = open_audit(api)

        scan(api, "E2801160600002054CC5A1B2", audit, source="rfid")

        assert api.get(f"/audits/{audit}").json["counts"]["unregistered"] == 0
