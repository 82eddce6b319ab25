"""The rules of an audit: its states, the kinds of findings, and what they propose.

The tables are compared with values that are written out here, from the definitions.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner_app.domain.audits.findings import (
    FINDING_KINDS,
    FLAGS,
    Expectation,
    FindingState,
    Flag,
    LastSighting,
    classify,
    is_inside,
    show_flags,
    show_kinds,
)
from scanner_app.domain.audits.proposals import (
    DECISIONS,
    PROPOSALS,
    Decision,
    Proposal,
    ProposalKind,
    RegisterState,
    propose,
    show_proposals,
)
from scanner_app.domain.audits.states import (
    AUDIT_STATES,
    STEPS,
    AuditState,
    is_blind_for,
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
    def test_allows_exactly_the_steps_of_the_definition(self, pair):
        current, wanted = pair

        assert (wanted in STEPS[current]) == ((current.value, wanted.value) in ALLOWED)

    def test_no_state_can_follow_closed_or_cancelled(self):
        assert not STEPS[AuditState.CLOSED]
        assert not STEPS[AuditState.CANCELLED]


class TestDocs:
    @pytest.mark.parametrize("show", [show_steps, show_kinds, show_flags, show_proposals])
    def test_print_the_tables_of_the_code(self, show):
        text = (Path(__file__).resolve().parents[2] / "docs" / "audits.md").read_text()

        assert show() in text


class TestRows:
    def test_every_member_has_a_row_with_a_label(self):
        for members, rows in (
            (AuditState, AUDIT_STATES),
            (FindingState, FINDING_KINDS),
            (Flag, FLAGS),
            (ProposalKind, PROPOSALS),
            (Decision, DECISIONS),
        ):
            assert set(rows) == set(members)
            assert all(row.label for row in rows.values())

    @pytest.mark.parametrize(
        ("state", "label", "expected", "seen", "in_place", "registered"),
        [
            ("verified", "Right place", True, True, True, True),
            ("misplaced", "Wrong place", True, True, False, True),
            ("missing", "Missing", True, False, False, True),
            ("unexpected", "Extra", False, True, False, True),
            ("unregistered", "Unknown label", False, True, False, False),
        ],
    )
    def test_a_finding_kind_counts_as_its_definition_says(
        self, state, label, expected, seen, in_place, registered
    ):
        kind = FINDING_KINDS[FindingState(state)]

        assert (kind.label, kind.is_expected, kind.is_seen) == (label, expected, seen)
        assert (kind.is_in_place, kind.is_registered) == (in_place, registered)

    def test_scans_and_shelf_photos_answer_each_kind_with_the_word_of_the_contract(self):
        answers = {k.state.value: (k.answer, k.shelf_answer) for k in FINDING_KINDS.values()}

        assert answers == {
            "verified": ("fine", "fine"),
            "misplaced": ("wrong_place", "wrong_place"),
            "missing": ("", ""),
            "unexpected": ("wrong_place", "not_expected"),
            "unregistered": ("unknown", "unknown"),
        }


class TestClassify:
    @pytest.mark.parametrize(
        ("recorded", "seen", "state"),
        [
            ("/1/2/", "/1/2/", "verified"),
            ("/1/2/", "/1/2/3/", "verified"),
            ("/1/2/", "/1/20/", "misplaced"),
            ("/1/2/", "/4/", "misplaced"),
            (None, "/1/2/", "misplaced"),
        ],
    )
    def test_compares_the_location_seen_with_the_location_recorded(self, recorded, seen, state):
        finding, flags = classify(
            Expectation(True, recorded, None, Stage.IN_STOCK), LastSighting(seen)
        )

        assert (finding.value, flags) == (state, [])

    def test_a_sighting_without_a_location_proves_that_the_asset_exists(self):
        finding, flags = classify(
            Expectation(True, "/1/", None, Stage.IN_STOCK), LastSighting(None)
        )

        assert (finding, flags) == (FindingState.VERIFIED, ["no_place"])

    @given(
        is_expected=st.booleans(),
        recorded=st.none() | PATHS,
        status=st.sampled_from(list(Stage)),
        seen=st.none() | st.builds(LastSighting, st.none() | PATHS),
    )
    def test_each_thing_gets_exactly_the_finding_of_its_definition(
        self, is_expected, recorded, status, seen
    ):
        if not is_expected and seen is None:
            return  # not part of the audit

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
            Expectation(True, "/1/", None, Stage.IN_USE), LastSighting("/1/", None, condition)
        )

        assert flags == {"damaged": ["damaged"], "unreadable_label": ["unreadable"]}.get(
            condition, []
        )


def seen_at(path: str, *, state: str, register: RegisterState, flags=(), person=None, **more):
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
    def test_moves_an_asset_that_was_seen_elsewhere(self):
        register = RegisterState(Stage.IN_USE, "/1/2/", None)

        assert seen_at("/4/", state="misplaced", register=register) == Proposal(
            ProposalKind.MOVE, 9
        )
        assert seen_at("/4/", state="unexpected", register=register) == Proposal(
            ProposalKind.MOVE, 9
        )

    def test_proposes_nothing_if_the_register_is_right_already(self):
        assert (
            seen_at("/4/", state="misplaced", register=RegisterState(Stage.IN_USE, "/4/", None))
            is None
        )
        assert (
            seen_at(
                "/4/",
                state="misplaced",
                register=RegisterState(Stage.IN_USE, "/5/", None, has_moved_since=True),
            )
            is None
        )

    @pytest.mark.parametrize("stage", sorted(ENDED | {Stage.MISSING}))
    def test_takes_back_an_asset_that_was_written_off_and_is_there(self, stage):
        proposal = seen_at("/1/", state="verified", register=RegisterState(stage, "/1/", None))

        assert proposal == Proposal(ProposalKind.REINSTATE)

    def test_assigns_an_asset_to_the_person_it_was_seen_with(self):
        register = RegisterState(Stage.IN_USE, "/1/", 5)

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
    def test_marks_missing_what_the_register_still_counts_on(self, now, then, proposed):
        proposal = propose(
            FindingState.MISSING,
            [],
            register=RegisterState(now, "/1/", None),
            recorded_status=then,
        )

        assert (proposal == Proposal(ProposalKind.MARK_MISSING)) is proposed

    def test_registers_an_unknown_code_but_not_one_that_means_two_things(self):
        new = propose(FindingState.UNREGISTERED, [], register=None, seen_location_id=9)
        double = propose(FindingState.UNREGISTERED, ["duplicate_label"], register=None)

        assert (new, double) == (Proposal(ProposalKind.REGISTER, 9), None)

    @given(
        path=PATHS,
        register=st.builds(RegisterState, st.sampled_from([Stage.IN_STOCK, Stage.IN_USE]), PATHS),
    )
    def test_never_moves_an_asset_to_where_it_is(self, path, register):
        proposal = seen_at(path, state="misplaced", register=register)

        # Nor to a location that contains it, which would lose the exact one.
        assert (proposal is None) == (
            is_inside(path, register.location_path) or is_inside(register.location_path, path)
        )

    @given(
        state=st.sampled_from([s for s in FindingState if s is not FindingState.UNREGISTERED]),
        flags=st.sets(st.sampled_from(["wrong_custodian", "retired", "no_place"])),
        register=st.builds(
            RegisterState, st.sampled_from(list(Stage)), st.none() | PATHS, st.none() | st.just(5)
        ),
        path=st.none() | PATHS,
        person=st.none() | st.just(7),
    )
    def test_proposes_only_what_the_row_of_the_proposal_allows(
        self, state, flags, register, path, person
    ):
        proposal = seen_at(path, state=state, register=register, flags=flags, person=person)

        assert proposal is None or state in PROPOSALS[proposal.kind].findings


class TestIsBlindFor:
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
    def test_hides_the_expected_list_from_blind_counters(self, blind, state, may_run, hidden):
        assert is_blind_for(is_blind=blind, state=AuditState(state), may_run=may_run) is hidden
