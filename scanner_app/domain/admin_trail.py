"""What the trail of admins says: which thing was changed, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Thing(StrEnum):
    """What an admin sets up. A change of it is an act without an audit."""

    USER = "user"
    LINK = "link"
    TOKEN = "token"  # noqa: S105 - a word
    READER = "reader"
    READ_POINT = "read_point"
    STATUS_NAME = "status_name"
    CATEGORY = "category"
    SUPPLIER = "supplier"
    MAKER = "maker"
    MODEL = "model"
    COST_RULE = "cost_rule"
    RATES = "rates"
    PRICE = "price"
    FLOOR_PLAN = "floor_plan"
    WEBHOOK = "webhook"
    HELD_MESSAGES = "held_messages"
    JOB = "job"
    CHECKLIST = "checklist"
    PLAN = "plan"
    KIT = "kit"
    LABEL_DESIGN = "label_design"
    LABEL_CHOICE = "label_choice"
    POLICY = "policy"
    WAIVER = "waiver"
    PRODUCT_LIST = "product_list"
    PRODUCT_RULE = "product_rule"


@dataclass(frozen=True, slots=True)
class ThingRow:
    thing: Thing
    label: str
    icon: str


THINGS: dict[Thing, ThingRow] = {
    row.thing: row
    for row in (
        ThingRow(Thing.USER, "User", "person"),
        ThingRow(Thing.LINK, "Link for a new password", "key"),
        ThingRow(Thing.TOKEN, "Token", "key"),
        ThingRow(Thing.READER, "Reader", "antenna"),
        ThingRow(Thing.READ_POINT, "Read point", "antenna"),
        ThingRow(Thing.STATUS_NAME, "Status name", "list"),
        ThingRow(Thing.CATEGORY, "Category", "list"),
        ThingRow(Thing.SUPPLIER, "Supplier", "list"),
        ThingRow(Thing.MAKER, "Maker", "list"),
        ThingRow(Thing.MODEL, "Model", "list"),
        ThingRow(Thing.COST_RULE, "Rule of book values", "list"),
        ThingRow(Thing.RATES, "Exchange rates", "list"),
        ThingRow(Thing.PRICE, "Price of a new one", "list"),
        ThingRow(Thing.FLOOR_PLAN, "Floor plan", "place"),
        ThingRow(Thing.WEBHOOK, "Webhook", "bell"),
        ThingRow(Thing.HELD_MESSAGES, "Messages of a restored backup", "bell"),
        ThingRow(Thing.JOB, "Job", "list"),
        ThingRow(Thing.PLAN, "Plan of maintenance", "clock"),
        ThingRow(Thing.KIT, "Kit", "box"),
        ThingRow(Thing.CHECKLIST, "Checklist", "list"),
        ThingRow(Thing.LABEL_DESIGN, "Label design", "print"),
        ThingRow(Thing.LABEL_CHOICE, "Usual label design", "print"),
        ThingRow(Thing.POLICY, "Policy", "lock"),
        ThingRow(Thing.WAIVER, "Waiver", "undo"),
        ThingRow(Thing.PRODUCT_LIST, "File of lifecycles or vulnerabilities", "list"),
        ThingRow(Thing.PRODUCT_RULE, "Name of a product", "list"),
    )
}


class Step(StrEnum):
    """What was done with a thing."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    REVOKED = "revoked"
    TAKEN_OVER = "taken_over"
    MERGED = "merged"
    MADE = "made"
    SWITCHED_ON = "switched_on"
    SWITCHED_OFF = "switched_off"
    ROTATED = "rotated"
    SENT = "sent"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class StepRow:
    step: Step
    label: str


STEPS: dict[Step, StepRow] = {
    row.step: row
    for row in (
        StepRow(Step.ADDED, "added"),
        StepRow(Step.CHANGED, "changed"),
        StepRow(Step.REMOVED, "removed"),
        StepRow(Step.REVOKED, "revoked"),
        StepRow(Step.TAKEN_OVER, "taken over"),
        StepRow(Step.MERGED, "merged"),
        StepRow(Step.MADE, "made"),
        StepRow(Step.SWITCHED_ON, "switched on"),
        StepRow(Step.SWITCHED_OFF, "switched off"),
        StepRow(Step.ROTATED, "given a new secret"),
        StepRow(Step.SENT, "sent"),
        StepRow(Step.DROPPED, "dropped"),
    )
}


def describe_change(
    thing: Thing, step: Step, name: str, changes: Mapping[str, tuple[str, str]] | None = None
) -> dict[str, Any]:
    """Return a change as an act keeps it.

    :param changes: by word, the text before and the text after. What stayed the same is left out.
    """
    really = {word: [old, new] for word, (old, new) in (changes or {}).items() if old != new}
    return {"of": thing.value, "step": step.value, "name": name, "changes": really}


def say_change(about: Mapping[str, Any]) -> str:
    """Return what a kept change says: `User changed: ana@example.com, role viewer to admin`."""
    thing, step = about.get("of"), about.get("step")
    label = THINGS[Thing(thing)].label if thing in set(Thing) else str(thing)
    done = STEPS[Step(step)].label if step in set(Step) else str(step)
    details = [str(about.get("name") or "")]
    for word, (old, new) in dict(about.get("changes") or {}).items():
        details.append(f"{word} {old} to {new or 'empty'}" if old else f"{word} {new}")
    return f"{label} {done}: {', '.join(part for part in details if part)}"
