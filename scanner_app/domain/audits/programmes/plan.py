"""What a programme says: how often, and the plan of each of its audits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from scanner_app.domain.audits.policy import PLACES, read_policy
from scanner_app.domain.audits.programmes.rolling import CLASSES, MAX_COUNTS, PlaceClass
from scanner_app.domain.audits.programmes.schedule import (
    EVERY,
    MAX_PERIOD_DAYS,
    Every,
    Schedule,
)
from scanner_app.domain.audits.sampling.plan import plan_of, read_sample, show_sample
from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Invalid

MAX_NAME = 150
MAX_DAYS_TO_COUNT = 365
DEFAULT_DAYS = 7
USUAL_COUNTS = {one: row.counts for one, row in CLASSES.items()}
SIGNED_OFF = "all_signed_off"

Errors = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class ProgrammePlan:
    """What a programme says.

    :param days_to_count: its audits should be closed within this many days; None: no day is set.
    :param scope, sample, policy: of each audit, as they are kept.
    :param counts: how often a year the locations of each class are counted; rolling only.
    """

    name: str
    schedule: Schedule
    days_to_count: int | None = None
    scope: Mapping[str, Any] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)
    policy: Mapping[str, Any] = field(default_factory=dict)
    is_blind: bool = False
    counts: Mapping[PlaceClass, int] = field(default_factory=lambda: dict(USUAL_COUNTS))

    @property
    def is_rolling(self) -> bool:
        return self.schedule.every is Every.ROLLING


def read_programme(given: Mapping[str, Any]) -> ProgrammePlan:
    """Return what is given as a programme; its scope is not looked up.

    :param given: `name`, `every`, `anchor_on`, `period_days`, `days_to_count`, `scope`, `sample`,
        `policy`, `blind`, `counts`; numbers may be texts.
    :raises Invalid: it cannot be used; each field is named.
    """
    errors: Errors = {}
    name = " ".join(str(given.get("name") or "").split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        errors["name"] = [f"Enter a name of at most {MAX_NAME} characters."]
    wanted = str(given.get("every") or "")
    every = Every(wanted) if wanted in list(Every) else None
    if every is None:
        errors["every"] = ["Choose how often."]
    days = {"anchor_on": str(given.get("anchor_on") or "")}
    anchor_on = read_day(days, "anchor_on", errors)
    if anchor_on is None and "anchor_on" not in errors:
        errors["anchor_on"] = ["Enter the first day."]
    period_days = _read_number(given, "period_days", MAX_PERIOD_DAYS, errors) or DEFAULT_DAYS
    to_count = _read_number(given, "days_to_count", MAX_DAYS_TO_COUNT, errors)
    counts = _read_counts(given.get("counts") or {}, errors)
    policy, sample = _read_rules(given, errors)
    if every is Every.ROLLING:
        policy = _require_sign_offs(policy, given, errors)
        if sample and plan_of({"sample": sample}).needs_draw:
            errors["sample.method"] = ["A rolling programme counts whole locations, no samples."]
    if errors or every is None or anchor_on is None:
        raise Invalid("This programme cannot be used. Check the fields.", errors=errors)
    return ProgrammePlan(
        name=name,
        schedule=Schedule(every, anchor_on, period_days),
        days_to_count=to_count,
        scope=given.get("scope") or {},
        sample=sample,
        policy=policy,
        is_blind=bool(given.get("blind")),
        counts=counts,
    )


def _read_rules(
    given: Mapping[str, Any], errors: Errors
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    policy: Mapping[str, Any] = {}
    sample: Mapping[str, Any] = {}
    try:
        policy = read_policy(given.get("policy") or {})
    except Invalid as error:
        errors.update(error.errors)
    if given.get("sample"):
        try:
            sample = show_sample(read_sample(given["sample"]))
        except Invalid as error:
            errors.update(error.errors)
    return policy, sample


def _require_sign_offs(
    policy: Mapping[str, Any], given: Mapping[str, Any], errors: Errors
) -> Mapping[str, Any]:
    """Return a policy under which each location is signed off: a rolling count goes by that."""
    said = (given.get("policy") or {}).get(PLACES.key)
    if said not in (None, SIGNED_OFF):
        errors[f"policy.{PLACES.key}"] = [
            "A rolling programme knows by sign-offs what was counted, so each location needs one."
        ]
    return {**policy, PLACES.key: SIGNED_OFF}


def _read_counts(given: Mapping[str, Any], errors: Errors) -> dict[PlaceClass, int]:
    counts = {}
    for one, row in CLASSES.items():
        found: Errors = {}
        number = _read_number(given, one.value, MAX_COUNTS, found)
        errors |= {f"counts.{name}": texts for name, texts in found.items()}
        counts[one] = number or row.counts
    return counts


def _read_number(given: Mapping[str, Any], name: str, most: int, errors: Errors) -> int | None:
    text = str(given.get(name) if given.get(name) is not None else "").strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not is_number or not 1 <= int(text) <= most:
        errors[name] = [f"Enter a whole number from 1 to {most}."]
        return None
    return int(text)


def say_every(schedule: Schedule) -> str:
    """Return how often a programme makes an audit, in words."""
    if schedule.every is Every.ROLLING:
        days = schedule.period_days
        return "Rolling, every day" if days == 1 else f"Rolling, every {days} days"
    return EVERY[schedule.every].label


def name_audit(name: str, key: str) -> str:
    """Return the name of a programme's audit."""
    return f"{name}, {key}"


def say_lateness(due_on: date, made_on: date, skipped: int) -> str:
    """Return that a round was made late and what was left out before it; empty if neither."""
    said = []
    late = (made_on - due_on).days
    if late > 0:
        said.append(f"made {late:,} {'day' if late == 1 else 'days'} late")
    if skipped:
        said.append(f"{skipped:,} {'round' if skipped == 1 else 'rounds'} before it left out")
    return ", ".join(said)
