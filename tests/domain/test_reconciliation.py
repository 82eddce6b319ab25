"""The rules of an audit: what a finding is, what it proposes, which steps there are."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.reconciliation import (
    STEPS,
    AuditState,
    Expectation,
    FindingState,
    Proposal,
    ProposalKind,
    Register,
    Sighting,
    classify,
    hides_expectation,
    is_inside,
    propose,
    show_steps,
)
from scanner_app.domain.register.lifecycle import ENDED, Stage

ALLOWED = {
    ("draft", "counting"),
    ("draft", "cancelled"),
    ("counting", "reconciling"),
    ("counting", "cancelled"),
    ("reconciling", "counting"),
    ("reconciling", "closed"),
    ("reconciling", "cancelled"),
}
PATHS = st.sampled_from(["/1/", "/1/2/", "/1/2/3/", "/1/20/", "/4/"])


class TestSteps:
    @pytest.mark.parametrize("pair", list(itertools.product(AuditState, AuditState)))
    def test_are_those_of_the_table_and_no_others(self, pair):
        current, wanted = pair

        assert (wanted in STEPS[current]) == ((current.value, wanted.value) in ALLOWED)

    def test_stand_in_the_docs_as_they_are(self):
        text = (Path(__file__).resolve().parents[2] / "docs" / "audits.md").read_text()

        assert show_steps() in text


class TestClassify:
    @pytest.mark.parametrize(
        ("recorded", "seen", "state"),
        [
            ("/1/2/", "/1/2/", "verified"),
            ("/1/2/", "/1/2/3/", "verified"),
            ("/1/2/", "/1/20/", "misplaced"),
            ("/1/2/", "/1/", "misplaced"),
            (None, "/1/2/", "misplaced"),
        ],
    )
    def test_holds_the_place_seen_against_the_place_recorded(self, recorded, seen, state):
        finding, flags = classify(Expectation(True, recorded, None, Stage.IN_STOCK), Sighting(seen))

        assert (finding.value, flags) == (state, [])

    def test_a_sighting_without_a_place_proves_that_it_exists(self):
        finding, flags = classify(Expectation(True, "/1/", None, Stage.IN_STOCK), Sighting(None))

        assert (finding, flags) == (FindingState.VERIFIED, ["no_place"])

    @given(
        is_expected=st.booleans(),
        recorded=st.none() | PATHS,
        status=st.sampled_from(list(Stage)),
        seen=st.none() | st.builds(Sighting, st.none() | PATHS),
    )
    def test_gives_each_thing_exactly_the_finding_that_its_definition_says(
        self, is_expected, recorded, status, seen
    ):
        if not is_expected and seen is None:
            return  # nobody asks about it

        state, _ = classify(Expectation(is_expected, recorded, None, status), seen)

        holds = {
            FindingState.MISSING: is_expected and seen is None,
            FindingState.UNEXPECTED: not is_expected,
            FindingState.VERIFIED: is_expected
            and seen is not None
            and (seen.location_path is None or is_inside(seen.location_path, recorded)),
            FindingState.MISPLACED: is_expected
            and seen is not None
            and seen.location_path is not None
            and not is_inside(seen.location_path, recorded),
        }
        assert [s for s, holds_here in holds.items() if holds_here] == [state]

    @given(condition=st.sampled_from([None, "good", "damaged", "unreadable_label"]))
    def test_flags_the_condition(self, condition):
        _, flags = classify(
            Expectation(True, "/1/", None, Stage.IN_USE), Sighting("/1/", None, condition)
        )

        assert flags == {"damaged": ["damaged"], "unreadable_label": ["unreadable"]}.get(
            condition, []
        )


def seen_at(path: str, *, state: str, register: Register, flags=(), person=None, **more):
    return propose(
        FindingState(state),
        flags,
        register=register,
        seen_location_id=9,
        seen_path=path,
        seen_person_id=person,
        **more,
    )


class TestPropose:
    def test_moves_what_stands_elsewhere(self):
        register = Register(Stage.IN_USE, "/1/2/", None)

        assert seen_at("/4/", state="misplaced", register=register) == Proposal(
            ProposalKind.MOVE, 9
        )
        assert seen_at("/4/", state="unexpected", register=register) == Proposal(
            ProposalKind.MOVE, 9
        )

    def test_leaves_what_the_register_knows_already(self):
        assert (
            seen_at("/4/", state="misplaced", register=Register(Stage.IN_USE, "/4/", None)) is None
        )
        assert (
            seen_at(
                "/4/",
                state="misplaced",
                register=Register(Stage.IN_USE, "/5/", None, has_moved_since=True),
            )
            is None
        )

    @pytest.mark.parametrize("stage", sorted(ENDED | {Stage.MISSING}))
    def test_takes_back_what_was_given_up_and_is_there(self, stage):
        proposal = seen_at("/1/", state="verified", register=Register(stage, "/1/", None))

        assert proposal == Proposal(ProposalKind.REINSTATE)

    def test_gives_to_whom_it_was_seen_with(self):
        register = Register(Stage.IN_USE, "/1/", 5)

        proposal = seen_at(
            "/1/", state="verified", register=register, flags=["wrong_custodian"], person=7
        )

        assert proposal == Proposal(ProposalKind.REASSIGN, None, 7)

    @pytest.mark.parametrize(
        ("now", "then", "proposed"),
        [
            (Stage.IN_USE, Stage.IN_USE, True),
            (Stage.MISSING, Stage.MISSING, False),
            (Stage.RETIRED, Stage.IN_USE, False),  # retired while it was counted
            (Stage.RETIRED, Stage.RETIRED, True),  # kept in a store by the record, and not there
            (Stage.DISPOSED, Stage.DISPOSED, False),
        ],
    )
    def test_marks_missing_what_the_register_still_believes_in(self, now, then, proposed):
        proposal = propose(
            FindingState.MISSING,
            [],
            register=Register(now, "/1/", None),
            recorded_status=then,
        )

        assert (proposal == Proposal(ProposalKind.MARK_MISSING)) is proposed

    def test_registers_a_code_that_means_nothing_but_not_one_that_means_two_things(self):
        new = propose(FindingState.UNREGISTERED, [], register=None, seen_location_id=9)
        double = propose(FindingState.UNREGISTERED, ["duplicate_label"], register=None)

        assert (new, double) == (Proposal(ProposalKind.REGISTER, 9), None)

    @given(
        path=PATHS,
        register=st.builds(Register, st.sampled_from([Stage.IN_STOCK, Stage.IN_USE]), PATHS),
    )
    def test_never_moves_a_thing_to_where_it_is(self, path, register):
        proposal = seen_at(path, state="misplaced", register=register)

        assert (proposal is None) == is_inside(path, register.location_path)


class TestHidesExpectation:
    @pytest.mark.parametrize(
        ("blind", "state", "may_run", "hidden"),
        [
            (True, "counting", False, True),
            (True, "draft", False, True),
            (True, "counting", True, False),
            (True, "reconciling", False, False),
            (False, "counting", False, False),
        ],
    )
    def test_hides_it_from_who_counts_blind(self, blind, state, may_run, hidden):
        assert hides_expectation(is_blind=blind, state=AuditState(state), may_run=may_run) is hidden
