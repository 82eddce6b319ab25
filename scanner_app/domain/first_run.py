"""The first steps with an empty register, in the order in which they build on each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class FirstStep(StrEnum):
    LOCATIONS = "locations"
    PEOPLE = "people"
    ASSETS = "assets"
    USERS = "users"
    LABELS = "labels"
    PHONE = "phone"
    AUDIT = "audit"


@dataclass(frozen=True, slots=True)
class FirstStepRow:
    """Everything that any layer says about a step.

    :param enough: how many of what is counted make it done.
    """

    label: str
    help: str
    href: str
    action: str
    one: str
    many: str
    enough: int = 1


FIRST_STEPS: dict[FirstStep, FirstStepRow] = {
    FirstStep.LOCATIONS: FirstStepRow(
        "Locations",
        "Sites, floors and rooms come first: people and assets name them.",
        "/imports?kind=locations",
        "Import locations",
        "location",
        "locations",
    ),
    FirstStep.PEOPLE: FirstStepRow(
        "People",
        "Those to whom assets are assigned. They need no account.",
        "/imports?kind=people",
        "Import people",
        "person",
        "people",
    ),
    FirstStep.ASSETS: FirstStepRow(
        "Assets",
        "A CSV or XLSX file, for example an export of Snipe-IT.",
        "/imports?kind=assets",
        "Import assets",
        "asset",
        "assets",
    ),
    FirstStep.USERS: FirstStepRow(
        "Users",
        "Who signs in beside you: a technician who counts, an auditor who decides.",
        "/admin/users#add-user",
        "Add a user",
        "user",
        "users",
        enough=2,
    ),
    FirstStep.LABELS: FirstStepRow(
        "Labels and tags",
        "Print labels, or bind RFID tags. Skip it if your labels are on already.",
        "/enrol",
        "Bind labels and tags",
        "label or tag bound",
        "labels and tags bound",
    ),
    FirstStep.PHONE: FirstStepRow(
        "Phone",
        "Scan something: install the app on a phone, or set up a keyboard scanner.",
        "/install",
        "Set up a phone",
        "scan",
        "scans",
    ),
    FirstStep.AUDIT: FirstStepRow(
        "First audit",
        "Begin with one small room, and close it: then you have seen it all.",
        "/audits/new",
        "Plan an audit",
        "closed audit",
        "closed audits",
    ),
}


@dataclass(frozen=True, slots=True)
class StepState:
    step: FirstStep
    row: FirstStepRow
    count: int
    is_done: bool
    is_skipped: bool


def list_steps(counts: Mapping[FirstStep, int], skipped: Collection[str]) -> list[StepState]:
    """Return every step with its state; empty once each is done or skipped."""
    states = [
        StepState(
            step, row, counts[step], is_done=counts[step] >= row.enough, is_skipped=step in skipped
        )
        for step, row in FIRST_STEPS.items()
    ]
    return states if any(not (one.is_done or one.is_skipped) for one in states) else []
