"""Assets written in bulk: record, codes, history and spans stay one story."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from scanner_app.domain.access.roles import Actor, Role
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.register.change_kinds import ChangeKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.scanning.decide import fold
from scanner_app.models import (
    Asset,
    Custody,
    Identifier,
    Placement,
    RegisterChange,
)
from scanner_app.services.custody.history import load_events
from scanner_app.services.register.plan import AssetChange, AssetDraft
from scanner_app.services.register.write import change_assets, create_assets
from scanner_app.storage.database import reading, unit_of_work
from tests.support.register import add_location, add_person

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = START + timedelta(hours=1)
counter = itertools.count()


@pytest.fixture
def office(work):
    """Two rooms and two people, by their names here: room1, room2, ana, bob (ids)."""
    with work() as session:
        return {
            "room1": add_location(session, "R-1", "Room 1", now=START).id,
            "room2": add_location(session, "R-2", "Room 2", now=START).id,
            "ana": add_person(session, "1001", "Ana", now=START).id,
            "bob": add_person(session, "1002", "Bob", now=START).id,
        }


def create(session, *drafts: AssetDraft, now=START) -> list[int]:
    return create_assets(session, drafts=drafts, kind=ChangeKind.CREATED, actor="user:1", now=now)


def change(
    session, asset_id: int, *, now=LATER, kind=ChangeKind.EDITED, add=(), end=(), **fields
) -> int:
    changes = [AssetChange(asset_id, fields, add_identifiers=add, end_identifiers=end)]
    return change_assets(session, changes=changes, kind=kind, actor="user:1", now=now)


def draft(tag: str, *codes: tuple[str, str], **fields) -> AssetDraft:
    return AssetDraft(fields={"asset_tag": tag, **fields}, identifiers=codes)


def codes_of(session, asset_id: int) -> set[tuple[str, str, bool]]:
    rows = session.execute(
        select(Identifier.scheme, Identifier.value, Identifier.ended_at).where(
            Identifier.asset_id == asset_id
        )
    )
    return {(scheme, value, ended_at is None) for scheme, value, ended_at in rows}


def newest_change(session, asset_id: int) -> RegisterChange:
    return session.scalars(
        select(RegisterChange)
        .where(RegisterChange.asset_id == asset_id)
        .order_by(RegisterChange.id.desc())
        .limit(1)
    ).one()


class TestActorKey:
    def test_names_users_and_tokens(self):
        assert Actor("user", 5, "Ana", Role.ADMIN, user_id=5).key == "user:5"
        assert Actor("token", 3, "script", Role.ADMIN, token_id=3).key == "token:3"


class TestCreateAssets:
    def test_writes_record_codes_history_and_spans(self, work, office):
        with work() as session:
            [asset_id] = create(
                session,
                draft(
                    " lt-1 ",
                    ("epc", "3034257BF7194E4000001A85"),
                    name="Laptop",
                    serial_number="c02x",
                    status=Stage.IN_USE,
                    location_id=office["room1"],
                    custodian_id=office["ana"],
                    purchase_cost_cents=123450,
                    purchase_date=date(2025, 5, 1),
                    custom={"Colour": "grey"},
                ),
            )

        with work() as session:
            asset = session.get(Asset, asset_id)
            assert (asset.asset_tag, asset.tag_key, asset.serial_number) == ("lt-1", "LT-1", "c02x")
            assert codes_of(session, asset_id) == {
                ("tag", "LT-1", True),
                ("serial", "C02X", True),
                ("epc", "3034257BF7194E4000001A85", True),
            }
            assert newest_change(session, asset_id).changes == {
                "asset_tag": [None, "lt-1"],
                "name": [None, "Laptop"],
                "serial_number": [None, "c02x"],
                "status": [None, "in_use"],
                "location": [None, "Room 1 (R-1)"],
                "custodian": [None, "Ana (1001)"],
                "purchase_date": [None, "2025-05-01"],
                "purchase_cost": [None, "1234.50"],
                "custom.Colour": [None, "grey"],
                "identifiers": [None, "epc:3034257BF7194E4000001A85"],
            }
            assert session.scalars(select(Custody.person_id)).all() == [office["ana"]]
            assert session.scalars(select(Placement.location_id)).all() == [office["room1"]]

    def test_gives_ids_in_the_order_of_many_drafts(self, work):
        tags = [f"T-{number:05d}" for number in range(1200)]
        with work() as session:
            ids = create(session, *(draft(tag) for tag in reversed(tags)))

            kept = dict(session.execute(select(Asset.id, Asset.asset_tag)).all())

        assert [kept[id_] for id_ in ids] == tags[::-1]

    @pytest.mark.parametrize("twin", ["LT-1", "lt-1", " lt-1\t"])
    def test_refuses_a_tag_that_is_taken(self, work, twin):
        with work() as session:
            create(session, draft("LT-1"))

        with (
            pytest.raises(Conflict, match=r"(?i)lt-1 is already taken") as caught,
            work() as session,
        ):
            create(session, draft("NEW-1"), draft(twin))

        assert caught.value.code == "tag_taken"
        with work() as session:
            assert session.scalar(select(func.count()).select_from(Asset)) == 1

    def test_refuses_two_drafts_with_one_tag(self, work):
        with pytest.raises(Conflict, match="LT-1 is already taken"), work() as session:
            create(session, draft("LT-1"), draft("LT-1"))

    def test_refuses_a_code_of_something_else(self, work, office):
        with pytest.raises(Conflict, match="R-1 ") as caught, work() as session:
            create(session, draft("LT-1", ("location_code", "R-1")))

        assert caught.value.code == "identifier_taken"

    def test_lets_two_assets_share_a_serial(self, work):
        with work() as session:
            create(
                session, draft("LT-1", serial_number="SAME"), draft("LT-2", serial_number="SAME")
            )

    @pytest.mark.parametrize("tag", ["", "  ", None, "a" * 65, "A\x00B", "A\u200bB", "..", "/"])
    def test_refuses_what_cannot_be_a_tag(self, work, tag):
        with pytest.raises(Invalid) as caught, work() as session:
            create(session, draft(tag))

        assert list(caught.value.errors) == ["asset_tag"]


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
    @settings(
        max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
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
            history = fold(load_events(session, asset_id=asset_id), home_id=None)
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
