"""What a population holds, before and after it is frozen: as a plan and its page need it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Subquery, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.sampling.plan import By, Method, SamplePlan
from scanner_app.domain.audits.sampling.sizing import CLASSES, Facts, Worth, class_of_value
from scanner_app.models import Asset, AuditMember, Category, Location, Person
from scanner_app.queries.audits.scope import scope_condition


def load_scope_facts(
    session: Session, scope: Mapping[str, Any], plan: SamplePlan, *, now: datetime
) -> Facts:
    """Return what a scope covers now.

    :raises Invalid: the scope names something that does not exist.
    """
    condition = scope_condition(session, scope, now=now)
    register = (
        select(
            func.coalesce(Location.code, "").label("location"),
            func.coalesce(Person.number, Person.name, "").label("custodian"),
            func.coalesce(Category.name, "").label("category"),
            Asset.purchase_cost_cents.label("value_cents"),
            func.coalesce(Asset.currency, "").label("currency"),
        )
        .outerjoin(Location, Location.id == Asset.location_id)
        .outerjoin(Person, Person.id == Asset.custodian_id)
        .outerjoin(Category, Category.id == Asset.category_id)
        .where(condition)
        .subquery()
    )
    return _load_facts(session, register, plan)


def load_member_facts(session: Session, audit_id: int, plan: SamplePlan) -> Facts:
    """Return what the frozen population of an audit holds."""
    members = (
        select(
            func.coalesce(AuditMember.location, "").label("location"),
            func.coalesce(AuditMember.custodian, "").label("custodian"),
            func.coalesce(AuditMember.category, "").label("category"),
            AuditMember.value_cents,
            func.coalesce(AuditMember.currency, "").label("currency"),
        )
        .where(AuditMember.audit_id == audit_id, AuditMember.is_expected)
        .subquery()
    )
    return _load_facts(session, members, plan)


def _load_facts(session: Session, source: Subquery, plan: SamplePlan) -> Facts:
    columns = source.c
    places = session.scalar(
        select(func.count(columns.location.distinct())).where(columns.location != "")
    )
    # A value of 0 cannot be drawn by value, so it counts as none.
    bounds = [(columns.value_cents < bound, bound - 1) for bound in CLASSES]
    level = case((func.coalesce(columns.value_cents, 0) == 0, 0), *bounds, else_=CLASSES[-1]).label(
        "level"
    )
    worth: dict[str, Worth] = {}
    classes: Counter[str] = Counter()
    members = 0
    rows = session.execute(
        select(columns.currency, level, func.count(), func.sum(columns.value_cents))
        .group_by(columns.currency, level)
        .order_by(columns.currency)
    )
    for currency, some_value, count, cents in rows:
        members += count
        classes[class_of_value(some_value, currency)] += count
        if some_value:
            before = worth.get(currency, Worth(0, 0))
            worth[currency] = Worth(before.cents + int(cents), before.members + count)
    strata: dict[str, int] = {}
    if plan.method is Method.STRATIFIED:
        strata = classes if plan.by is By.VALUE_CLASS else _count_strata(session, source, plan.by)
    return Facts(members, places or 0, worth, strata)


def _count_strata(session: Session, source: Subquery, by: By) -> dict[str, int]:
    column = source.c[by.value]
    rows = session.execute(select(column, func.count()).group_by(column)).all()
    return {name: count for name, count in rows}  # noqa: C416 - dict() cannot type rows
