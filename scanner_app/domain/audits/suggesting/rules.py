"""Rules of suggestions: their text, what they ask of a finding, and what they say of it.

A rule suggests; a person decides. Nothing here knows a database: a rule that was kept gives the
same answer about the same facts for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.proposals import DECISIONS, Decision, ProposalKind
from scanner_app.domain.audits.suggesting.fields import (
    FIELDS,
    MAX_NUMBER,
    MAX_TEXT,
    OPS,
    Facts,
    Kind,
    Op,
)
from scanner_app.domain.errors import Invalid

NOTHING = "none"
MAX_NAME = 80
MAX_REASON = 500
MAX_CONDITIONS = 8
MAX_CHOICES = 20
# What a rule may suggest: a decision, or to leave it as it is.
SUGGESTS: dict[str, str] = {
    Decision.ACCEPT.value: DECISIONS[Decision.ACCEPT].button,
    Decision.REJECT.value: DECISIONS[Decision.REJECT].button,
    Decision.PRESENT.value: DECISIONS[Decision.PRESENT].button,
    Decision.MARK_MISSING.value: DECISIONS[Decision.MARK_MISSING].button,
    NOTHING: "Leave as it is",
}
# Somebody looks at each of these: no rule decides them among others.
ALONE = frozenset({Flag.COUNTS_DISAGREE.value, Flag.TWO_PLACES.value})


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold: a field of FIELDS, an operator that it takes, and a value."""

    field: str
    op: Op
    value: Any

    def holds(self, facts: Facts) -> bool:
        """Return whether it holds. Of what is not known, nothing holds."""
        fact = getattr(facts, self.field)
        return fact is not None and OPS[self.op].holds(fact, self.value)

    def say(self, facts: Facts) -> str:
        """Return what a finding has of it, in words."""
        row = FIELDS[self.field]
        if row.say is not None:
            return row.say(facts)
        words = dict(row.choices)
        return words.get(self.value, str(self.value))

    @property
    def sentence(self) -> str:
        """The condition in words, as the list of rules shows it."""
        row = FIELDS[self.field]
        words = dict(row.choices)
        values = self.value if isinstance(self.value, list) else [self.value]
        shown = " or ".join(_say_value(one, words) for one in values)
        # Of several values the words are those of one: `is building or floor`.
        op = Op.EQUAL if self.op is Op.IN else self.op
        return f"{row.label.lower()} {OPS[op].label} {shown}"

    def to_json(self) -> dict[str, Any]:
        return {"field": self.field, "op": self.op.value, "value": self.value}


