"""Gates, modes and results of policies: one row each, and when a gate stays shut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Gate(StrEnum):
    """The step at which a policy is checked. `none`: at no step, by the daily check alone."""

    NONE = "none"
    REQUEST = "request"
    ORDER = "order"
    DEPLOY = "deploy"
    RETIRE = "retire"
    PACK = "pack"
    HAND_OVER = "hand_over"
    CLOSE = "close"

    @property
    def facts(self) -> GateRow:
        """Return the row of this gate."""
        return GATES[self]


class Mode(StrEnum):
    WARN = "warn"
    BLOCK = "block"

    @property
    def facts(self) -> ModeRow:
        """Return the row of this mode."""
        return MODES[self]


class Severity(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def label(self) -> str:
        """Return the word of this severity as pages write it."""
        return self.value.capitalize()


class CheckState(StrEnum):
    """What a check found. `waived`: it failed, or could not tell, and somebody lets it pass."""

    PASS = "pass"  # noqa: S105 - a word
    FAIL = "fail"
    UNKNOWN = "unknown"
    WAIVED = "waived"

    @property
    def facts(self) -> CheckStateRow:
        """Return the row of this state."""
        return CHECK_STATES[self]


class SubjectKind(StrEnum):
    """What a result or a waiver is about, beside its id."""

    ASSET = "asset"
    REQUEST = "request"
    ORDER = "order"
    TASK = "task"

    @property
    def label(self) -> str:
        """Return the word of this kind as pages write it."""
        return self.value.capitalize()


@dataclass(frozen=True, slots=True)
class GateRow:
    """What is said about a gate.

    :param stage: of life, 1 to 5, to which it belongs.
    """

    label: str
    help: str
    stage: int


@dataclass(frozen=True, slots=True)
class ModeRow:
    label: str
    help: str
    tone: str


@dataclass(frozen=True, slots=True)
class CheckStateRow:
    label: str
    tone: str
    icon: str
    passes: bool


GATES: Mapping[Gate, GateRow] = {
    Gate.NONE: GateRow("At no step", "It is checked every day and stops nothing.", 3),
    Gate.REQUEST: GateRow("Request", "When the last approval of a request is given.", 1),
    Gate.ORDER: GateRow("Order", "When an order is placed.", 1),
    Gate.DEPLOY: GateRow("Deployment", "When a deployment is done.", 2),
    Gate.RETIRE: GateRow("Retirement", "When something is retired.", 5),
    Gate.PACK: GateRow("Packing", "When something is packed for disposal.", 5),
    Gate.HAND_OVER: GateRow("Leaving", "When a consignment leaves the house.", 5),
    Gate.CLOSE: GateRow("Closing", "When a consignment is closed.", 5),
}
MODES: Mapping[Mode, ModeRow] = {
    Mode.WARN: ModeRow("Warns", "The step is taken, and the page says what does not hold.", "warn"),
    Mode.BLOCK: ModeRow("Blocks", "The step is refused until it holds or is waived.", "bad"),
}
CHECK_STATES: Mapping[CheckState, CheckStateRow] = {
    CheckState.PASS: CheckStateRow("Holds", "good", "check", passes=True),
    CheckState.FAIL: CheckStateRow("Does not hold", "bad", "cross", passes=False),
    CheckState.UNKNOWN: CheckStateRow("Not known", "warn", "question", passes=False),
    CheckState.WAIVED: CheckStateRow("Waived", "note", "undo", passes=True),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one check found, with a sentence for people. It is never `waived` yet."""

    state: CheckState
    detail: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What a policy applies to, or what a subject is. Of a policy, an empty set means all.

    :param kinds: values of `AssetKind`; `categories` and `models` are names.
    :param classifications: of data; `methods` of disposal.
    """

    kinds: frozenset[str] = field(default_factory=frozenset)
    categories: frozenset[str] = field(default_factory=frozenset)
    models: frozenset[str] = field(default_factory=frozenset)
    classifications: frozenset[str] = field(default_factory=frozenset)
    methods: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def from_json(cls, kept: Mapping[str, list[str]]) -> Scope:
        """Return the scope that a row keeps."""
        return cls(**{name: frozenset(kept.get(name, ())) for name in cls.__slots__})

    def to_json(self) -> dict[str, list[str]]:
        """Return the scope as a row keeps it: only what narrows it."""
        lists = {name: sorted(getattr(self, name)) for name in self.__slots__}
        return {name: values for name, values in lists.items() if values}

    def takes(self, about: Scope) -> bool:
        """Return whether something that is so falls under a policy of this scope.

        Names are compared without case. Several things, such as the lines of an order, fall under
        it if one of them does.
        """
        for name in self.__slots__:
            wanted = {one.casefold() for one in getattr(self, name)}
            if wanted and not wanted & {one.casefold() for one in getattr(about, name)}:
                return False
        return True


def is_waived(verdict: Verdict, until: Iterable[date], today: date) -> bool:
    """Return whether a waiver lets a verdict pass; its last day counts."""
    return not verdict.state.facts.passes and any(day >= today for day in until)


def is_shut(mode: Mode, state: CheckState) -> bool:
    """Return whether a result keeps its gate shut: what is not known passes none that blocks."""
    return mode is Mode.BLOCK and not state.facts.passes
