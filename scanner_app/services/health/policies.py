"""Check the policies of devices, many devices at once, and keep what does not hold.

Of devices, only what fails, cannot be told or is waived is kept: what holds has no row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from scanner_app.domain.access.second_person import PERSON
from scanner_app.domain.health.devices import DeviceReport, find_last_contact, read_day
from scanner_app.domain.health.exploited import Grade, Hit
from scanner_app.domain.policies.checks import Check, judge
from scanner_app.domain.policies.devices import DeviceSubject
from scanner_app.domain.policies.gates import CheckState, Gate, Scope, SubjectKind, is_waived
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.models import Category, Policy, PolicyResult, Waiver
from scanner_app.sql.value_list import is_one_of


@dataclass(frozen=True, slots=True)
class DevicePolicy:
    """A policy that the check of devices looks at."""

    id: int
    check: Check
    params: Mapping[str, Any]
    scope: Scope


@dataclass(frozen=True, slots=True)
class DevicePolicies:
    """The policies of devices, with the waivers that hold.

    :param waivers: by policy and asset, until which days.
    :param categories: the names of categories.
    """

    rows: tuple[DevicePolicy, ...]
    waivers: Mapping[tuple[int, int], list[date]]
    categories: Mapping[int, str]


Wanted = dict[tuple[int, int], tuple[CheckState, str]]


def load_device_policies(session: Session) -> DevicePolicies:
    """Return the policies in use that no step asks for, and their waivers."""
    rows = session.scalars(
        select(Policy).where(Policy.gate == Gate.NONE, Policy.is_active).order_by(Policy.id)
    )
    found = tuple(
        DevicePolicy(row.id, row.check, dict(row.params), Scope.from_json(row.applies))
        for row in rows
    )
    waivers: dict[tuple[int, int], list[date]] = defaultdict(list)
    for policy_id, asset_id, until_on in session.execute(
        select(Waiver.policy_id, Waiver.subject_id, Waiver.until_on).where(
            Waiver.subject_kind == SubjectKind.ASSET,
            Waiver.withdrawn_at.is_(None),
            Waiver.by_key.startswith(PERSON),
        )
    ):
        waivers[policy_id, asset_id].append(until_on)
    categories = session.execute(select(Category.id, Category.name))
    return DevicePolicies(found, waivers, {id_: name for id_, name in categories})  # noqa: C416 - mypy takes no rows for pairs


def judge_device(
    report: DeviceReport,
    row: Mapping[str, Any],
    hits: Iterable[Hit],
    policies: DevicePolicies,
    *,
    today: date,
) -> Wanted:
    """Return what the policies find about a device that does not hold. One without facts has none.

    :param row: its kept health.
    """
    if not report.facts:
        return {}
    subject = DeviceSubject(
        today,
        {name: fact.value for name, fact in report.facts.items()},
        row["title"],
        row["ends_on"],
        row["is_ended"],
        tuple(h.vulnerability.added_on for h in hits if h.grade is Grade.UNPATCHED),
        row["possible"],
        find_last_contact(report.facts.values()),
        report.last_sighted_at,
        read_day(report.facts.get("patched_on")),
    )
    about = Scope(
        kinds=frozenset({AssetKind.HARDWARE.value}),
        categories=frozenset({policies.categories.get(report.category_id or 0, "")}),
        models=frozenset({report.model}),
    )
    wanted: Wanted = {}
    for policy in policies.rows:
        if not policy.scope.takes(about):
            continue
        verdict = judge(policy.check, subject, policy.params)
        if verdict.state.facts.passes:
            continue
        waived = is_waived(verdict, policies.waivers.get((policy.id, report.asset_id), ()), today)
        state = CheckState.WAIVED if waived else verdict.state
        wanted[policy.id, report.asset_id] = (state, verdict.detail)
    return wanted


def keep_results(session: Session, ids: Collection[int], wanted: Wanted, *, now: datetime) -> int:
    """Keep what policies found about some devices; return how many results changed."""
    table = PolicyResult.__table__
    assert isinstance(table, Table)  # noqa: S101 - a model stands for a table, never a join
    of_these = (table.c.subject_kind == SubjectKind.ASSET, is_one_of(table.c.subject_id, ids))
    of_daily = table.c.policy_id.in_(select(Policy.id).where(Policy.gate == Gate.NONE))
    rows = session.execute(
        select(table.c.id, table.c.policy_id, table.c.subject_id, table.c.state, table.c.detail)
        .where(*of_these, of_daily)
    ).all()  # fmt: skip
    known = {(row.policy_id, row.subject_id): row for row in rows}
    gone = [row.id for key, row in known.items() if key not in wanted]
    if gone:
        session.execute(delete(table).where(is_one_of(table.c.id, gone)))
    fresh = [
        {
            "policy_id": key[0], "subject_kind": SubjectKind.ASSET, "subject_id": key[1],
            "state": state, "detail": detail, "since": now, "checked_at": now,
        }
        for key, (state, detail) in wanted.items()
        if key not in known
    ]  # fmt: skip
    if fresh:
        session.execute(table.insert(), fresh)
    changed = 0
    for key, (state, detail) in wanted.items():
        row = known.get(key)
        if row is None or (row.state, row.detail) == (state, detail):
            continue
        changed += 1
        since = {} if row.state == state else {"since": now}
        session.execute(
            update(table)
            .where(table.c.id == row.id)
            .values(state=state, detail=detail, checked_at=now, **since)
        )
    return len(gone) + len(fresh) + changed
