"""Sanitizations: one try to erase one medium, its states, and when an asset counts as erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanner_app.domain.disposal.levels import (
    Classification,
    Destination,
    Level,
    Medium,
    find_needed,
)


class SanitizationState(StrEnum):
    PERFORMED = "performed"
    VERIFIED = "verified"
    FAILED = "failed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"

    @property
    def facts(self) -> SanitizationStateRow:
        """Return the row of this state."""
        return SANITIZATION_STATES[self]


_S = SanitizationState


@dataclass(frozen=True, slots=True)
class SanitizationStateRow:
    """What is said about a state.

    :param steps: what a person may set from here. A state without steps is final.
    :param next_step: what has to follow, as a page says it; empty if nothing.
    """

    label: str
    steps: frozenset[SanitizationState]
    tone: str = ""
    next_step: str = ""


SANITIZATION_STATES: Mapping[SanitizationState, SanitizationStateRow] = {
    _S.PERFORMED: SanitizationStateRow(
        "Performed",
        frozenset({_S.VERIFIED, _S.FAILED}),
        "note",
        "Another person verifies it.",
    ),
    _S.VERIFIED: SanitizationStateRow(
        "Verified",
        frozenset({_S.ACCEPTED, _S.REJECTED}),
        "accent",
        "A third person accepts or rejects it.",
    ),
    _S.FAILED: SanitizationStateRow(
        "Failed", frozenset(), "bad", "Only destroying the medium is left."
    ),
    _S.ACCEPTED: SanitizationStateRow("Accepted", frozenset(), "good"),
    _S.REJECTED: SanitizationStateRow(
        "Rejected", frozenset(), "bad", "It has to be done once more."
    ),
}


class Verification(StrEnum):
    """How somebody made sure that the technique was completed."""

    FULL = "full"
    SAMPLE = "sample"
    TOOL_STATUS = "tool_status"

    @property
    def label(self) -> str:
        """Return what pages call it."""
        return VERIFICATIONS[self]


VERIFICATIONS: Mapping[Verification, str] = {
    Verification.FULL: "All of the medium was read",
    Verification.SAMPLE: "A sample of it was read",
    Verification.TOOL_STATUS: "The tool's own report was read",
}


class Result(StrEnum):
    """What the verification found."""

    PASS = "pass"  # noqa: S105 - a word, not a password
    FAIL = "fail"
    UNKNOWN = "unknown"

    @property
    def facts(self) -> ResultRow:
        """Return the row of this result."""
        return RESULTS[self]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What pages say of a result, and the state that follows from it."""

    label: str
    state: SanitizationState


RESULTS: Mapping[Result, ResultRow] = {
    Result.PASS: ResultRow("Pass: no data is left", _S.VERIFIED),
    Result.FAIL: ResultRow("Fail: data is left", _S.FAILED),
    Result.UNKNOWN: ResultRow("Unknown: it could not be found out", _S.FAILED),
}


def can_step(current: SanitizationState, wanted: SanitizationState) -> bool:
    """Return whether a sanitization may go from one state to another."""
    return wanted in current.facts.steps


@dataclass(frozen=True, slots=True)
class Try:
    """What counts of one record, by the order in which they were made.

    :param key: names the medium within its asset: its kind and its serial number.
    """

    key: str
    medium: Medium
    classification: Classification
    reached: Level
    state: SanitizationState
    performed_at: datetime


def medium_key(medium: Medium, serial: str | None) -> str:
    """Return what names a medium within its asset."""
    return f"{medium}:{(serial or '').casefold()}"


def find_unerased(
    tries: Iterable[Try], destination: Destination, *, used_until: datetime | None
) -> list[str]:
    """Return what is left to do before an asset may go there; nothing if its media are erased.

    The newest record of each medium decides. One that is older than the last use of the asset
    counts for nothing, as then data came onto it again; but what failed once has failed.

    :param used_until: when the asset was last given to somebody, or deployed.
    """
    newest: dict[str, Try] = {}
    failed: set[str] = set()
    for one in sorted(tries, key=lambda one: one.performed_at):
        if one.state is SanitizationState.FAILED:
            failed.add(one.key)
        if used_until is None or one.performed_at > used_until:
            newest[one.key] = one
    if not newest:
        return ["no medium was erased since it was last used"]
    return [
        left
        for key, one in newest.items()
        if (left := _find_left(one, destination, has_failed=key in failed))
    ]


def _find_left(one: Try, destination: Destination, *, has_failed: bool) -> str:
    name = one.medium.label
    if one.state is not SanitizationState.ACCEPTED:
        return f"{name}: {one.state.facts.label.lower()}, not accepted yet"
    if one.medium is Medium.NO_MEDIUM:
        return ""
    needed = find_needed(destination, one.classification, has_failed=has_failed)
    if one.reached >= needed:
        return ""
    return (
        f"{name}: {destination.facts.label.lower()} needs {needed.word},"
        f" reached is {one.reached.word}"
    )
