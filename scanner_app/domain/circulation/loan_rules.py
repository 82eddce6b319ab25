"""Rules of lending: which of them decides for a place, a person's group and a category.

Each column is resolved by itself: the most specific rule that has a value there wins. How specific
a rule is are three digits, compared in this order: its place (the nearest up the tree first), its
group, its category. So a rule of the room beats one of the building, whatever else they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from typing import Any


class Signature(StrEnum):
    """Whether a hand-over is signed."""

    NEVER = "never"
    ASKED = "asked"
    NEEDED = "needed"


class Returns(StrEnum):
    """How a kit comes back: its code returns all pieces, or each piece is scanned."""

    TRUST = "trust"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class LoanRule:
    """One rule as it is kept. What is None is left to a less specific rule.

    :param place_id: it holds at this place and in all inside it; None for everywhere.
    :param person_group: a department, compared without case.
    :param loan_days: due this many days later; `loan_hours` the same in hours, to the minute.
    :param due_at_hour: the hour of the local day at which things are due, 0 to 23.
    :param due_on: the last day for everything that is lent until then, such as a term's end.
    :param most_items: how many things of what the rule covers one person may hold.
    :param extensions: how often a loan may be extended, each time by `extension_days`.
    :param grace_hours: how long after it was due a thing is not yet late.
    :param buffer_hours: how long before a reservation the thing has to be back.
    :param overdue_block_days: who is late for more days than this is asked about.
    """

    id: int
    place_id: int | None = None
    person_group: str | None = None
    category_id: int | None = None
    loan_days: int | None = None
    loan_hours: int | None = None
    due_at_hour: int | None = None
    due_on: date | None = None
    most_items: int | None = None
    most_value_cents: int | None = None
    extensions: int | None = None
    extension_days: int | None = None
    grace_hours: int | None = None
    buffer_hours: int | None = None
    overdue_block_days: int | None = None
    signature: Signature | None = None
    returns: Returns | None = None

    @property
    def is_default(self) -> bool:
        """Return whether it names no place, group or category, so that it holds for everything."""
        return self.place_id is None and self.person_group is None and self.category_id is None


@dataclass(frozen=True, slots=True)
class Scope:
    """What one of the limits counts: the rule's own place and category; None for all."""

    place_id: int | None = None
    category_id: int | None = None


@dataclass(frozen=True, slots=True)
class ResolvedRule:
    """What holds for one place, person and thing, column by column.

    :param decided_by: the id of the rule that gave each column; a column that none gave is absent.
    :param items_in: what `most_items` counts; `value_in` the same for `most_value_cents`.
    """

    loan_days: int | None = None
    loan_hours: int | None = None
    due_at_hour: int = 18
    due_on: date | None = None
    most_items: int | None = None
    most_value_cents: int | None = None
    extensions: int | None = None
    extension_days: int | None = None
    grace_hours: int = 0
    buffer_hours: int = 0
    overdue_block_days: int | None = None
    signature: Signature = Signature.NEVER
    returns: Returns = Returns.EACH
    decided_by: Mapping[str, int] | None = None
    items_in: Scope = Scope()
    value_in: Scope = Scope()

    @property
    def needs_signature(self) -> bool | None:
        """Return True if a hand-over has to be signed, else None."""
        return True if self.signature is Signature.NEEDED else None


SELECTORS = ("place_id", "person_group", "category_id")
COLUMNS = tuple(f.name for f in fields(LoanRule) if f.name not in {"id", *SELECTORS})

Specificity = tuple[int, int, int]


def group_key(group: str | None) -> str | None:
    """Return a department as rules compare it; None for nobody's or an empty one."""
    return " ".join(group.split()).casefold() or None if group else None


def measure(
    rule: LoanRule, *, places: Sequence[int], group: str | None, category_id: int | None
) -> Specificity | None:
    """Return how specific a rule is here, or None if it does not hold here.

    :param places: the ids of the place and of all that contain it, from the root down.
    """
    if rule.place_id is not None and rule.place_id not in places:
        return None
    if rule.person_group is not None and group_key(rule.person_group) != group_key(group):
        return None
    if rule.category_id is not None and rule.category_id != category_id:
        return None
    nearness = 0 if rule.place_id is None else places.index(rule.place_id) + 1
    return (nearness, int(rule.person_group is not None), int(rule.category_id is not None))


def resolve(
    rules: Iterable[LoanRule],
    *,
    places: Sequence[int] = (),
    group: str | None = None,
    category_id: int | None = None,
) -> ResolvedRule:
    """Return what holds for a place, a person's department and a category.

    Days and hours are one choice, "how long": of two rules the more specific one decides it, and in
    one rule hours come before days.
    """
    ranked = [(measure(r, places=places, group=group, category_id=category_id), r) for r in rules]
    # Of two that are equally specific, which the register refuses to keep, the older one decides.
    holding = sorted(((rank, -r.id, r) for rank, r in ranked if rank is not None), reverse=True)
    values: dict[str, Any] = {}
    decided: dict[str, LoanRule] = {}
    for _rank, _id, rule in holding:
        for column in COLUMNS:
            value = getattr(rule, column)
            if value is None or column in decided:
                continue
            if column in _HOW_LONG and any(
                decided.get(other, rule) is not rule for other in _HOW_LONG
            ):
                continue
            values[column], decided[column] = value, rule
    if "loan_hours" in values and "loan_days" in values:
        del values["loan_days"], decided["loan_days"]
    return ResolvedRule(
        **values,
        decided_by={column: rule.id for column, rule in decided.items()},
        items_in=_scope_of(decided.get("most_items")),
        value_in=_scope_of(decided.get("most_value_cents")),
    )


_HOW_LONG = ("loan_days", "loan_hours")


def _scope_of(rule: LoanRule | None) -> Scope:
    return Scope() if rule is None else Scope(rule.place_id, rule.category_id)
