"""Levels and states of erasing, written out by hand: each technique on each medium, each step."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from scanner_app.domain.disposal.levels import (
    DESTINATIONS,
    MEDIA,
    TECHNIQUES,
    Classification,
    Destination,
    Level,
    Medium,
    Technique,
    find_needed,
    find_reached,
    goes_with,
)
from scanner_app.domain.disposal.sanitizations import (
    RESULTS,
    SANITIZATION_STATES,
    VERIFICATIONS,
    Result,
    SanitizationState,
    Try,
    Verification,
    can_step,
    find_unerased,
)

# From NIST SP 800-88 and the design: - none, c clear, p purge, d destroy. A second letter is what
# it reaches on a medium that was encrypted all along.
MEDIUM_ORDER = [
    "hdd",
    "ssd",
    "nvme",
    "emmc",
    "tape",
    "phone",
    "cloud",
    "paper",
    "other",
    "no_medium",
]
REACHED = """
overwrite          c  -  -  -  -  -  -  -  -  -
block_erase        -  p  p  p  -  p  -  -  -  -
crypto_erase       -  -p -p -p -  -p -  -  -  -
factory_reset      -  -  -  c  -  cp -  -  c  -
degauss            p  -  -  -  p  -  -  -  -  -
shred              d  d  d  d  d  d  -  d  d  -
disintegrate       d  d  d  d  d  d  -  d  d  -
incinerate         d  d  d  d  d  d  -  d  d  -
melt               d  d  d  d  d  d  -  d  d  -
provider_deletion  -  -  -  -  -  -  c  -  -  -
key_destruction    -  -  -  -  -  -  p  -  -  -
inspection         -  -  -  -  -  -  -  -  -  -
"""
CELLS = {
    (technique, medium): cell
    for technique, *cells in map(str.split, REACHED.strip().splitlines())
    for medium, cell in zip(MEDIUM_ORDER, cells, strict=True)
}
LETTERS = {"-": Level.NONE, "c": Level.CLEAR, "p": Level.PURGE, "d": Level.DESTROY}
# By destination: for public, internal and confidential data, then for restricted data.
NEEDED = {
    "reuse": "cp",
    "recycling": "pp",
    "resale": "pp",
    "donation": "pp",
    "destruction": "dd",
    "lease_return": "pp",
    "vendor_return": "pp",
    "write_off": "pp",
}
STEPS = {
    "performed": {"verified", "failed"},
    "verified": {"accepted", "rejected"},
    "failed": set(),
    "accepted": set(),
    "rejected": set(),
}
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


class TestLevels:
    def test_reached_are_those_of_the_written_table(self):
        for technique, medium, is_encrypted in itertools.product(Technique, Medium, (False, True)):
            cell = CELLS[technique.value, medium.value]
            wanted = LETTERS[cell[-1] if is_encrypted else cell[0]]
            found = find_reached(technique, medium, is_encrypted=is_encrypted)
            assert found is wanted, (technique, medium, is_encrypted)

    def test_needed_are_those_of_the_written_table(self):
        for destination, data, has_failed in itertools.product(
            Destination, Classification, (False, True)
        ):
            letter = NEEDED[destination.value][data is Classification.RESTRICTED]
            wanted = Level.DESTROY if has_failed else LETTERS[letter]
            assert find_needed(destination, data, has_failed=has_failed) is wanted

    def test_have_a_row_for_each_member(self):
        assert set(MEDIA) == set(Medium)
        assert set(TECHNIQUES) == set(Technique)
        assert set(DESTINATIONS) == set(Destination)
        assert set(VERIFICATIONS) == set(Verification)
        assert set(RESULTS) == set(Result)

    def test_of_what_has_no_medium_only_an_inspection_says_anything(self):
        for technique, medium in itertools.product(Technique, Medium):
            assert goes_with(technique, medium) is (
                (technique.value == "inspection") == (medium.value == "no_medium")
            )


class TestStates:
    def test_are_those_of_the_written_table(self):
        assert {state.value for state in SanitizationState} == set(STEPS)
        assert set(SANITIZATION_STATES) == set(SanitizationState)
        for current, wanted in itertools.product(SanitizationState, repeat=2):
            assert can_step(current, wanted) is (wanted.value in STEPS[current.value])

    def test_follow_from_what_was_found(self):
        assert {one.value: row.state.value for one, row in RESULTS.items()} == {
            "pass": "verified",
            "fail": "failed",
            "unknown": "failed",
        }


def one_try(minute: float, state: str = "accepted", **changes):
    facts = {
        "key": "ssd:1",
        "medium": Medium.SSD,
        "classification": Classification.INTERNAL,
        "reached": Level.PURGE,
        **changes,
    }
    return Try(
        state=SanitizationState(state), performed_at=NOW + timedelta(minutes=minute), **facts
    )


RESALE = Destination.RESALE


class TestErased:
    @pytest.mark.parametrize("state", ["performed", "verified", "failed", "rejected"])
    def test_is_nothing_that_is_not_accepted(self, state):
        assert find_unerased([one_try(1, state)], RESALE, used_until=None)

    def test_is_what_reached_what_is_needed(self):
        tries = [one_try(1, reached=Level.CLEAR)]

        assert find_unerased(tries, Destination.REUSE, used_until=None) == []
        assert find_unerased(tries, RESALE, used_until=None) == [
            "SSD: resale needs purge, reached is clear"
        ]

    def test_needs_each_of_its_media(self):
        tries = [one_try(1), one_try(2, "verified", key="hdd:2", medium=Medium.HDD)]

        assert find_unerased(tries, RESALE, used_until=None) == [
            "Hard disk: verified, not accepted yet"
        ]

    def test_is_nothing_that_was_used_since(self):
        tries = [one_try(1)]

        assert find_unerased(tries, RESALE, used_until=NOW) == []
        for minutes in (1, 2):
            used = NOW + timedelta(minutes=minutes)
            assert find_unerased(tries, RESALE, used_until=used) == [
                "no medium was erased since it was last used"
            ]

    def test_needs_destroying_once_a_try_failed(self):
        failed, again = one_try(1, "failed"), one_try(2)
        shredded = one_try(3, reached=Level.DESTROY)

        assert find_unerased([failed, again], RESALE, used_until=None)
        assert find_unerased([failed, again, shredded], RESALE, used_until=None) == []

    def test_is_what_has_no_medium_once_that_is_accepted(self):
        seen = one_try(1, medium=Medium.NO_MEDIUM, key="no_medium:", reached=Level.NONE)

        assert find_unerased([], RESALE, used_until=None)
        assert find_unerased([seen], RESALE, used_until=None) == []
