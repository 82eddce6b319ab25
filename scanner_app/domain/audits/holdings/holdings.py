"""Holdings: what an audit covers that no label proves, how it is answered, and what follows.

A licence, a cloud or a data asset is attested by its owner, the pieces of a stock item in one
location are counted. Nothing is scanned for it: a person's word is an act, and all follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.kinds import ASSET_KINDS, AssetKind
from scanner_app.domain.seals.canonical import hash_canonical

KINDS = "kinds"
# The name of its part in a report, and of what an act says of it.
PART = "holdings"
MAX_QUANTITY = 1_000_000_000
COUNT_ACCURACY = "count_accuracy"
FORMULA = "(recorded - sum of |counted - recorded|) / recorded, at least 0; of what was counted"


class HoldingKind(StrEnum):
    SOFTWARE = "software"
    CLOUD = "cloud"
    DATA = "data"
    STOCK = "stock"

    @property
    def facts(self) -> HoldingKindRow:
        """Return the row of this kind."""
        return HOLDING_KINDS[self]


@dataclass(frozen=True, slots=True)
class HoldingKindRow:
    """What is said about a kind of holding.

    :param question: what is asked of its owner, or of who counts.
    :param is_counted: an answer says how many; `unit` is of what.
    :param may_be_denied: an answer may say that it is not there.
    """

    label: str
    icon: str
    question: str
    is_counted: bool = False
    unit: str = ""
    may_be_denied: bool = True


HOLDING_KINDS: Mapping[HoldingKind, HoldingKindRow] = {
    HoldingKind.SOFTWARE: HoldingKindRow(
        "Licence", "key", "How many seats does the vendor's list show?", True, "seats"
    ),
    HoldingKind.CLOUD: HoldingKindRow("Cloud", "up", "Is it in the provider's list?"),
    HoldingKind.DATA: HoldingKindRow("Data", "list", "Is it still kept?"),
    HoldingKind.STOCK: HoldingKindRow(
        "Stock", "box", "How many pieces are there?", True, "pieces", may_be_denied=False
    ),
}
# What a scope may name, in this order, as pages list it.
SCOPE_KINDS: Mapping[str, str] = {
    **{kind.value: row.label for kind, row in ASSET_KINDS.items()},
    HoldingKind.STOCK.value: HOLDING_KINDS[HoldingKind.STOCK].label,
}


class HoldingState(StrEnum):
    OPEN = "open"
    VERIFIED = "verified"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class HoldingStateRow:
    """What people read of a state."""

    label: str
    tone: str


HOLDING_STATES: Mapping[HoldingState, HoldingStateRow] = {
    HoldingState.OPEN: HoldingStateRow("Not answered", "warn"),
    HoldingState.VERIFIED: HoldingStateRow("There", "good"),
    HoldingState.DENIED: HoldingStateRow("Denied", "bad"),
}


class HoldingFlag(StrEnum):
    COUNT_DIFFERS = "count_differs"
    DENIED = "denied"


# What people read of a flag.
HOLDING_FLAGS: Mapping[HoldingFlag, str] = {
    HoldingFlag.COUNT_DIFFERS: "another number than recorded",
    HoldingFlag.DENIED: "its owner says that it is not there",
}


class HoldingProposal(StrEnum):
    ADJUST = "adjust"
    RETIRE = "retire"


# What people read of a proposal.
HOLDING_PROPOSALS: Mapping[HoldingProposal, str] = {
    HoldingProposal.ADJUST: "Record what was counted",
    HoldingProposal.RETIRE: "Retire",
}


class HoldingDecision(StrEnum):
    ACCEPT = "accept"
    REJECT = "reject"


# What a button says, and what people read of it afterwards.
HOLDING_DECISIONS: Mapping[HoldingDecision, tuple[str, str]] = {
    HoldingDecision.ACCEPT: ("Accept", "Accepted"),
    HoldingDecision.REJECT: ("Reject", "Rejected"),
}


class Judged(NamedTuple):
    """What follows from an answer."""

    state: HoldingState
    flags: tuple[HoldingFlag, ...] = ()
    proposal: HoldingProposal | None = None


def judge_answer(*, holds: bool | None, counted: int | None, recorded: int | None) -> Judged:
    """Return what follows from the newest answer about a holding.

    :param holds: it is there; None: nobody answered.
    :param counted, recorded: how many, by the answer and by the books at that moment; None where
        it is not counted.
    """
    if holds is None:
        return Judged(HoldingState.OPEN)
    if not holds:
        return Judged(HoldingState.DENIED, (HoldingFlag.DENIED,), HoldingProposal.RETIRE)
    if counted is not None and counted != recorded:
        differs = (HoldingFlag.COUNT_DIFFERS,)
        return Judged(HoldingState.VERIFIED, differs, HoldingProposal.ADJUST)
    return Judged(HoldingState.VERIFIED)


def count_accuracy(counted: Iterable[tuple[int | None, int | None]]) -> tuple[int, int]:
    """Return part and whole of *count accuracy*, of pairs of counted and recorded numbers.

    What was not counted says nothing, and what the books do not know weighs nothing.
    """
    whole = wrong = 0
    for seen, recorded in counted:
        if seen is not None and recorded is not None:
            whole += recorded
            wrong += abs(seen - recorded)
    return max(0, whole - wrong), whole


def hash_holdings(rows: Iterable[Sequence[Any]]) -> str:
    """Return the SHA-256 of the frozen list: kind, code, location, owner, quantity of each.

    Empty text where there is none, and null without a quantity; in the order of the first three.
    """
    listed = sorted((list(row) for row in rows), key=lambda row: row[:3])
    return hash_canonical(listed)


def read_kinds(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a scope says of kinds, as it is kept: nothing if it covers hardware alone.

    :raises Invalid: it names a kind that does not exist.
    """
    kinds = {str(one) for one in scope.get(KINDS) or []}
    unknown = sorted(kinds - {*SCOPE_KINDS})
    if unknown:
        text = f"There is no kind {unknown[0]!r}."
        raise Invalid(text, errors={f"scope.{KINDS}": [text]})
    kept = [kind for kind in SCOPE_KINDS if kind in kinds]
    return {} if kept in ([], [AssetKind.HARDWARE.value]) else {KINDS: kept}


def covers_hardware(scope: Mapping[str, Any]) -> bool:
    """Return whether a scope covers what has a label; so it does if it names no kind."""
    return AssetKind.HARDWARE.value in (scope.get(KINDS) or [AssetKind.HARDWARE.value])


def list_kinds(scope: Mapping[str, Any]) -> list[HoldingKind]:
    """Return the kinds of holdings that a scope covers."""
    return [kind for kind in HoldingKind if kind.value in (scope.get(KINDS) or [])]


def say_kinds(scope: Mapping[str, Any]) -> str:
    """Return which kinds a scope covers, in words; empty if it is hardware alone."""
    return ", ".join(SCOPE_KINDS[kind].lower() for kind in scope.get(KINDS) or [])
