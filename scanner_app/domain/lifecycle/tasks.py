"""Kinds of task and their states: one row each, and the table of steps between states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class TaskKind(StrEnum):
    DEPLOYMENT = "deployment"
    MAINTENANCE = "maintenance"
    RETIREMENT = "retirement"
    FOLLOW_UP = "follow_up"
    DELIVERY = "delivery"

    @property
    def facts(self) -> TaskKindRow:
        """Return the row of this kind."""
        return TASK_KINDS[self]


class TaskState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def facts(self) -> TaskStateRow:
        """Return the row of this state."""
        return TASK_STATES[self]


_S = TaskState
# By state: what a person may set from here. A state without steps is final.
Steps = Mapping[TaskState, frozenset[TaskState]]

MAINTENANCE_STEPS: Steps = {
    _S.PLANNED: frozenset({_S.OPEN, _S.CANCELLED}),
    _S.OPEN: frozenset({_S.WAITING, _S.DONE, _S.CANCELLED}),
    _S.WAITING: frozenset({_S.OPEN, _S.DONE, _S.CANCELLED}),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
}
# A delivery is booked or cancelled on its own page (`domain/procurement`), never by hand here.
DELIVERY_STEPS: Steps = {state: frozenset() for state in TaskState}
# Of a deployment, of a retirement and of a follow-up.
PLAIN_STEPS: Steps = {
    _S.PLANNED: frozenset(),
    _S.OPEN: frozenset({_S.DONE, _S.CANCELLED}),
    _S.WAITING: frozenset(),
    _S.DONE: frozenset(),
    _S.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class TaskKindRow:
    """What is said about a kind of task.

    :param letter: the first character of its number: `M12`.
    :param by_scans: the folded scans say when it begins and ends; by hand it only waits.
    :param page: where its page is, if that is not among the tasks.
    :param named_by: the intent whose scan of an asset names the open task.
    """

    label: str
    letter: str
    icon: str
    steps: Steps
    by_scans: bool = False
    page: str = "/tasks"
    named_by: str | None = None


@dataclass(frozen=True, slots=True)
class TaskStateRow:
    """What is said about a state.

    :param verb: as a button that leads to it names it.
    """

    label: str
    verb: str
    tone: str = ""
    is_open: bool = False


TASK_KINDS: Mapping[TaskKind, TaskKindRow] = {
    TaskKind.DEPLOYMENT: TaskKindRow("Deployment", "P", "box", PLAIN_STEPS, named_by="deploy"),
    TaskKind.MAINTENANCE: TaskKindRow(
        "Maintenance", "M", "settings", MAINTENANCE_STEPS, by_scans=True, named_by="repair"
    ),
    TaskKind.RETIREMENT: TaskKindRow("Retirement", "R", "trash", PLAIN_STEPS),
    TaskKind.FOLLOW_UP: TaskKindRow("Follow-up", "F", "clipboard", PLAIN_STEPS),
    TaskKind.DELIVERY: TaskKindRow("Delivery", "D", "in", DELIVERY_STEPS, page="/deliveries"),
}
TASK_STATES: Mapping[TaskState, TaskStateRow] = {
    _S.PLANNED: TaskStateRow("Planned", "Plan", is_open=True),
    _S.OPEN: TaskStateRow("Open", "Open", "accent", is_open=True),
    _S.WAITING: TaskStateRow("Waiting", "Set waiting", "warn", is_open=True),
    _S.DONE: TaskStateRow("Done", "Done", "good"),
    _S.CANCELLED: TaskStateRow("Cancelled", "Cancel"),
}
# The scheme of the code on the page of a task: a link that ends in its number.
CODE_SCHEME = "task"
OPEN_STATES = tuple(state for state, row in TASK_STATES.items() if row.is_open)
_NUMBER = re.compile(r"([A-Z])([0-9]{1,9})", re.ASCII)


def write_number(kind: TaskKind, task_id: int) -> str:
    """Return the number that people read: `M12`."""
    return f"{kind.facts.letter}{task_id}"


def read_number(text: str) -> tuple[TaskKind, int] | None:
    """Return the kind and the id of a number; None if the text is not one."""
    found = _NUMBER.fullmatch(text.strip().upper())
    if found is None:
        return None
    kind = next((one for one, row in TASK_KINDS.items() if row.letter == found[1]), None)
    return None if kind is None else (kind, int(found[2]))


def page_of(kind: TaskKind, number: str) -> str:
    """Return the address of the page of a task."""
    return f"{kind.facts.page}/{number}"


def can_step(kind: TaskKind, current: TaskState, wanted: TaskState) -> bool:
    """Return whether a task may go from one state to another."""
    return wanted in kind.facts.steps[current]
