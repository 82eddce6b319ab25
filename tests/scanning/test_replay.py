"""The state is a function of the set of scans: any order of delivery, any repetition, one result."""

from __future__ import annotations

import itertools
import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.decide import (
    ChangeEvent,
    Event,
    ScanEvent,
    fold,
)
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.models import Asset, Custody, Placement, Scan
from scanner_app.services.custody.history import load_events
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, unit_of_work
from tests.support.register import add_asset, add_location, add_person

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NOW = START + timedelta(days=1)
ANA = Actor(kind="user", id=1, name="Ana", role=Role.ADMIN, user_id=1)

# An event: what happens, where, to whom; whether it is undone later; until when it is lent, in
# days; and in which condition it is.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                *(Intent.MOVE, Intent.CHECK_OUT, Intent.CHECK_IN, Intent.SIGHTING),
                *(Intent.TRANSFER, Intent.EXTEND, Intent.REPAIR, Intent.RESTORE),
            ]
        ),
        st.sampled_from([None, "R-1", "R-2"]),
        st.sampled_from(["1001", "1002"]),
        st.booleans(),
        st.sampled_from([None, 3, 30]),
        st.sampled_from([None, "good", "damaged"]),
    ),
    min_size=1,
    max_size=7,
)
counter = itertools.count()


def make_log(tag: str, events) -> list[NewScan]:
    log = []
    for minute, (intent, place, person, undone, days, condition) in enumerate(events):
        moment = START + timedelta(minutes=10 + 2 * minute)
        one = NewScan(
            scan_id=uuid.uuid4(),
            code=tag,
            intent=intent,
            scanned_at=moment,
            location=place or ("R-1" if intent is Intent.MOVE else None),
            custodian=person if intent in {Intent.CHECK_OUT, Intent.TRANSFER} else None,
            due_at=START + timedelta(days=days) if days and intent.facts.takes_due else None,
            condition=condition,
        )
        log.append(one)
        if undone and minute % 2:
            log.append(
                NewScan(
                    scan_id=uuid.uuid4(),
                    code=tag,
                    intent=Intent.VOID,
                    scanned_at=moment + timedelta(seconds=30),
                    voids=one.scan_id,
                )
            )
    return log


def deliver(log, *, size: int) -> None:
    for start in range(0, len(log), size):
        with unit_of_work() as session:
            record_scans(session, scans=log[start : start + size], actor=ANA, now=NOW)


def final_state(tag: str):
    with reading() as session:
        asset = session.execute(
            select(
                Asset.id,
                Asset.status,
                Asset.location_id,
                Asset.custodian_id,
                Asset.due_at,
                Asset.state_at,
                Asset.last_seen_at,
                Asset.last_seen_location_id,
                Asset.condition,
            ).where(Asset.asset_tag == tag)
        ).one()
        custody = session.execute(
            select(Custody.person_id, Custody.started_at, Custody.ended_at, Custody.due_at)
            .where(Custody.asset_id == asset.id)
            .order_by(Custody.started_at, Custody.id)
        ).all()
        places = session.execute(
            select(Placement.location_id, Placement.started_at, Placement.ended_at)
            .where(Placement.asset_id == asset.id)
            .order_by(Placement.started_at, Placement.id)
        ).all()
    return tuple(asset)[1:], [tuple(r) for r in custody], [tuple(r) for r in places]


@pytest.fixture
def rooms(app, work):
    with work() as session:
        add_location(session, "R-1", "Room 1", now=START)
        add_location(session, "R-2", "Room 2", now=START)
        add_person(session, "1001", "Ana", now=START)
        add_person(session, "1002", "Bob", now=START)
    return app


