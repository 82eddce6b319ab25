"""Kinds of contract, how they are renewed and paid, and their states: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ContractState(StrEnum):
    """How far a term of a contract is."""

    DRAFT = "draft"
    ACTIVE = "active"
    NOTICE_GIVEN = "notice_given"
    ENDED = "ended"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> StateRow:
        """Return the row of this state."""
        return CONTRACT_STATES[self]


@dataclass(frozen=True, slots=True)
class StateRow:
    """What is said about a state.

    :param verb: as a button that leads to it names it.
    :param is_running: the term counts: it covers assets and costs what it says.
    :param needs_reason: anyone who leads a term here says why.
    """

    label: str
    verb: str
    tone: str = ""
    is_running: bool = False
    needs_reason: bool = False


_S = ContractState
CONTRACT_STATES: Mapping[ContractState, StateRow] = {
    _S.DRAFT: StateRow("Draft", "Make a draft", "note"),
    _S.ACTIVE: StateRow("Active", "Activate", "good", is_running=True),
    _S.NOTICE_GIVEN: StateRow(
        "Notice given", "Let it lapse", "warn", is_running=True, needs_reason=True
    ),
    _S.ENDED: StateRow("Ended", "End it today", needs_reason=True),
    _S.CANCELLED: StateRow("Cancelled", "Cancel the draft"),
}
# By state: what may follow. A state without steps is final.
CONTRACT_STEPS: Mapping[ContractState, frozenset[ContractState]] = {
    _S.DRAFT: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.ACTIVE: frozenset({_S.NOTICE_GIVEN, _S.ENDED}),
    _S.NOTICE_GIVEN: frozenset({_S.ACTIVE, _S.ENDED}),
    _S.ENDED: frozenset(),
    _S.CANCELLED: frozenset(),
}
RUNNING_STATES = tuple(state for state, row in CONTRACT_STATES.items() if row.is_running)


def can_step(current: ContractState, wanted: ContractState) -> bool:
    """Return whether a term may go from one state to another."""
    return wanted in CONTRACT_STEPS[current]


class ContractKind(StrEnum):
    SUPPORT = "support"
    MAINTENANCE = "maintenance"
    LEASE = "lease"
    SUBSCRIPTION = "subscription"
    LICENCE = "licence"
    CLOUD = "cloud"
    DISPOSAL = "disposal"


CONTRACT_KINDS: Mapping[ContractKind, str] = {
    ContractKind.SUPPORT: "Support",
    ContractKind.MAINTENANCE: "Maintenance",
    ContractKind.LEASE: "Lease",
    ContractKind.SUBSCRIPTION: "Subscription",
    ContractKind.LICENCE: "Licence",
    ContractKind.CLOUD: "Cloud",
    ContractKind.DISPOSAL: "Disposal",
}


class Renewal(StrEnum):
    """What follows a term that nobody decided about."""

    NONE = "none"
    EXPRESS = "express"
    TACIT = "tacit"


@dataclass(frozen=True, slots=True)
class RenewalRow:
    """What is said about a way of renewing.

    :param sentence: of the page of a contract.
    :param fate: what follows without a decision, as its notice says it.
    """

    label: str
    sentence: str
    fate: str


RENEWALS: Mapping[Renewal, RenewalRow] = {
    Renewal.NONE: RenewalRow("It ends", "It ends with its term.", "it ends"),
    Renewal.EXPRESS: RenewalRow(
        "Only if we say so", "It goes on only if you renew it.", "it ends unless you renew it"
    ),
    Renewal.TACIT: RenewalRow(
        "By itself", "It goes on by itself unless you give notice.", "it renews by itself"
    ),
}


class Period(StrEnum):
    """What the price of a contract is for."""

    ONCE = "once"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """:param months: of one payment; None: once a term."""

    label: str
    each: str
    months: int | None


PERIODS: Mapping[Period, PeriodRow] = {
    Period.ONCE: PeriodRow("Once a term", "for the term", None),
    Period.MONTH: PeriodRow("Each month", "a month", 1),
    Period.QUARTER: PeriodRow("Each quarter", "a quarter", 3),
    Period.YEAR: PeriodRow("Each year", "a year", 12),
}