def _say_value(value: Any, words: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.get(value, str(value))


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule.

    :param suggest: a decision, or NOTHING.
    :param reason: becomes the reason of each decision that follows it.
    """

    name: str
    version: int
    conditions: tuple[Condition, ...]
    suggest: str
    reason: str

    @property
    def label(self) -> str:
        return f"{self.name} v{self.version}"

    def holds(self, facts: Facts) -> bool:
        return all(condition.holds(facts) for condition in self.conditions)

    def explain(self, facts: Facts) -> str:
        """Return why it holds for a finding: what each condition found, each said once."""
        said = dict.fromkeys(condition.say(facts) for condition in self.conditions)
        parts = [part for part in said if part] or [one.sentence for one in self.conditions]
        return ", ".join(parts)

    def to_json(self) -> dict[str, Any]:
        """Return the rule as reports and acts hold it."""
        return {
            "name": self.name,
            "version": self.version,
            "conditions": [condition.to_json() for condition in self.conditions],
            "suggest": self.suggest,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a rule says of one finding.

    :param why: what the conditions found.
    :param is_alone: it is taken one at a time, never among many.
    """

    rule: Rule
    why: str
    is_alone: bool = False

    @property
    def decision(self) -> Decision | None:
        """The decision to take; None where nothing is to be decided."""
        return None if self.rule.suggest == NOTHING else Decision(self.rule.suggest)

    @property
    def label(self) -> str:
        return SUGGESTS[self.rule.suggest]

    @property
    def sentence(self) -> str:
        """All of it in words: `Suggested: accept, rule Same building v3: both in BER, ...`."""
        return f"Suggested: {self.label.lower()}, rule {self.rule.label}: {self.why}"


def suggest(rules: Iterable[Rule], facts: Facts) -> Suggestion | None:
    """Return what the first rule says whose conditions hold; None if none does.

    A rule whose decision the finding does not take says nothing.
    """
    for rule in rules:
        if rule.holds(facts) and _takes(facts, rule.suggest):
            return Suggestion(rule, rule.explain(facts), bool(ALONE.intersection(facts.flags)))
    return None


def _takes(facts: Facts, suggested: str) -> bool:
    """Return whether a finding may be decided so. A new asset needs its fields, from a person."""
    if suggested == NOTHING:
        return True
    if DECISIONS[Decision(suggested)].is_of_outside_scan:
        return facts.state == FindingState.MISSING and Flag.OUTSIDE_SCAN in facts.flags
    is_new = facts.proposal == ProposalKind.REGISTER and suggested == Decision.ACCEPT
    return facts.proposal is not None and not is_new


def read_rule(
    name: str, version: int, conditions: Sequence[Mapping[str, Any]], suggested: str, reason: str
) -> Rule:
    """Return a rule as it was written.

    :raises Invalid: a field of it cannot be used.
    """
    errors: dict[str, list[str]] = {}
    name, reason = " ".join(name.split()), reason.strip()
    if not name or len(name) > MAX_NAME:
        errors["name"] = [f"Enter a name of at most {MAX_NAME} characters."]
    if not reason or len(reason) > MAX_REASON:
        errors["reason"] = ["Enter the reason that its decisions get."]
    if suggested not in SUGGESTS:
        errors["suggest"] = [f"Choose one of {', '.join(SUGGESTS)}."]
    if not 1 <= len(conditions) <= MAX_CONDITIONS:
        errors["conditions"] = [f"Enter at least one condition, and at most {MAX_CONDITIONS}."]
    read = []
    for number, one in enumerate(conditions):
        try:
            read.append(read_condition(one))
        except ValueError as error:
            errors[f"conditions.{number}"] = [str(error)]
    if errors:
        raise Invalid("This rule cannot be used.", errors=errors)
    return Rule(name, version, tuple(read), suggested, reason)


def read_condition(given: Mapping[str, Any]) -> Condition:
    """Return a condition.

    :raises ValueError: it cannot be used, in words.
    """
    row = FIELDS.get(str(given.get("field", "")))
    if row is None:
        raise ValueError(f"Choose one of {', '.join(FIELDS)}.")
    ops = [op.value for op in row.ops]
    if given.get("op") not in ops:
        raise ValueError(f"{row.label} is compared by {' '.join(ops)}.")
    op = Op(given["op"])
    value = given.get("value")
    if op is not Op.IN:
        return Condition(row.name, op, _read_value(row.name, value))
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHOICES:
        raise ValueError("Give a list of values.")
    return Condition(row.name, op, [_read_value(row.name, one) for one in value])


def _read_value(name: str, value: Any) -> Any:
    row = FIELDS[name]
    if row.kind is Kind.YES_NO:
        if not isinstance(value, bool):
            raise ValueError(f"{row.label} is true or false.")
        return value
    if row.kind is Kind.NUMBER:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_NUMBER:
            raise ValueError(f"{row.label} is a whole number.")
        return value
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_TEXT:
        raise ValueError(f"{row.label} is a text.")
    known = [one for one, _ in row.choices]
    if known and value not in known:
        raise ValueError(f"{row.label} is one of {', '.join(known)}.")
    return value


def _shipped(name: str, suggested: str, reason: str, *conditions: tuple[str, str, Any]) -> Rule:
    given = [{"field": field, "op": op, "value": value} for field, op, value in conditions]
    return read_rule(name, 1, given, suggested, reason)


# What every installation has from the beginning, inactive until somebody turns it on.
SHIPPED = (
    _shipped(
        "Same building", "accept", "It was seen elsewhere in the building where it is recorded.",
        ("state", "=", "misplaced"), ("common_place", "in", ["building", "floor", "room"]),
        ("evidence", "=", "held"), ("proposal", "=", "move"),
    ),
    _shipped(
        "Just checked out", "accept", "It was checked out shortly before it was seen.",
        ("state", "=", "misplaced"), ("days_since_check_out", "<=", 7),
    ),
    _shipped(
        "At home", "accept", "It was seen at its home location.",
        ("state", "=", "misplaced"), ("is_at_home", "=", True),
    ),
    _shipped(
        "One metre", NOTHING, "It was seen in a location that contains the recorded one.",
        ("flags", "has", "coarse_place"),
    ),
)  # fmt: skip
