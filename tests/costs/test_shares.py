"""Shares of contracts and licences: split to the cent, and summed up by nothing but their rows."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from scanner_app.domain.contracts.states import ContractKind, ContractState, Period, Renewal
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.costs.shares import SeatSpan, list_charges, share_seats, split
from scanner_app.domain.licences.metrics import Metric
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.models import Asset, Contract, ContractAsset, Expense, Licence, Seat, Task
from scanner_app.queries.costs.contracts import load_contract_costs
from scanner_app.queries.costs.ownership import load_ownership
from scanner_app.queries.register.assets import get_asset
from tests.support.register import add_asset, add_person

TODAY = date(2026, 11, 29)
START, END = date(2026, 1, 1), date(2026, 12, 31)
BERLIN = ZoneInfo("Europe/Berlin")


def spread(total: int, weights: list[int]) -> list[int]:
    """Split by largest remainder, one holder at a time: the plain twin of `split`."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda n: (-(total * weights[n] % whole), n))
    for number in order[: total - sum(shares)]:
        shares[number] += 1
    return shares


class TestSplit:
    def test_gives_the_lost_cent_to_the_largest_fraction(self):
        """Scenario 12."""
        parts = split(1000_00, {365: 2, 183: 1})

        assert parts.whole == 913
        assert [parts.find(365, 0), parts.find(365, 1), parts.find(183)] == [399_78, 399_78, 200_44]

    def test_gives_the_lost_cents_of_equal_shares_to_the_lowest_tags(self):
        parts = split(1_00, {30: 7})

        assert [parts.find(30, rank) for rank in range(7)] == [15, 15, 14, 14, 14, 14, 14]

    @given(st.integers(1, 10**9), st.lists(st.integers(1, 400), min_size=1, max_size=40))
    def test_adds_up_and_is_what_counting_one_by_one_gives(self, total, weights):
        parts, seen, found = split(total, Counter(weights)), 0, []
        for weight in weights:
            found.append(parts.find(weight, seen))
            seen += weight in parts.tied

        assert sum(found) == total
        assert found == spread(total, weights)

    @pytest.mark.parametrize(("total", "counts"), [(0, {5: 1}), (-5, {5: 1}), (5, {}), (5, {0: 3})])
    def test_without_an_amount_or_a_holder_nobody_bears_anything(self, total, counts):
        assert split(total, counts).find(5) == 0


class TestCharges:
    @pytest.mark.parametrize(
        ("ends_on", "months", "count"),
        [(END, None, 1), (END, 1, 11), (END, 3, 4), (END, 12, 1), (None, 1, 11),
         (date(2026, 6, 30), 1, 6), (date(2026, 7, 1), 1, 7)],
    )  # fmt: skip
    def test_are_due_from_the_first_day_until_today_or_the_end(self, ends_on, months, count):
        assert len(list(list_charges(START, ends_on, months, until=TODAY))) == count

    def test_keep_the_last_day_of_a_month_and_end_with_the_calendar(self):
        days = list(list_charges(date(2026, 1, 31), None, 1, until=date(2026, 4, 30)))
        assert [day.isoformat() for day in days] == [
            "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30",
        ]  # fmt: skip
        assert len(list(list_charges(date(9999, 11, 1), None, 1, until=date.max))) <= 3


def share(spans: list[SeatSpan], seats: int) -> list[int]:
    parts = share_seats(900_00, Counter(spans), seats=seats, first=START, last=END, today=TODAY)
    return [
        parts.find(one.quantity * (min(one.until_on or END, END) - max(one.from_on, START)).days + one.quantity)
        for one in spans
    ]  # fmt: skip


class TestSeats:
    def test_bear_their_part_of_the_price_by_their_days(self):
        """Three seats of 300.00: one all year, one of two for 73 of 365 days; one is free."""
        all_year = SeatSpan(START, None, 1, is_asset=True)
        some = SeatSpan(date(2026, 10, 20), None, 2, is_asset=True)

        assert share([all_year, some], 3) == [300_00, 120_00]

    def test_more_than_were_bought_bear_the_price_and_no_more(self):
        assert share([SeatSpan(START, None, 4, is_asset=True)], 3) == [900_00]


def make_contract(session, **more) -> Contract:
    values = {
        "number": "SUP-1", "term": 1, "name": "Support", "kind": ContractKind.SUPPORT,
        "supplier": "", "starts_on": START, "ends_on": END, "notice_days": 0,
        "renewal": Renewal.NONE, "price_cents": 1000_00, "period": Period.ONCE, "currency": "EUR",
        "state": ContractState.ACTIVE, "notes": "", "actor_name": "Sam",
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }  # fmt: skip
    row = Contract(**{**values, **more})
    session.add(row)
    session.flush()
    return row


