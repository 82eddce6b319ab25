"""Which findings of an audit are wanted: the filters of lists, and of decisions about many."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.audits.findings import FindingState, Flag
from scanner_app.domain.audits.proposals import Decision, ProposalKind
from scanner_app.domain.audits.suggesting.fields import EVIDENCE, Evidence
from scanner_app.domain.errors import Invalid
from scanner_app.domain.money import read_money, show_money
from scanner_app.models import Asset, AuditMember, Category, Finding, Location, Person, Scan
from scanner_app.queries.audits.members import frozen, join_members
from scanner_app.queries.audits.reconciling.matches import join_matches, seen_asset_id
from scanner_app.queries.audits.scope import inside_places
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.register.people import find_person_id
from scanner_app.sql.conditions import counts_as_sighting

# No user has this id.
NOBODY = 0
NOT_THERE = {
    "location": "No location has this code.",
    "custodian": "Nobody in the register has this number or name.",
}
# The location of a finding: an asset that was not expected belongs to where it was seen.
room_id = case((Finding.is_expected, Finding.recorded_location_id), else_=Finding.seen_location_id)


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings of an audit are wanted; an empty filter wants all.

    :param location_id: only those of a location or inside it.
    :param undecided: only those whose proposal waits for a decision.
    :param with_proposal: only those that propose something.
    :param outside: only missing assets that were scanned outside the audit.
    :param flag: only those with this flag.
    :param proposal, decision: only those with this proposal, those that were decided so.
    :param assignee_id: only those that this user clears up; NOBODY for those that nobody does.
    :param evidence: only those that are known by this at best.
    :param category, custodian_id: only those of this category and person, as they were frozen.
    :param value_from: only those worth at least so much, each in its own currency, in cents.
    :param due_to: only those that somebody clears up until this day.
    :param changed: only those whose status, location or person has changed in the register since.
    """

    states: Collection[FindingState] = ()
    ids: Collection[int] = ()
    location_id: int | None = None
    undecided: bool = False
    with_proposal: bool = False
    outside: bool = False
    flag: Flag | None = None
    assignee_id: int | None = None
    proposal: ProposalKind | None = None
    decision: Decision | None = None
    evidence: Evidence | None = None
    category: str | None = None
    custodian_id: int | None = None
    value_from: int | None = None
    due_to: date | None = None
    changed: bool = False

    def conditions(self, session: Session, audit_id: int) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [Finding.audit_id == audit_id]
        if self.states:
            conditions.append(Finding.state.in_(list(self.states)))
        if self.ids:
            conditions.append(Finding.id.in_(list(self.ids)))
        if self.location_id is not None:
            conditions.append(room_id.in_(inside_places(session, [self.location_id])))
        if self.undecided or self.with_proposal:
            conditions.append(Finding.proposal.is_not(None))
        if self.undecided:
            conditions.append(Finding.decision.is_(None))
        if self.outside:
            conditions.append(Finding.outside_scan_id.is_not(None))
            conditions.append(Finding.state == FindingState.MISSING)
        if self.flag is not None:
            # As a word of the list's text: both databases write one in quotes.
            conditions.append(cast(Finding.flags, Text).contains(f'"{self.flag.value}"'))
        if self.proposal is not None:
            conditions.append(Finding.proposal == self.proposal)
        if self.decision is not None:
            conditions.append(Finding.decision == self.decision)
        if self.assignee_id == NOBODY:
            conditions.append(Finding.assignee_id.is_(None))
        elif self.assignee_id is not None:
            conditions.append(Finding.assignee_id == self.assignee_id)
        return conditions + list(self._of_members(audit_id))

    def _of_members(self, audit_id: int) -> Iterator[ColumnElement[bool]]:
        """Yield what is asked of the thing itself, and of how it is known."""
        if self.evidence is not None:
            yield _is_known_by(audit_id, self.evidence)
        if self.category is not None:
            ids = join_members(select(Finding.id).select_from(Finding))
            ids = ids.outerjoin(Asset, Asset.id == Finding.asset_id)
            ids = ids.outerjoin(Category, Category.id == Asset.category_id)
            word = frozen(AuditMember.category, Category.name)
            yield Finding.id.in_(ids.where(Finding.audit_id == audit_id, word == self.category))
        if self.custodian_id is not None:
            yield Finding.recorded_custodian_id == self.custodian_id
        if self.value_from is not None:
            yield Finding.value_cents >= self.value_from
        if self.due_to is not None:
            yield Finding.due_on <= self.due_to
        if self.changed:
            yield _has_changed()

    def show(self, session: Session) -> dict[str, Any]:
        """Return the filter as an act keeps it: in words, without what asks for nothing."""
        place = select(Location.code).where(Location.id == self.location_id)
        person = select(func.coalesce(Person.number, Person.name)).where(
            Person.id == self.custodian_id
        )
        user = f"user:{self.assignee_id}" if self.assignee_id else "nobody"
        due_to = self.due_to.isoformat() if self.due_to else None
        shown = {
            "state": [state.value for state in self.states],
            "location": session.scalar(place) if self.location_id is not None else None,
            "flag": self.flag,
            "evidence": self.evidence,
            "category": self.category,
            "custodian": session.scalar(person) if self.custodian_id is not None else None,
            "value_from": None if self.value_from is None else show_money(self.value_from),
            "assignee": None if self.assignee_id is None else user,
            "due_to": due_to,
            "changed": self.changed,
            "undecided": self.undecided,
        }
        return {
            name: value.value if isinstance(value, Enum) else value
            for name, value in shown.items()
            if value
        }


