"""Recurring maintenance: make a plan, and open what is due, once each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.lifecycle.checklists import read_items
from scanner_app.domain.lifecycle.plans import (
    FIRST_YEAR,
    LAST_YEAR,
    MAX_CHECK_OUTS,
    MAX_LEAD_DAYS,
    MAX_MONTHS,
    MAX_PLAN_NAME,
    count_turns,
    find_due,
)
from scanner_app.domain.lifecycle.tasks import TaskKind, TaskState
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.text import is_storable
from scanner_app.models import Asset, AssetModel, Category, Custody, Plan, Task
from scanner_app.services.lifecycle.checklists import find_named
from scanner_app.services.lifecycle.tasks import pack_items

PLANNER = "Plan"
CHUNK = 500
# What is gone, or not here yet, is not looked after.
CARED_FOR = (Stage.IN_STOCK, Stage.IN_USE, Stage.IN_MAINTENANCE)


def add_plan(session: Session, values: Mapping[str, str], *, actor: Actor, now: datetime) -> int:
    """Add a plan from the texts of a form, and return its id.

    :param values: `name`, `category` or `model`, `every_months` with `next_on` and `lead_days`, or
        `every_check_outs`, and `items` as a checklist is written.
    :raises Invalid: a text cannot be used; each field is named.
    :raises Conflict: another plan has the name.
    """
    errors: dict[str, list[str]] = {}
    name = " ".join(values.get("name", "").split())
    if not name or len(name) > MAX_PLAN_NAME or not is_storable(name):
        errors["name"] = [f"Use 1 to {MAX_PLAN_NAME} characters."]
    months = _read_number(values, "every_months", MAX_MONTHS, errors)
    check_outs = _read_number(values, "every_check_outs", MAX_CHECK_OUTS, errors)
    if not errors and (months is None) == (check_outs is None):
        errors["every_months"] = ["Fill in months or check-outs, one of the two."]
    lead = _read_number(values, "lead_days", MAX_LEAD_DAYS, errors, least=0) or 0
    next_on = _read_day(values, errors) if months is not None else None
    category_id = _find(session, Category, values.get("category", ""), "category", errors)
    model_id = _find(session, AssetModel, values.get("model", ""), "model", errors)
    if category_id is not None and model_id is not None:
        errors["model"] = ["Choose a category or a model, not both."]
    try:
        items = read_items(values.get("items", ""))
    except ValueError as error:
        errors["items"] = [str(error)]
        items = []
    if errors:
        raise Invalid("This plan cannot be added. Check the fields.", errors=errors)
    if session.scalar(select(Plan.id).where(Plan.name == name)) is not None:
        raise Conflict("Another plan has this name. Choose another.", code="name_taken")
    plan = Plan(
        name=name,
        category_id=category_id,
        model_id=model_id,
        every_months=months,
        every_check_outs=check_outs,
        first_on=next_on,
        next_on=next_on,
        lead_days=lead,
        items=pack_items(items),
        is_active=True,
        created_at=now,
        actor_name=actor.name,
    )
    session.add(plan)
    session.flush()
    return plan.id


def switch_plan(session: Session, *, plan_id: int, is_active: bool) -> str:
    """Switch a plan on or off, and return its name. Tasks that it opened stay.

    :raises NotFound: no plan has this id.
    """
    plan = session.get(Plan, plan_id, with_for_update=True)
    if plan is None:
        raise NotFound("That plan does not exist. Choose one from the list.")
    plan.is_active = is_active
    session.flush()
    return plan.name


def open_planned(session: Session, *, today: date, now: datetime) -> int:
    """Open what plans ask for today, each once, and return how many tasks were opened."""
    plans = session.scalars(
        select(Plan).where(Plan.is_active).order_by(Plan.id).with_for_update()
    ).all()
    return sum(_open_of(session, plan, today=today, now=now) for plan in plans)


def _open_of(session: Session, plan: Plan, *, today: date, now: datetime) -> int:
    count = 0
    if plan.every_months is not None and plan.first_on is not None and plan.next_on is not None:
        due = find_due(
            plan.first_on,
            plan.next_on,
            every_months=plan.every_months,
            lead_days=plan.lead_days,
            today=today,
        )
        plan.next_on = due.next_on
        if due.due_on is None:
            return 0
        for ids in _chunks(session, plan):
            wanted = {f"plan:{plan.id}:{due.due_on}:{one}": one for one in ids}
            count += _open_new(session, plan, wanted, due_on=due.due_on, now=now)
        return count
    every = plan.every_check_outs or MAX_CHECK_OUTS
    for ids in _chunks(session, plan):
        # Since the plan was made: what was lent before does not open everything at once.
        rows = session.execute(
            select(Custody.asset_id, func.count(Custody.id))
            .where(Custody.asset_id.in_(ids), Custody.started_at >= plan.created_at)
            .group_by(Custody.asset_id)
        )
        turns = {asset_id: count_turns(lent, every) for asset_id, lent in rows}
        wanted = {f"plan:{plan.id}:{one}:{turn}": one for one, turn in turns.items() if turn}
        count += _open_new(session, plan, wanted, due_on=today, now=now)
    return count


def _chunks(session: Session, plan: Plan) -> Iterator[list[int]]:
    """Return the assets of a plan in parts, so that a large register needs little memory."""
    conditions: list[ColumnElement[bool]] = [Asset.status.in_(CARED_FOR)]
    if plan.model_id is not None:
        conditions.append(Asset.model_id == plan.model_id)
    if plan.category_id is not None:
        of_model = select(AssetModel.id).where(AssetModel.category_id == plan.category_id)
        own = Asset.category_id == plan.category_id
        conditions.append(or_(own, Asset.category_id.is_(None) & Asset.model_id.in_(of_model)))
    last = 0
    while ids := list(
        session.scalars(
            select(Asset.id).where(Asset.id > last, *conditions).order_by(Asset.id).limit(CHUNK)
        )
    ):
        yield ids
        last = ids[-1]


def _open_new(
    session: Session, plan: Plan, wanted: Mapping[str, int], *, due_on: date, now: datetime
) -> int:
    """Open the tasks whose key is new, and return how many they were."""
    known = set(session.scalars(select(Task.key).where(Task.key.in_(wanted))))
    fresh = {key: asset_id for key, asset_id in wanted.items() if key not in known}
    session.add_all(
        Task(
            key=key,
            kind=TaskKind.MAINTENANCE,
            state=TaskState.PLANNED,
            title=plan.name,
            asset_id=asset_id,
            due_on=due_on,
            items=dict(plan.items),
            data={},
            plan_id=plan.id,
            started_at=now,
            opened_by=PLANNER,
        )
        for key, asset_id in sorted(fresh.items())
    )
    session.flush()
    return len(fresh)


def _read_number(
    values: Mapping[str, str],
    name: str,
    most: int,
    errors: dict[str, list[str]],
    *,
    least: int = 1,
) -> int | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        errors[name] = [f"Give a whole number from {least} to {most:,}."]
        return None
    number = int(text)
    if not least <= number <= most:
        errors[name] = [f"Give a whole number from {least} to {most:,}."]
        return None
    return number


def _read_day(values: Mapping[str, str], errors: dict[str, list[str]]) -> date | None:
    try:
        day = date.fromisoformat(values.get("next_on", "").strip())
    except ValueError:
        errors["next_on"] = ["Enter the day on which it is due first."]
        return None
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        errors["next_on"] = [f"Enter a day from {FIRST_YEAR} to {LAST_YEAR - 1}."]
        return None
    return day


def _find(
    session: Session,
    table: type[Category | AssetModel],
    name: str,
    field: str,
    errors: dict[str, list[str]],
) -> int | None:
    try:
        return find_named(session, table, name.strip(), field)
    except Invalid as error:
        errors.update(error.errors)
        return None