class TestShuffledDelivery:
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(events=EVENTS, seed=st.integers(0, 2**16), size=st.integers(1, 5))
    def test_gives_the_state_of_the_log_in_order(self, rooms, events, seed, size):
        number = next(counter)
        with rooms.app_context():
            with unit_of_work() as session:
                for kind in ("IN", "SH"):
                    add_asset(session, f"{kind}-{number}", now=START)
            ordered = make_log(f"IN-{number}", events)
            shuffled = make_log(f"SH-{number}", events)
            doubled = shuffled + shuffled[: len(shuffled) // 2]
            random.Random(seed).shuffle(doubled)

            deliver(ordered, size=1)
            deliver(doubled, size=size)

            assert final_state(f"SH-{number}") == final_state(f"IN-{number}")

    def test_knows_an_extension_without_a_day_in_any_order(self, rooms):
        def log(tag: str) -> list[NewScan]:
            nobody = (None, "1001", False, None, None)
            return make_log(tag, [(Intent.CHECK_IN, "R-2", "1001", False, None, None),
                                  (Intent.CHECK_OUT, *nobody),
                                  (Intent.EXTEND, "R-1", "1001", False, None, None)])  # fmt: skip

        with rooms.app_context():
            states = []
            for number, order in enumerate(itertools.permutations(range(3))):
                with unit_of_work() as session:
                    add_asset(session, f"EX-{number}", now=START)
                made = log(f"EX-{number}")
                deliver([made[i] for i in order], size=1)
                states.append(final_state(f"EX-{number}"))
        in_use_since, seen_at = states[0][0][4:6]
        assert (in_use_since, seen_at) == (
            START + timedelta(minutes=12),
            START + timedelta(minutes=14),
        )
        assert all(one == states[0] for one in states)


# What arrives: its second, so that many share one; a scan, an undo of an earlier one, a scan that
# is refused as it names an audit that is not there, or a change of the record; and what it says.
ARRIVALS = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from(["move", "check_out", "check_in", "sighting", "lookup"] * 2
                        + ["undo", "refused", "change", "change"]),
        st.sampled_from([None, "R-1", "R-2"]),
        st.sampled_from(["1001", "1002"]),
        st.sampled_from([None, 3, 30]),
        st.sampled_from([None, "good", "damaged"]),
    ),
    min_size=2,
    max_size=9,
)  # fmt: skip


def arrive(tag: str, asset_id: int, arrivals, ids: dict[str, int], skew: timedelta) -> None:
    """Record each arrival by itself, in the order drawn, whatever its time is."""
    made: list[uuid.UUID] = []
    for second, kind, place, person, days, condition in arrivals:
        moment = START + timedelta(minutes=10, seconds=second)
        with unit_of_work() as session:
            if kind == "change":
                fields: dict = {"location_id": ids.get(place or ""), "custodian_id": ids[person]}
                change = AssetChange(asset_id, fields if days else {"status": Stage.MISSING})
                change_assets(
                    session, changes=[change], kind=ChangeKind.EDITED, actor="test", now=moment
                )
                continue
            scan = NewScan(
                uuid.uuid4(),
                tag,
                Intent({"undo": "void", "refused": "sighting"}.get(kind, kind)),
                moment,
                location=place,
                custodian=person if kind == "check_out" else None,
                due_at=START + timedelta(days=days) if days and kind == "check_out" else None,
                condition=condition,
                audit=77 if kind == "refused" else None,
                voids=made[second % len(made)] if kind == "undo" and made else None,
            )
            if kind != "undo" or made:
                record_scans(
                    session, scans=[scan], actor=ANA, now=START + timedelta(minutes=11), skew=skew
                )
                made.append(scan.scan_id)


def read_by_hand(session, asset_id: int):
    """Return when, where and in which condition an asset was seen, from all scans of the log."""
    scans = session.scalars(
        select(Scan).where(Scan.asset_id == asset_id).order_by(Scan.effective_at, Scan.id)
    ).all()
    undone = {one.voids for one in scans if one.outcome.value in {"applied", "noted"}}
    seen = [
        one
        for one in scans
        if one.intent is not Intent.VOID
        and one.scan_id not in undone
        and one.refusal not in {"unknown_audit", "location_required"}
    ]
    placed = [one for one in seen if one.location_id or one.intent is not Intent.CHECK_IN]
    conditions = [one.condition for one in seen if one.condition]
    newest = (placed[-1].effective_at, placed[-1].location_id) if placed else (None, None)
    return (*newest, conditions[-1] if conditions else None)


