"""What answers of people are worth, by the rules alone."""

from __future__ import annotations

import pytest

from scanner_app.domain.audits.asking.attestation import (
    ANSWERS,
    Answered,
    Attestation,
    Grade,
    count_attested,
    flags_of,
    grade_answer,
    hash_token,
    leaves_unmarked,
    make_token,
)
from scanner_app.domain.audits.findings import FindingState
from scanner_app.domain.audits.proposals import ProposalKind, RegisterState, propose
from scanner_app.domain.register.lifecycle import Stage

BY_WORD, PICTURED = flags_of(Grade.BY_WORD), flags_of(Grade.WITH_PICTURE)


class TestFigure:
    @pytest.mark.parametrize(
        ("policy", "part"), [("apart", 90), ("with_picture_counts", 70), ("counts", 90)]
    )
    def test_of_scenario_19_is_beside_existence(self, policy, part):
        """60 of 100 seen; 30 custodians have theirs, 10 with a picture; 4 have not; 6 are silent."""
        findings = [
            *[("verified", [])] * 60, *[("missing", PICTURED)] * 10, *[("missing", BY_WORD)] * 20,
            *[("missing", [])] * 10, ("unexpected", []), ("unregistered", []),
        ]  # fmt: skip

        assert count_attested(findings, Attestation(policy)) == (part, 100)


class TestAnswer:
    def test_is_worth_more_with_its_own_label_and_nothing_without_the_thing(self):
        graded = {
            (answer.value, shows): grade_answer(answer, shows_label=shows)
            for answer in Answered
            for shows in (True, False)
        }

        assert {key for key, grade in graded.items() if grade is Grade.WITH_PICTURE} == {
            ("have", True), ("damaged", True),
        }  # fmt: skip
        assert {key for key, grade in graded.items() if grade is Grade.BY_WORD} == {
            ("have", False), ("damaged", False),
        }  # fmt: skip
        assert [row.answer for row in ANSWERS.values() if row.needs_note] == [Answered.GAVE_TO]

    @pytest.mark.parametrize(
        ("policy", "left"),
        [
            (Attestation.APART, []),
            (Attestation.WITH_PICTURE_COUNTS, [PICTURED]),
            (Attestation.COUNTS, [BY_WORD, PICTURED]),
        ],
    )
    def test_leaves_what_is_missing_unmarked_as_the_policy_says(self, policy, left):
        in_use = RegisterState(Stage.IN_USE, "/1/", None)
        proposed = {
            tuple(flags): propose(
                FindingState.MISSING, flags, register=in_use,
                is_attested=leaves_unmarked(policy, flags),
            )
            for flags in ([], BY_WORD, PICTURED)
        }  # fmt: skip

        assert [list(flags) for flags, one in proposed.items() if one is None] == left
        assert proposed[()].kind is ProposalKind.MARK_MISSING


def test_a_link_is_32_bytes_that_only_the_secret_makes():
    token = make_token("secret", 7, 3, "salt")
    others = [
        make_token(*given)
        for given in (("other", 7, 3, "salt"), ("secret", 8, 3, "salt"), ("secret", 7, 4, "salt"))
    ]

    assert len(token) == 43  # base64url without padding
    assert token not in others
    assert hash_token(token) != token