def cover(session, contract, tag, from_on=START, until_on=None):
    session.add(
        ContractAsset(
            contract_id=contract.id, asset_id=get_asset(session, tag).id, from_on=from_on,
            until_on=until_on, added_at=contract.created_at, actor_name="Sam",
        )
    )  # fmt: skip
    session.flush()


def spend(session, tag, kind, cents, on=START, currency="EUR"):
    session.add(
        Expense(
            uuid=uuid.uuid4(), asset_id=get_asset(session, tag).id, on_day=on, kind=kind,
            amount_cents=cents, currency=currency, source=ExpenseSource.TYPED, note="",
            recorded_at=datetime(2026, 1, 1, tzinfo=UTC), actor="x", actor_name="Sam",
        )
    )  # fmt: skip
    session.flush()


def own(session, tag, base="EUR", today=TODAY):
    return load_ownership(session, get_asset(session, tag), base=base, today=today, zone=BERLIN)


@pytest.fixture
def three(work, now):
    with work() as session:
        for tag in ("A", "B", "C"):
            add_asset(session, tag, now=now)


@pytest.mark.usefixtures("three")
class TestContracts:
    def test_cost_each_asset_its_days(self, work):
        """Scenario 12, on both databases, by the page of the contract and of each asset."""
        with work() as session:
            contract = make_contract(session)
            for tag, from_on in (("A", START), ("B", date(2020, 5, 5)), ("C", date(2026, 7, 2))):
                cover(session, contract, tag, from_on)

            by_asset = [own(session, tag).total.contracts for tag in "ABC"]
            [term] = load_contract_costs(session, "SUP-1", base="EUR", today=TODAY)

            assert by_asset == [399_78, 399_78, 200_44]
            assert [one.cents for _, one in term.shares] == by_asset
            assert [one.weight for _, one in term.shares] == [365, 365, 183]
            assert (term.spent, term.count, term.unallocated) == (1000_00, 3, 0)

    def test_give_a_lost_cent_to_the_lowest_tag(self, work):
        with work() as session:
            contract = make_contract(session, price_cents=1_00)
            for tag in "CBA":
                cover(session, contract, tag)

            assert [own(session, tag).total.contracts for tag in "ABC"] == [34, 33, 33]
            [term] = load_contract_costs(session, "SUP-1", base="EUR", today=TODAY)
            assert [(tag, one.cents) for tag, one in term.shares] == [
                ("A", 34),
                ("B", 33),
                ("C", 33),
            ]

    def test_cost_what_was_due_by_today_in_each_term(self, work):
        with work() as session:
            first = make_contract(session, period=Period.MONTH, price_cents=10_00)
            make_contract(
                session, term=2, renews_id=first.id, starts_on=date(2027, 1, 1),
                ends_on=date(2027, 12, 31), price_cents=99_00,
            )  # fmt: skip
            cover(session, first, "A")

            assert own(session, "A").total.contracts == 110_00  # January to November
            found = own(session, "A", today=date(2027, 1, 1))
            assert [one.cents for one in found.contracts] == [120_00, 99_00]

    @pytest.mark.parametrize("state", [ContractState.DRAFT, ContractState.CANCELLED])
    def test_that_do_not_hold_cost_nothing(self, work, state):
        with work() as session:
            cover(session, make_contract(session, state=state), "A")
            assert own(session, "A").total.total == 0
            assert load_contract_costs(session, "SUP-1", base="EUR", today=TODAY) == []

    def test_that_cover_nothing_are_borne_by_none(self, work):
        with work() as session:
            make_contract(session)
            [term] = load_contract_costs(session, "SUP-1", base="EUR", today=TODAY)
            assert (term.unallocated, term.shares) == (1000_00, ())

    def test_without_a_rate_are_left_out_and_said(self, work):
        with work() as session:
            cover(session, make_contract(session, currency="JPY"), "A")
            total = own(session, "A").total
            assert (total.total, total.without_rate) == (0, {"JPY": 1})


def licence(session, seats=3, **more) -> int:
    add_asset(session, "L", now=datetime(2026, 1, 1, tzinfo=UTC))
    id_ = get_asset(session, "L").id
    values = {
        "product": "Studio", "product_key": "studio", "key_hint": "", "metric": Metric.DEVICE,
        "seats": seats, "given": 0, "min_free": 0, "min_cores": 0, "starts_on": START,
        "ends_on": END, "reassignable": True, "allows_overuse": True, "is_overuse_accepted": True,
        "unit_price_cents": 300_00, "currency": "EUR",
    }  # fmt: skip
    session.add(Licence(asset_id=id_, **{**values, **more}))
    session.flush()
    return id_


