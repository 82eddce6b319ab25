"""Positions of products: scenario 17 with the numbers as written, and each metric by hand."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Conflict
from scanner_app.domain.licences.metrics import METRICS, Metric, hint_of, product_key
from scanner_app.domain.licences.position import (
    Entitlement,
    Use,
    find_position,
    is_unused,
)
from scanner_app.domain.money import show_money
from scanner_app.domain.register.kinds import ASSET_KINDS, AssetKind
from scanner_app.models import Asset, Seat
from scanner_app.queries.licences.licences import get_licence, list_seats
from scanner_app.queries.licences.positions import list_positions
from scanner_app.services.licences.seats import give_seat, take_seat
from scanner_app.services.licences.software import record_software
from scanner_app.storage.database import reading, unit_of_work
from tests.licences.conftest import SAM, TODAY

USE = Use(
    frozenset({("asset", 1), ("person", 2)}),
    frozenset({("asset", 1), ("asset", 3)}),
    7,
    (4, 12, 16),
)


class TestNeed:
    @pytest.mark.parametrize(
        ("metric", "need"),
        [
            (Metric.USER, 3),
            (Metric.DEVICE, 3),
            (Metric.CORE, 36),  # scenario 18: 4, 12, 16 with at least 8 each
            (Metric.SITE, 0),
            (Metric.CONCURRENT, 7),
        ],
    )
    def test_is_counted_by_the_metric(self, metric, need):
        found = find_position([], USE, metric=metric, day=TODAY, min_cores=8)

        assert (found.need, found.entitled, found.shortfall) == (need, 0, need)

    def test_each_member_has_its_row(self):
        assert set(METRICS) == set(Metric)
        assert set(ASSET_KINDS) == set(AssetKind)

    def test_takes_the_newest_price(self):
        old = Entitlement(1, date(2024, 1, 1), None, 4000)
        new = Entitlement(1, date(2025, 1, 1), date(2025, 12, 31), 4900)
        found = find_position([new, old], USE, metric=Metric.USER, day=TODAY)

        assert (found.entitled, found.shortfall, found.true_up_cents) == (1, 2, 9800)

    @pytest.mark.parametrize(
        ("days", "unused"),
        [
            ([], False),
            ([None], False),
            ([date(2026, 8, 30), None], False),
            ([date(2026, 8, 31)], False),
            ([date(2026, 8, 30)], True),
            ([date(2026, 8, 30), date(2026, 11, 1)], False),
        ],
    )
    def test_unknown_use_is_no_disuse(self, days, unused):
        assert is_unused(days, TODAY) is unused

    def test_names_are_compared_without_case_and_blanks(self):
        assert product_key("  Drawing   STUDIO ") == "drawing studio"
        assert hint_of("ABCDE-FGHIJ-KLMNO\n") == "KLMNO"


class TestScenario17:
    @pytest.fixture
    def position(self, app, scenario):
        def read(day: date):
            with app.app_context(), reading() as session:
                [row] = list_positions(session, on=day)
                return row

        return read

    def test_has_the_numbers_as_written(self, position):
        row = position(TODAY)

        assert (row.assigned, row.installed) == (70, 82)
        assert (row.position.entitled, row.position.need, row.position.shortfall) == (75, 86, 11)
        assert show_money(row.position.true_up_cents) == "539.00"
        after = position(date(2027, 1, 1)).position
        assert (after.shortfall, show_money(after.true_up_cents)) == (61, "2989.00")

    def test_what_nobody_uses_is_taken_back(self, app, scenario, position, later):
        with app.app_context(), unit_of_work() as session:
            idle = [
                (tag, seat.id)
                for tag in ("L1", "L2")
                for seat in list_seats(session, get_licence(session, tag).id, today=TODAY)
                if seat.is_unused
            ]
            assert len(idle) == 12
            for tag, seat_id in idle:
                holder = session.get_one(Seat, seat_id).asset_id
                take_seat(session, asset_tag=tag, seat_id=seat_id, actor=SAM, now=later)
                record_software(session, asset_id=holder, products=[], source="intune", today=TODAY)

        row = position(TODAY)
        assert (row.position.need, row.position.free, row.position.shortfall) == (74, 1, 0)

    def test_a_76th_seat_is_refused(self, app, scenario, later):
        with app.app_context(), unit_of_work() as session:
            free = scenario["devices"][70:76]
            for id_ in free[:5]:
                give_seat(session, asset_tag="L2", holder=("asset_id", id_), actor=SAM, now=later)
            assert session.scalar(select(Seat.id).where(Seat.asset_id == free[4])) is not None
            for tag in ("L1", "L2"):
                with pytest.raises(Conflict) as refused:
                    give_seat(
                        session, asset_tag=tag, holder=("asset_id", free[5]), actor=SAM, now=later
                    )
                assert refused.value.code == "no_free_seat"


def test_a_person_is_one_holder_whatever_they_hold(app, office):
    from tests.licences.conftest import buy

    with app.app_context(), unit_of_work() as session:
        tag = buy(session, product="Mail", metric="user", seats="5", asset_tag="LIC-2")
        devices = session.scalars(
            select(Asset).where(Asset.asset_tag.in_(["PC-1", "PC-2", "PC-3"]))
        ).all()
        for device in devices:
            device.custodian_id = None if device.asset_tag == "PC-3" else 1
            from scanner_app.services.licences.software import Installed

            record_software(
                session, asset_id=device.id, products=[Installed("mail")], source="x", today=TODAY
            )
        give_seat(session, asset_tag=tag, holder=("person_id", 1), actor=SAM, now=device.created_at)
        [row] = list_positions(session, on=TODAY, key="mail")

    # Person 1 has a seat and two devices; PC-3 is nobody's.
    assert (row.assigned, row.installed, row.position.need) == (1, 2, 2)
