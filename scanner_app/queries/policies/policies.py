"""Policies as pages and programs read them, with counts of what they found, and their waivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.policies.checks import Check, read_usual
from scanner_app.domain.policies.differences import list_differences
from scanner_app.domain.policies.gates import CheckState, Gate, Mode, Severity, SubjectKind
from scanner_app.models import Policy, PolicyResult, PolicyVersion, Waiver
from scanner_app.queries.policies.subjects import name_subjects


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """A policy. `counts` says about how many subjects its check found what."""

    id: int
    code: str
    version: int
    title: str
    reference: str
    stage: int
    applies: Mapping[str, list[str]]
    check: Check
    params: Mapping[str, Any]
    gate: Gate
    mode: Mode
    severity: Severity
    is_active: bool
    changed_at: datetime
    changed_by: str
    counts: Mapping[CheckState, int]


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version. `changes` names what it says otherwise than the one before: old and new text."""

    version: int
    changes: Sequence[tuple[str, str, str]]
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """A waiver. `name` and `link` lead to its subject; both are empty where it is gone."""

    id: int
    policy: str
    subject_kind: SubjectKind
    name: str
    link: str
    reason: str
    until_on: date
    at: datetime
    by: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What a policy found about a subject."""

    code: str
    title: str
    mode: Mode
    state: CheckState
    detail: str
    since: datetime


def list_policies(
    session: Session,
    *,
    after_id: int | None = None,
    limit: int | None = None,
    code: str | None = None,
    gate: Gate | None = None,
) -> list[PolicyRow]:
    """Return policies, the oldest first.

    :param code: only the one that has it.
    :param gate: only those of this gate.
    """
    query = select(Policy).order_by(Policy.id).limit(limit)
    if after_id is not None:
        query = query.where(Policy.id > after_id)
    if code is not None:
        query = query.where(Policy.code == code)
    if gate is not None:
        query = query.where(Policy.gate == gate)
    policies = session.scalars(query).all()
    counts: dict[int, dict[CheckState, int]] = {}
    rows = session.execute(
        select(PolicyResult.policy_id, PolicyResult.state, func.count())
        .where(PolicyResult.policy_id.in_([one.id for one in policies]))
        .group_by(PolicyResult.policy_id, PolicyResult.state)
    )
    for id_, state, count in rows:
        counts.setdefault(id_, {})[state] = count
    return [_show(one, counts.get(one.id, {})) for one in policies]


def list_versions_in_use(session: Session) -> tuple[tuple[int, int, bool], ...]:
    """Return the number and the version of each policy, and whether it is in use."""
    rows = session.execute(select(Policy.id, Policy.version, Policy.is_active).order_by(Policy.id))
    return tuple((id_, version, is_active) for id_, version, is_active in rows)


def get_policy(session: Session, code: str) -> PolicyRow:
    """Return a policy by its code.

    :raises NotFound: no policy has it.
    """
    found = list_policies(session, code=code) if code.isprintable() else []
    if not found:
        raise NotFound(f"There is no policy {code[:40]!r}. Choose one from the list.")
    return found[0]


def list_in_use(session: Session, check: Check) -> list[PolicyRow]:
    """Return the policies in use that make a check."""
    query = select(Policy).where(Policy.check == check, Policy.is_active).order_by(Policy.id)
    return [_show(policy, {}) for policy in session.scalars(query)]


def list_versions(session: Session, policy_id: int) -> list[VersionRow]:
    """Return the versions of a policy, the newest first."""
    rows = session.scalars(
        select(PolicyVersion)
        .where(PolicyVersion.policy_id == policy_id)
        .order_by(PolicyVersion.version)
    ).all()
    before: Mapping[str, Any] = {}
    versions = []
    for row in rows:
        changes = list_differences(before, row.content) if before else []
        versions.append(VersionRow(row.version, changes, row.at, row.by))
        before = row.content
    return versions[::-1]


def list_waivers(
    session: Session,
    *,
    code: str | None = None,
    subject: tuple[SubjectKind, int] | None = None,
    before_id: int | None = None,
    limit: int | None = None,
) -> list[WaiverRow]:
    """Return waivers, the newest first, those that were taken back among them."""
    query = (
        select(Waiver, Policy.code)
        .join(Policy, Policy.id == Waiver.policy_id)
        .order_by(Waiver.id.desc())
        .limit(limit)
    )
    if code is not None:
        query = query.where(Policy.code == code)
    if subject is not None:
        query = query.where(Waiver.subject_kind == subject[0], Waiver.subject_id == subject[1])
    if before_id is not None:
        query = query.where(Waiver.id < before_id)
    rows = [(waiver, code) for waiver, code in session.execute(query)]
    return _show_waivers(session, rows)


def list_results(session: Session, kind: SubjectKind, subject_id: int) -> list[ResultRow]:
    """Return what the policies in use found about a subject when they last looked."""
    rows = session.execute(
        select(PolicyResult, Policy)
        .join(Policy, Policy.id == PolicyResult.policy_id)
        .where(
            PolicyResult.subject_kind == kind,
            PolicyResult.subject_id == subject_id,
            Policy.is_active,
        )
        .order_by(Policy.code)
    )
    return [
        ResultRow(policy.code, policy.title, policy.mode, row.state, row.detail, row.since)
        for row, policy in rows
    ]


def _show_waivers(session: Session, rows: Sequence[tuple[Waiver, str]]) -> list[WaiverRow]:
    named = name_subjects(session, {(row.subject_kind, row.subject_id) for row, _ in rows})
    shown = []
    for row, code in rows:
        name, link = named.get((row.subject_kind, row.subject_id), ("", ""))
        shown.append(
            WaiverRow(
                row.id, code, row.subject_kind, name, link, row.reason, row.until_on, row.at,
                row.by, row.withdrawn_at, row.withdrawn_by,
            )
        )  # fmt: skip
    return shown


def _show(row: Policy, counts: Mapping[CheckState, int]) -> PolicyRow:
    return PolicyRow(
        row.id, row.code, row.version, row.title, row.reference, row.stage, row.applies, row.check,
        {**read_usual(row.check), **row.params}, row.gate, row.mode, row.severity, row.is_active,
        row.changed_at, row.changed_by, counts,
    )  # fmt: skip