def give(session, licence_id, start, end=None, **holder):
    session.add(
        Seat(
            licence_id=licence_id,
            quantity=1,
            started_at=start,
            ended_at=end,
            given_by="Sam",
            **holder,
        )
    )
    session.flush()


@pytest.mark.usefixtures("three")
class TestLicences:
    def test_pass_on_what_seats_bear_and_keep_the_rest(self, work, now):
        """A all year; B from 1 January to 14 March, then C; a person all year; 3 of 4 seats."""
        new_year = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)  # 1 January in Berlin
        change = datetime(2026, 3, 15, 8, tzinfo=UTC)
        with work() as session:
            id_ = licence(session, 4)
            give(session, id_, new_year, asset_id=get_asset(session, "A").id)
            give(session, id_, new_year, change, asset_id=get_asset(session, "B").id)
            give(session, id_, change, asset_id=get_asset(session, "C").id)
            give(session, id_, new_year, person_id=add_person(session, "1", "Dana", now=now).id)

            totals = {tag: own(session, tag).total for tag in "ABCL"}

            assert totals["A"].licences == 300_00
            assert (totals["B"].licences, totals["C"].licences) == (60_00, 240_00)  # 73, 292 days
            assert (totals["L"].own, totals["L"].passed_on) == (1200_00, 600_00)
            assert sum(one.total for one in totals.values()) == 1200_00

    def test_without_a_day_of_purchase_cost_their_price_from_the_day_they_start(self, work):
        with work() as session:
            id_ = licence(session, unit_price_cents=None)
            asset = session.get(Asset, id_)
            asset.purchase_cost_cents, asset.currency = 900_00, "EUR"
            session.flush()
            assert own(session, "L").total.total == 900_00
            session.get(Licence, id_).starts_on = None
            session.flush()
            assert own(session, "L").total.total == 0

    def test_add_up_although_the_price_cannot_be_divided(self, work):
        with work() as session:
            id_ = licence(session, unit_price_cents=None)
            spend(session, "L", ExpenseKind.PURCHASE, 100_00)
            for tag in "ABC":
                give(
                    session,
                    id_,
                    datetime(2026, 1, 1, 8, tzinfo=UTC),
                    asset_id=get_asset(session, tag).id,
                )

            assert [own(session, tag).total.total for tag in "ABCL"] == [33_34, 33_33, 33_33, 0]


@pytest.mark.usefixtures("three")
def test_the_total_of_scenario_11_is_traced_to_its_rows(work, admin):
    with work() as session:
        for kind, cents in (
            (ExpenseKind.PURCHASE, 1200_00), (ExpenseKind.DELIVERY, 20_00),
            (ExpenseKind.DEPLOYMENT, 45_00), (ExpenseKind.MAINTENANCE, 180_00),
            (ExpenseKind.PART, 75_00), (ExpenseKind.DISPOSAL, 12_00),
            (ExpenseKind.PROCEEDS, 150_00),
        ):  # fmt: skip
            spend(session, "A", kind, cents, date(2024, 1, 5))
        cover(session, make_contract(session, price_cents=90_00), "A")
        give(
            session,
            licence(session, 1),
            datetime(2026, 1, 1, tzinfo=UTC),
            asset_id=get_asset(session, "A").id,
        )
        asset = session.scalars(select(Asset).where(Asset.asset_tag == "A")).one()
        session.add(
            Task(
                key="deployment:1", kind=TaskKind.DEPLOYMENT, state=TaskState.DONE, title="Deploy",
                asset_id=asset.id, opened_by="Tom", started_at=datetime(2023, 11, 20, tzinfo=UTC),
                closed_at=datetime(2023, 11, 28, 23, 30, tzinfo=UTC),  # the 29th in Berlin
            )
        )  # fmt: skip
        session.flush()

        total = own(session, "A").total

        assert (total.total, total.months, total.per_month) == (1772_00, 36, 49_22)

    asset_page = admin.get("/assets/A/costs").text
    contract_page = admin.get("/contracts/SUP-1/costs").text
    assert 'href="/contracts/SUP-1/costs"' in asset_page
    assert 'href="/licences/L"' in asset_page
    assert "1,772.00" in asset_page
    assert 'href="/assets/A/costs"' in contract_page
    assert "Borne by assets with a seat" in admin.get("/assets/L/costs").text
    assert admin.get("/contracts/NO-1/costs").status_code == 404
