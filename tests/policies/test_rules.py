"""Policies without a database: gates, bands, checks, scopes and waivers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from scanner_app.domain.policies.bands import DEFAULT_BANDS, count_needed, refuse_bands
from scanner_app.domain.policies.checks import CHECKS, Check, judge, read_usual
from scanner_app.domain.policies.differences import list_differences
from scanner_app.domain.policies.gates import (
    CHECK_STATES,
    GATES,
    MODES,
    CheckState,
    Gate,
    Mode,
    Scope,
    Verdict,
    is_shut,
    is_waived,
)
from scanner_app.domain.policies.subjects import BuyingPart, BuyingSubject, DeploymentSubject


def test_each_member_has_its_row():
    for rows, members in ((GATES, Gate), (MODES, Mode), (CHECK_STATES, CheckState)):
        assert set(rows) == set(members)
    assert set(CHECKS) == set(Check)
    assert all(check.facts.gates for check in Check)


@pytest.mark.parametrize(
    ("cents", "needed"),
    [(0, 0), (500_00, 0), (500_01, 1), (5_000_00, 1), (5_000_01, 2), (10**14, 2), (None, 2)],
)
def test_a_band_begins_above_its_amount_and_what_nobody_knows_is_in_the_highest(cents, needed):
    assert count_needed(DEFAULT_BANDS, cents) == needed


@pytest.mark.parametrize(
    "bands",
    [[], [[0, 0]] * 7, [[0, 9]], [[500, 1], [0, 0]], [[0, 0], [0, 1]], [[0, 2], [500, 1]]],
)
def test_bands_that_contradict_themselves_are_refused(bands):
    assert refuse_bands(bands)
    assert not refuse_bands(DEFAULT_BANDS)


def buy(*parts: BuyingPart, check: Check = Check.APPROVED_BY, **params) -> CheckState:
    return judge(check, BuyingSubject(parts), params).state


def test_what_costs_much_needs_its_approvals():
    assert buy(BuyingPart("R1", 12_000_00, 2)) is CheckState.PASS
    assert buy(BuyingPart("R1", 12_000_00, 1)) is CheckState.FAIL
    assert buy(BuyingPart("R1", 500_00)) is CheckState.PASS
    # Without a rate nobody knows what it costs; with enough approvals nobody has to.
    assert buy(BuyingPart("R1", None, 1)) is CheckState.UNKNOWN
    assert buy(BuyingPart("R1", None, 2)) is CheckState.PASS
    assert buy(BuyingPart("R1", 400_00), BuyingPart("R2", 900_00)) is CheckState.FAIL


def test_what_no_request_asked_for_is_held_only_where_the_policy_says_so():
    assert buy(BuyingPart("", 9_000_00)) is CheckState.PASS
    assert buy(BuyingPart("", 9_000_00), needs_request=True) is CheckState.FAIL
    assert buy(BuyingPart("", 500_00), needs_request=True) is CheckState.PASS


def test_what_costs_much_needs_quotes():
    check = Check.QUOTES_AT_LEAST
    assert buy(BuyingPart("R1", 5_000_00, quotes=0), check=check) is CheckState.PASS
    assert buy(BuyingPart("R1", 5_000_01, quotes=2), check=check) is CheckState.FAIL
    assert buy(BuyingPart("R1", 5_000_01, quotes=3), check=check) is CheckState.PASS
    assert buy(BuyingPart("R1", 900_00, quotes=1), check=check, n=2, above=0) is CheckState.FAIL


@pytest.mark.parametrize(
    ("holder", "is_signed", "state"),
    [("", False, "pass"), ("Dana", True, "pass"), ("Dana", False, "fail")],
)
def test_who_has_it_signs(holder, is_signed, state):
    verdict = judge(Check.SIGNED_FOR, DeploymentSubject(holder, is_signed=is_signed), {})
    assert verdict.state.value == state


def test_a_check_that_raises_could_not_tell_and_keeps_a_gate_that_blocks_shut():
    verdict = judge(Check.APPROVED_BY, None, {})
    assert verdict.state is CheckState.UNKNOWN
    assert is_shut(Mode.BLOCK, verdict.state)
    assert not is_shut(Mode.WARN, verdict.state)
    assert not is_shut(Mode.BLOCK, CheckState.WAIVED)


def test_a_waiver_holds_through_its_last_day():
    last = date(2026, 12, 31)
    failed = Verdict(CheckState.FAIL, "")
    assert is_waived(failed, [last], last)
    assert not is_waived(failed, [last], last + timedelta(days=1))
    assert not is_waived(Verdict(CheckState.PASS, ""), [last], last)


def test_a_scope_takes_what_each_of_its_lists_names():
    about = Scope(kinds=frozenset({"hardware"}), categories=frozenset({"Laptop", "Dock"}))
    assert Scope().takes(about)
    assert Scope(categories=frozenset({"laptop"})).takes(about)
    assert not Scope(categories=frozenset({"Phone"})).takes(about)
    assert not Scope(kinds=frozenset({"hardware"}), models=frozenset({"X"})).takes(about)
    assert Scope.from_json(about.to_json()) == about


def test_what_became_otherwise_is_said_in_words():
    before = {"mode": "block", "params": read_usual(Check.QUOTES_AT_LEAST), "applies": {}}
    after = {"mode": "warn", "params": {"n": 2, "above": 100_00}, "applies": {"kinds": ["cloud"]}}
    assert list_differences(before, after) == [
        ("mode", "block", "warn"),
        ("only kinds", "all", "cloud"),
        ("n", "3", "2"),
        ("above", "5,000.00", "100.00"),
    ]
