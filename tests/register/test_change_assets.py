"""Assets written in bulk: record, codes, history and spans stay one story."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.decide import fold
from scanner_app.models import (
    Asset,
    Custody,
    Placement,
)
from scanner_app.services.custody.history import load_events
from scanner_app.services.register.plan import AssetChange
from scanner_app.services.register.write import change_assets
from scanner_app.storage.database import reading, unit_of_work
from tests.register.steps import LATER, START, change, codes_of, create, draft, newest_change

counter = itertools.count()


class TestChangeAssets:
    def test_writes_nothing_where_nothing_changes(self, work, office):
        fields = {"name": "Laptop", "status": Stage.IN_STOCK, "location_id": office["room1"]}
        with work() as session:
            [asset_id] = create(session, draft("LT-1", ("epc", "AB12"), **fields))

        with work() as session:
            count = change(session, asset_id, asset_tag="LT-1", add=[("epc", "AB12")], **fields)

            assert count == 0
            assert session.get(Asset, asset_id).updated_at == START
            assert newest_change(session, asset_id).kind == "created"

    def test_turns_custody_and_place(self, work, office):
        with work() as session:
            [asset_id] = create(
                session, draft("LT-1", location_id=office["room1"], custodian_id=office["ana"])
            )

        with work() as session:
            assert change(session, asset_id, location_id=office["room2"], custodian_id=None) == 1

        with work() as session:
            asset = session.get(Asset, asset_id)
            assert (asset.location_id, asset.custodian_id) == (office["room2"], None)
            assert (asset.state_at, asset.updated_at) == (LATER, LATER)
            spans = session.execute(
                select(Placement.location_id, Placement.started_at, Placement.ended_at).order_by(
                    Placement.id
                )
            ).all()
            assert [tuple(span) for span in spans] == [
                (office["room1"], START, LATER),
                (office["room2"], LATER, None),
            ]
            assert session.scalars(select(Custody.ended_at)).all() == [LATER]
            written = newest_change(session, asset_id)
            assert written.changes == {
                "location": ["Room 1 (R-1)", "Room 2 (R-2)"],
                "custodian": ["Ana (1001)", None],
            }
            assert (written.sets_location, written.sets_custodian) == (True, True)
            assert written.sets_status is None

    def test_leaves_the_state_alone_when_only_the_record_changes(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1", custom={"A": "1", "B": "2"}))

        with work() as session:
            change(session, asset_id, notes="dented", custom={"A": "1", "B": "3", "C": "4"})

        with work() as session:
            asset = session.get(Asset, asset_id)
            assert (asset.state_at, asset.updated_at) == (START, LATER)
            assert newest_change(session, asset_id).changes == {
                "notes": [None, "dented"],
                "custom.B": ["2", "3"],
                "custom.C": [None, "4"],
            }

    def test_ends_the_old_tag_and_begins_the_new_one(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1", serial_number="S1"))

        with work() as session:
            change(session, asset_id, asset_tag="LT-9", serial_number="S2")

        with work() as session:
            assert session.get(Asset, asset_id).tag_key == "LT-9"
            assert codes_of(session, asset_id) == {
                ("tag", "LT-1", False),
                ("tag", "LT-9", True),
                ("serial", "S1", False),
                ("serial", "S2", True),
            }

    def test_frees_an_old_tag_for_another_asset(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1"))
            change(session, asset_id, asset_tag="LT-9")

        with work() as session:
            [other] = create(session, draft("LT-1"), now=LATER)
            assert other != asset_id

    def test_keeps_the_code_when_only_the_writing_of_the_tag_changes(self, work):
        with work() as session:
            [asset_id] = create(session, draft("lt-1"))
            change(session, asset_id, asset_tag="LT-1")

        with work() as session:
            assert session.get(Asset, asset_id).asset_tag == "LT-1"
            assert codes_of(session, asset_id) == {("tag", "LT-1", True)}

    def test_adds_and_ends_further_codes(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1", ("epc", "AA")))
            change(session, asset_id, add=[("epc", "BB")], end=[("epc", "AA"), ("epc", "none")])

        with work() as session:
            assert codes_of(session, asset_id) == {
                ("tag", "LT-1", True),
                ("epc", "AA", False),
                ("epc", "BB", True),
            }
            assert newest_change(session, asset_id).changes == {"identifiers": ["epc:AA", "epc:BB"]}

    def test_never_ends_the_tag_itself(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1"))

            assert change(session, asset_id, end=[("tag", "LT-1")]) == 0

    def test_refuses_a_tag_of_another_asset_and_keeps_all(self, work):
        with work() as session:
            first, second = create(session, draft("LT-1"), draft("LT-2"))

        with pytest.raises(Conflict, match="LT-2 is already taken"), work() as session:
            change_assets(
                session,
                changes=[
                    AssetChange(second, {"name": "changed"}),
                    AssetChange(first, {"asset_tag": "LT-2"}),
                ],
                kind=ChangeKind.IMPORTED,
                actor="import:1",
                now=LATER,
            )

        with work() as session:
            assert session.get(Asset, second).name == ""

    def test_takes_two_changes_of_one_asset_in_order(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1"))
            count = change_assets(
                session,
                changes=[AssetChange(asset_id, {"name": name}) for name in ("one", "two", "two")],
                kind=ChangeKind.IMPORTED,
                actor="import:1",
                now=LATER,
            )

        assert count == 2
        with work() as session:
            assert newest_change(session, asset_id).changes == {"name": ["one", "two"]}

    def test_says_that_there_is_no_such_asset(self, work):
        with pytest.raises(NotFound), work() as session:
            change(session, 12345, name="x")

    def test_shows_objects_at_hand_what_was_written(self, work):
        with work() as session:
            [asset_id] = create(session, draft("LT-1"))
            asset = session.get(Asset, asset_id)

            change(session, asset_id, name="Laptop")

            assert asset.name == "Laptop"

    def test_is_judged_after_a_scan_whose_clock_runs_ahead(self, work, office):
        ahead = LATER + timedelta(minutes=2)
        with work() as session:
            [asset_id] = create(session, draft("LT-1", location_id=office["room1"]))
            session.get(Asset, asset_id).state_at = ahead
            session.flush()

            change(session, asset_id, location_id=office["room2"])

        with work() as session:
            assert newest_change(session, asset_id).at > ahead
            assert session.get(Asset, asset_id).location_id == office["room2"]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([None, *Stage]),
        st.sampled_from(["keep", None, "room1", "room2"]),
        st.sampled_from(["keep", None, "ana", "bob"]),
        st.integers(0, 2),
    ),
    max_size=6,
)


class TestStateAndHistory:
    @settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(steps=STEPS)
    def test_are_one_fold_after_any_changes(self, app, office, steps):
        tag = f"F-{next(counter)}"
        moment = START
        with app.app_context(), unit_of_work() as session:
            [asset_id] = create(session, draft(tag, location_id=office["room1"]))
            for stage, place, person, minutes in steps:
                moment += timedelta(minutes=minutes)
                fields = {"status": stage} if stage else {}
                if place != "keep":
                    fields["location_id"] = office.get(place)
                if person != "keep":
                    fields["custodian_id"] = office.get(person)
                change(session, asset_id, now=moment, **fields)

        with app.app_context(), reading() as session:
            history = fold([e for e, _ in load_events(session, asset_id=asset_id)], home_id=None)
            asset = session.execute(
                select(Asset.status, Asset.location_id, Asset.custodian_id, Asset.state_at).where(
                    Asset.id == asset_id
                )
            ).one()
            kept = [
                [
                    (holder, started, ended)
                    for holder, started, ended in session.execute(
                        select(column, table.started_at, table.ended_at)
                        .where(table.asset_id == asset_id)
                        .order_by(table.id)
                    )
                ]
                for table, column in (
                    (Custody, Custody.person_id),
                    (Placement, Placement.location_id),
                )
            ]

        assert (asset.status, asset.location_id, asset.custodian_id) == (
            history.state.status,
            history.state.location_id,
            history.state.custodian_id,
        )
        assert asset.state_at == history.state_at
        assert kept == [
            [(span.holder_id, span.started_at, span.ended_at) for span in spans]
            for spans in (history.custody, history.placements)
        ]
