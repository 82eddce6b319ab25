"""The states of contracts, written out by hand, and the days of terms."""

from __future__ import annotations

from datetime import date

import pytest

from scanner_app.domain.contracts.events import CONTRACT_EVENTS, ContractStep, step_to
from scanner_app.domain.contracts.states import (
    CONTRACT_KINDS,
    CONTRACT_STATES,
    CONTRACT_STEPS,
    PERIODS,
    RENEWALS,
    ContractKind,
    ContractState,
    Period,
    Renewal,
    can_step,
)
from scanner_app.domain.contracts.terms import (
    Span,
    find_act_by,
    list_rollovers,
    renew_until,
)
from scanner_app.domain.days import read_day

# By state: what it may become. From the design of contracts.
TABLE = """
draft         active cancelled
active        notice_given ended
notice_given  active ended
ended
cancelled
"""
ROWS = {state: set(after) for state, *after in map(str.split, TABLE.strip().splitlines())}


def day(text: str) -> date:
    return date.fromisoformat(text)


class TestSteps:
    @pytest.mark.parametrize("wanted", list(ContractState))
    @pytest.mark.parametrize("state", ROWS)
    def test_are_those_of_the_written_table(self, state, wanted):
        assert can_step(ContractState(state), wanted) == (wanted.value in ROWS[state])

    def test_each_member_has_its_row(self):
        assert set(CONTRACT_STATES) == set(CONTRACT_STEPS) == set(ContractState)
        assert set(CONTRACT_KINDS) == set(ContractKind)
        assert set(RENEWALS) == set(Renewal)
        assert set(PERIODS) == set(Period)
        assert set(CONTRACT_EVENTS) == set(ContractStep)
        assert {step_to(state) for _, after in CONTRACT_STEPS.items() for state in after} == {
            ContractStep.ACTIVE,
            ContractStep.NOTICE_GIVEN,
            ContractStep.ENDED,
            ContractStep.CANCELLED,
        }


class TestDays:
    def test_to_act_by_are_those_of_the_notice_before_the_end(self):
        assert find_act_by(day("2027-03-31"), 90) == day("2026-12-31")
        assert find_act_by(day("2027-03-31"), 0) == day("2027-03-31")
        assert find_act_by(None, 90) is None

    @pytest.mark.parametrize(
        ("ends_on", "months", "until"),
        [
            ("2027-03-31", 12, "2028-03-31"),
            ("2027-02-28", 12, "2028-02-29"),
            ("2028-02-29", 12, "2029-02-28"),
            ("2026-04-30", 1, "2026-05-31"),
            ("2026-04-29", 1, "2026-05-29"),
            ("2026-12-30", 2, "2027-02-28"),
        ],
    )
    def test_of_a_renewal_keep_the_end_of_a_month(self, ends_on, months, until):
        assert renew_until(day(ends_on), months) == day(until)

    @pytest.mark.parametrize(
        ("today", "renewal", "ends"),
        [
            ("2026-12-31", Renewal.TACIT, []),
            ("2027-01-01", Renewal.TACIT, ["2028-03-31"]),
            ("2028-01-02", Renewal.TACIT, ["2028-03-31", "2029-03-31"]),
            ("2030-01-02", Renewal.EXPRESS, []),
            ("2030-01-02", Renewal.NONE, []),
        ],
    )
    def test_of_terms_that_follow_by_themselves(self, today, renewal, ends):
        spans = list_rollovers(
            Span(day("2026-04-01"), day("2027-03-31")),
            notice_days=90,
            renewal=renewal,
            months=12,
            today=day(today),
        )

        assert [span.ends_on for span in spans] == [day(one) for one in ends]

    def test_cover_as_many_days_as_the_design_counts(self):
        # Scenario 12: A and B all year, C from 2 July.
        year = Span(day("2026-01-01"), day("2026-12-31"))
        spans = [year, year, Span(day("2026-07-02"), None)]

        assert [span.meets(year) for span in spans] == [365, 365, 183]


class TestDaysOfForms:
    @pytest.mark.parametrize(
        ("text", "found", "said"),
        [
            (" 2026-12-31 ", date(2026, 12, 31), None),
            ("", None, None),
            ("31/12/2026", None, "year-month-day"),
            ("1989-12-31", None, "from 1990 to 2199"),
            ("2200-01-01", None, "from 1990 to 2199"),
        ],
    )
    def test_are_read_within_what_can_be_meant(self, text, found, said):
        errors = {}

        assert read_day({"on": text}, "on", errors) == found
        assert said in errors["on"][0] if said else errors == {}
