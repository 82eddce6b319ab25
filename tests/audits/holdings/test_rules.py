"""The rules of what has no label, and which of it a scope covers."""

from __future__ import annotations

import pytest

from scanner_app.domain.audits.holdings.holdings import (
    HOLDING_DECISIONS,
    HOLDING_FLAGS,
    HOLDING_KINDS,
    HOLDING_PROPOSALS,
    HOLDING_STATES,
    HoldingDecision,
    HoldingFlag,
    HoldingKind,
    HoldingProposal,
    HoldingState,
    count_accuracy,
    judge_answer,
    say_kinds,
)
from scanner_app.domain.audits.scoping import say_scope
from tests.audits.holdings.office import HOLDINGS, fill_with_holdings
from tests.audits.holdings.test_holdings import list_held
from tests.audits.steps import open_audit


@pytest.fixture
def contents():
    return fill_with_holdings


class TestRules:
    def test_have_a_row_for_each_member(self):
        for rows, members in (
            (HOLDING_KINDS, HoldingKind), (HOLDING_STATES, HoldingState),
            (HOLDING_FLAGS, HoldingFlag), (HOLDING_PROPOSALS, HoldingProposal),
            (HOLDING_DECISIONS, HoldingDecision),
        ):  # fmt: skip
            assert set(rows) == set(members)

    @pytest.mark.parametrize(
        ("holds", "counted", "recorded", "state", "proposal"),
        [
            (None, None, None, "open", None),
            (True, None, None, "verified", None),
            (True, 5, 5, "verified", None),
            (True, 4, 5, "verified", "adjust"),
            (True, 0, 5, "verified", "adjust"),
            (False, None, 5, "denied", "retire"),
        ],
    )
    def test_say_what_follows(self, holds, counted, recorded, state, proposal):
        judged = judge_answer(holds=holds, counted=counted, recorded=recorded)
        assert (judged.state, judged.proposal) == (state, proposal)

    def test_of_the_figure(self):
        assert count_accuracy([(48, 50), (22, 24), (None, 9), (3, None)]) == (70, 74)
        assert count_accuracy([(100, 1)]) == (0, 1)
        assert count_accuracy([]) == (0, 0)

    def test_say_which_kinds(self):
        assert say_kinds({}) == ""
        assert (
            say_kinds({"kinds": ["hardware", "software", "stock"]}) == "hardware, software, stock"
        )
        assert say_scope({"kinds": HOLDINGS}) == "kinds: software, data, stock"


class TestScopes:
    @pytest.mark.either_database
    def test_of_hardware_alone_are_kept_as_before(self, api):
        for kinds in ([], ["hardware"]):
            answered = api.post("/audits", json={"name": "A", "scope": {"kinds": kinds}})
            assert "kinds" not in answered.json["scope"]
        wrong = api.post("/audits", json={"name": "A", "scope": {"kinds": ["paper"]}})
        audit = open_audit(api)
        assert wrong.status_code == 422
        assert api.get(f"/audits/{audit}/holdings").json == {"items": [], "next": None}
        assert "holdings" not in api.get(f"/audits/{audit}/report.json").json

    def test_narrow_stock_by_location_and_assets_by_person(self, api):
        audit = open_audit(api, scope={"kinds": ["stock"], "locations": ["AWAY"]})
        assert [one["frozen_quantity"] for one in list_held(api, audit).values()] == [3]
        audit = open_audit(api, scope={"kinds": ["data", "cloud"], "custodians": ["1001"]})
        assert [*list_held(api, audit)] == ["CLD-1", "DAT-1"]