class TestTies:
    """What is kept of an asset is what its log says, whatever came at the same second."""

    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(arrivals=ARRIVALS, skew=st.sampled_from([timedelta(0), timedelta(minutes=5)]))
    def test_the_stored_state_is_the_fold_of_the_log(self, rooms, arrivals, skew):
        tag = f"TI-{next(counter)}"
        with rooms.app_context():
            with unit_of_work() as session:
                asset_id = add_asset(session, tag, now=START)
                ids = {"R-1": 1, "R-2": 2, "1001": 1, "1002": 2}

            arrive(tag, asset_id, arrivals, ids, skew)

            (*state, seen_at, seen_in, condition), custody, places = final_state(tag)
            with reading() as session:
                history = fold(
                    [e for e, _ in load_events(session, asset_id=asset_id)], home_id=None
                )
                assert (seen_at, seen_in, condition) == read_by_hand(session, asset_id)
                due = session.scalars(
                    select(Custody.due_at).where(Custody.asset_id == asset_id).order_by(Custody.id)
                ).all()

        assert tuple(state) == (*history.state, history.state_at)
        assert [span[:3] for span in custody] == [
            (s.holder_id, s.started_at, s.ended_at) for s in history.custody
        ]
        assert due == [s.due_at for s in history.custody]
        assert places == [(s.holder_id, s.started_at, s.ended_at) for s in history.placements]


class TestFold:
    def test_keeps_the_due_day_with_its_person_through_moves_and_register_changes(self):
        due = START + timedelta(days=9)
        lent = ScanEvent(START + timedelta(minutes=1), Intent.CHECK_OUT, 2, 7, due)
        moved = ScanEvent(START + timedelta(minutes=2), Intent.MOVE, 3)
        renamed = ChangeEvent(START + timedelta(minutes=3), None, True, 4)
        given = ChangeEvent(START + timedelta(minutes=4), None, sets_custodian=True, custodian_id=8)
        events: list[Event] = [lent, moved, renamed, given]

        states = [fold(events[:count], home_id=1).state for count in (1, 2, 3, 4)]

        assert [(s.custodian_id, s.due_at) for s in states] == [(7, due)] * 3 + [(8, None)]
        assert fold([lent, given], home_id=1).custody[0].due_at == due

    def test_judges_what_came_back_damaged_by_what_came_before(self):
        lent = ScanEvent(START + timedelta(minutes=1), Intent.CHECK_OUT, 2, 7)
        back = ScanEvent(START + timedelta(minutes=2), Intent.CHECK_IN, 3, is_damaged=True)
        again = ScanEvent(START + timedelta(minutes=3), Intent.CHECK_OUT, 2, 8)

        history = fold([lent, back, again], home_id=1)

        assert history.state.status is Stage.IN_MAINTENANCE
        assert [refusal is None for refusal in history.refusals] == [True, True, False]

    def test_keeps_spans_that_touch_and_never_overlap(self):
        events = [
            ChangeEvent(START, Stage.IN_STOCK, True, 1),
            ScanEvent(START + timedelta(minutes=1), Intent.CHECK_OUT, 2, 7),
            ScanEvent(START + timedelta(minutes=2), Intent.CHECK_OUT, 3, 8),
            ScanEvent(START + timedelta(minutes=3), Intent.CHECK_IN, None, None),
        ]

        history = fold(events, home_id=1)  # type: ignore[arg-type] # scans and changes

        assert [(s.holder_id, s.ended_at is None) for s in history.placements] == [
            (1, False),
            (2, False),
            (1, True),
        ]
        assert [(s.holder_id, s.ended_at) for s in history.custody] == [
            (7, START + timedelta(minutes=3)),
        ]
        assert history.refusals[2] is not None
