"""What a dashboard counts is what its list shows: lateness, age, and what records lack."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.narrowing import (
    AGES,
    LATE,
    Due,
    Lack,
    Narrowing,
    Seen,
    read_narrowing,
)
from scanner_app.models import Asset
from scanner_app.queries.home.totals import load_totals
from scanner_app.queries.home.work import count_due, count_due_by_day
from scanner_app.queries.register.assets import AssetFilter, count_assets
from tests.support.on_both import OnBoth
from tests.support.register import add_asset, add_location, add_person

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAGES = (Stage.IN_STOCK, Stage.IN_USE, Stage.IN_USE, Stage.MISSING, Stage.RETIRED)


def fill(session) -> None:
    """Forty assets on two sites, of every age, lateness and stage, the same each time."""
    rng = random.Random(5)
    rooms = [add_location(session, code, code, now=AT) for code in ("ONE", "TWO")]
    person = add_person(session, "1", "Ana", now=AT)
    for number in range(40):
        add_asset(session, f"LT-{number}", location=rooms[number % 2], cost=100, now=AT)
    for asset_id in session.scalars(select(Asset.id)).all():
        seen, due = rng.choice((None, 1, 91, 200, 365, 900)), rng.choice((None, *range(-120, 9, 7)))
        session.execute(
            update(Asset)
            .where(Asset.id == asset_id)
            .values(
                status=rng.choice(STAGES),
                last_seen_at=AT - timedelta(days=seen) if seen else None,
                due_at=AT + timedelta(days=due, hours=1) if due is not None else None,
                custodian_id=rng.choice((None, person.id)),
                location_id=rng.choice((None, *(room.id for room in rooms))),
                purchase_cost_cents=rng.choice((None, 100)),
                currency="EUR",
            )
        )


def count(session, **narrowed) -> int:
    return count_assets(session, wanted=AssetFilter(narrowed=Narrowing(AT, **narrowed)))


class TestFigures(OnBoth):
    @pytest.fixture
    def contents(self):
        return fill

    def test_count_what_the_list_behind_them_shows(self, work):
        with work() as session:
            totals = load_totals(session, now=AT)
            due = count_due(session, now=AT)
            days = count_due_by_day(session, now=AT)

            for late in LATE:
                assert due[late] == count(session, due=late), late
            for day, number in days.items():
                assert number == count(session, due=day), day
            for age in AGES:
                assert sum(site.counts[age] for site in totals.sites) == count(session, seen=age)
            assert totals.seen_in_a_year == count(session, seen=Seen.WITHIN_YEAR)
            for lack in Lack:
                assert totals.lacking[lack] == count(session, lack=lack), lack
            overdue = count_assets(session, wanted=AssetFilter(overdue_at=AT))
            assert sum(due.values()) == overdue > 0
            assert min(totals.lacking[Lack.LOCATION], totals.lacking[Lack.HOLDER]) > 0
            assert totals.values["EUR"] > totals.missing_values["EUR"] > 0

    def test_of_an_empty_register_are_zero(self, work):
        with work() as session:
            session.execute(delete(Asset))

            totals = load_totals(session, now=AT)

        assert (totals.there, totals.seen_in_a_year, totals.sites) == (0, 0, ())


@pytest.mark.parametrize("given", [{"due": "soon"}, {"seen": "4"}, {"lacks": "love"}])
def test_a_filter_that_is_not_known_is_refused(given):
    with pytest.raises(Invalid):
        read_narrowing(given, AT)


def test_a_filter_says_what_it_keeps():
    day = read_narrowing({"due": "2026-03-05", "seen": "never", "lacks": "cost"}, AT)

    assert day.chips() == {
        "due": "due 5 Mar 2026",
        "seen": "never seen",
        "lacks": "without a cost",
    }
    assert read_narrowing({"due": "late-90"}, AT).due is Due.LATE_LONG