def read_wanted(
    session: Session, asked: Mapping[str, Any], *, undecided: bool = False
) -> FindingFilter:
    """Return the filter that is asked for in words, as `show` writes them.

    :param asked: `state` and the rest; `due_to` is a day. What is left out asks for nothing.
    :raises Invalid: a location or a person does not exist, or an amount cannot be read.
    """
    errors: dict[str, list[str]] = {}
    ids: dict[str, int | None] = {"location": None, "custodian": None}
    for name, find in (("location", find_location_id), ("custodian", find_person_id)):
        if asked.get(name):
            ids[name] = find(session, asked[name])
            if ids[name] is None:
                errors[name] = [NOT_THERE[name]]
    value_from = None
    try:
        value_from = read_money(asked["value_from"]) if asked.get("value_from") else None
    except ValueError as error:
        errors["value_from"] = [str(error)]
    if errors:
        raise Invalid("This filter cannot be used.", errors=errors)
    return FindingFilter(
        states=[FindingState(asked["state"])] if asked.get("state") else [],
        location_id=ids["location"],
        undecided=undecided,
        flag=Flag(asked["flag"]) if asked.get("flag") else None,
        assignee_id=read_user(asked.get("assignee")),
        evidence=Evidence(asked["evidence"]) if asked.get("evidence") else None,
        category=asked.get("category") or None,
        custodian_id=ids["custodian"],
        value_from=value_from,
        due_to=asked.get("due_to"),
        changed=bool(asked.get("changed")),
    )


def read_user(key: str | None) -> int | None:
    """Return the id behind `user:5`, and NOBODY for `nobody`."""
    if key is None:
        return None
    number = key.partition(":")[2]
    return int(number) if number else NOBODY


def _is_known_by(audit_id: int, grade: Evidence) -> ColumnElement[bool]:
    """Return the condition that a finding has no better evidence than this, as `Facts` has it."""
    flags = cast(Finding.flags, Text)

    def has(flag: Flag) -> ColumnElement[bool]:
        return flags.contains(f'"{flag.value}"')

    unseen = Finding.sightings == 0
    is_attested, is_pictured = has(Flag.ATTESTED), has(Flag.ATTESTED_WITH_PICTURE)
    if grade is Evidence.ATTESTED_WITH_PICTURE:
        return and_(unseen, is_pictured)
    if grade is Evidence.ATTESTED:
        return and_(unseen, is_attested, ~is_pictured)
    if grade is Evidence.OUTSIDE:
        return and_(unseen, has(Flag.OUTSIDE_SCAN), ~is_attested, ~is_pictured)
    grades = list(EVIDENCE)
    better = {s for one in grades[: grades.index(grade)] for s in EVIDENCE[one].sources}
    return and_(
        Finding.id.in_(_read_from(audit_id, EVIDENCE[grade].sources)),
        Finding.id.not_in(_read_from(audit_id, better)),
    )


def _read_from(audit_id: int, sources: Collection[str]) -> Select[Any]:
    """Return a select of the findings that a scan of one of these sources counts for."""
    is_label = and_(
        Finding.asset_id.is_(None), seen_asset_id.is_(None), Finding.code_key == Scan.code_key
    )
    return (
        join_matches(select(Finding.id).select_from(Scan))
        .join(
            Finding,
            and_(Finding.audit_id == audit_id, or_(Finding.asset_id == seen_asset_id, is_label)),
        )
        .where(
            Scan.audit_id == audit_id,
            counts_as_sighting(),
            func.coalesce(Scan.source, "").in_(sorted(sources)),
        )
    )


def _has_changed() -> ColumnElement[bool]:
    """Return the condition that the register says something else of an asset than was frozen."""
    # The select around it may join the asset too.
    now = aliased(Asset)
    other = or_(
        func.coalesce(now.location_id, 0) != func.coalesce(Finding.recorded_location_id, 0),
        func.coalesce(now.custodian_id, 0) != func.coalesce(Finding.recorded_custodian_id, 0),
        cast(now.status, Text) != Finding.recorded_status,
    )
    return select(now.id).where(now.id == Finding.asset_id, other).correlate(Finding).exists()
