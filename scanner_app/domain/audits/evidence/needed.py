"""What the policy of an audit asks for as proof: the least evidence, and pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.policy import LEAST_EVIDENCE, PICTURES
from scanner_app.domain.audits.proposals import Decision
from scanner_app.domain.audits.suggesting.fields import EVIDENCE, Evidence

_GRADES = list(EVIDENCE)
# What a person can only decide once somebody has looked at the thing itself.
_DIFFERENCES = frozenset(
    {FindingState.MISPLACED, FindingState.UNEXPECTED, FindingState.UNREGISTERED}
)
_OF_A_THING = frozenset({Decision.ACCEPT, Decision.PRESENT})


def proves(policy: Mapping[str, Any], source: str | None) -> bool:
    """Return whether scans of a source are proof enough under a policy."""
    least = Evidence(LEAST_EVIDENCE.read(policy))
    if least is Evidence.TYPED:
        return True
    enough = _GRADES[: _GRADES.index(least) + 1]
    return any((source or "") in EVIDENCE[grade].sources for grade in enough)


def list_sources(policy: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the sources whose scans are proof under a policy; None if all are."""
    if proves(policy, None):
        return None
    sources = {source for row in EVIDENCE.values() for source in row.sources}
    return frozenset(source for source in sources if proves(policy, source))


def needs_pictures(policy: Mapping[str, Any]) -> bool:
    """Return whether a policy asks for a picture of each difference."""
    return PICTURES.read(policy) == "differences"


def needs_picture(state: FindingState, flags: Collection[str], decision: Decision) -> bool:
    """Return whether a decision needs a picture of the thing, where a policy asks for pictures.

    What nobody found cannot be pictured; what is accepted as present can.
    """
    if decision is Decision.PRESENT:
        return True
    is_different = state in _DIFFERENCES or (
        state is FindingState.VERIFIED and Flag.DAMAGED in flags
    )
    return decision in _OF_A_THING and is_different


def say_needs(policy: Mapping[str, Any]) -> list[str]:
    """Return what a counter has to know of these, a sentence each, for the page of a phone."""
    said = {
        Evidence.HELD: "Scan labels: what is typed, or heard by RFID, does not count.",
        Evidence.HEARD: "Scan labels: what is typed does not count.",
    }.get(Evidence(LEAST_EVIDENCE.read(policy)))
    pictures = "Take a picture of what is elsewhere, extra, unknown or damaged."
    return [*([said] if said else []), *([pictures] if needs_pictures(policy) else [])]
