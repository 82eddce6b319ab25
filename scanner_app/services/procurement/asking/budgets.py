"""Keep budgets, and tell when one is overdrawn."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import MAX_CENTS, is_currency, show_money
from scanner_app.domain.procurement.budgets import is_running
from scanner_app.domain.procurement.dues import budget_exceeded, budget_topic
from scanner_app.domain.procurement.events import BuyingKind, BuyingStep
from scanner_app.domain.text import is_storable
from scanner_app.models import Budget, Category, User
from scanner_app.queries.procurement.budgets import load_usage
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.services.procurement.events import note_step

MAX_NAME = 100


def save_budget(
    session: Session,
    *,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    budget_id: int | None = None,
) -> int:
    """Add a budget, or change one, and return its id.

    :param values: `name`, `starts_on`, `ends_on` (that day included), `amount_cents`, `currency`,
        `category` by its name, `owner` by e-mail address.
    :raises NotFound: no budget has this id.
    :raises Invalid: a value cannot be used.
    :raises Conflict: another budget has this name.
    """
    budget = session.get(Budget, budget_id, with_for_update=True) if budget_id else None
    if budget is None and budget_id is not None:
        raise NotFound("That budget does not exist. Choose one from the list.")
    before = say_budget(session, budget) if budget is not None else {}
    values = {**before, **values}
    errors = _check(values)
    category_id = _find_category(session, values, errors)
    owner_id = _find_owner(session, values, errors)
    if errors:
        raise Invalid("This budget cannot be saved. Check the fields.", errors=errors)
    name = " ".join(str(values["name"]).split())
    known = session.scalar(select(Budget.id).where(Budget.name_key == name.casefold()))
    if known not in {None, budget_id}:
        raise Conflict(f"The budget {name} is there already.", code="name_taken")
    is_new = budget is None
    if budget is None:
        budget = Budget(created_at=now, created_by=actor.name)
        session.add(budget)
    budget.name, budget.name_key = name, name.casefold()
    budget.starts_on, budget.ends_on = values["starts_on"], values["ends_on"]
    budget.amount_cents, budget.currency = values["amount_cents"], values["currency"]
    budget.category_id, budget.owner_id = category_id, owner_id
    session.flush()
    note_step(
        session,
        (BuyingKind.BUDGET, budget.id),
        BuyingStep.ADDED if is_new else BuyingStep.CHANGED,
        actor=actor,
        now=now,
        before=None if is_new else _show(before),
        after=None if is_new else _show(say_budget(session, budget)),
    )
    return budget.id


def say_budget(session: Session, budget: Budget) -> dict[str, Any]:
    """Return what a budget says, in the words of `save_budget`."""
    category = session.get(Category, budget.category_id) if budget.category_id else None
    owner = session.get(User, budget.owner_id) if budget.owner_id else None
    return {
        "name": budget.name,
        "starts_on": budget.starts_on,
        "ends_on": budget.ends_on,
        "amount_cents": budget.amount_cents,
        "currency": budget.currency,
        "category": category.name if category else "",
        "owner": owner.email if owner else "",
    }


def refuse_closed(session: Session, ids: Collection[int], today: date) -> None:
    """Raise unless all of these budgets run today.

    :raises Conflict: one does not (`budget_closed`).
    """
    for budget in session.scalars(
        select(Budget).where(Budget.id.in_(ids)).order_by(Budget.id).with_for_update()
    ):
        if not is_running(budget.starts_on, budget.ends_on, today):
            raise Conflict(
                f"The budget {budget.name} runs from {budget.starts_on} to {budget.ends_on}."
                " Choose another one.",
                code="budget_closed",
            )


def tell_overdrawn(
    session: Session, ids: Collection[int], *, base: str, today: date, now: datetime
) -> list[str]:
    """Raise a notice for each budget that is overdrawn, and return a sentence for each."""
    said = []
    for budget in session.scalars(select(Budget).where(Budget.id.in_(ids)).order_by(Budget.id)):
        usage = load_usage(session, budget, base=base, today=today)
        if usage.left >= 0:
            clear_topics(session, [budget_topic(budget.id)], now=now)
            continue
        notice = budget_exceeded(budget.id, budget.name, -usage.left, budget.currency, at=now)
        raise_notice(session, notice, now=now)
        said.append(
            f"The budget {budget.name} is overdrawn by {notice.params['over']} {budget.currency}."
        )
    return said


def _show(values: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in values.items() if name != "amount_cents"}
    return {**shown, "amount": show_money(values["amount_cents"])}


def _check(values: Mapping[str, Any]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    name = " ".join(str(values.get("name") or "").split())
    if not name or len(name) > MAX_NAME or not is_storable(name):
        errors["name"] = [f"Enter a name of at most {MAX_NAME} characters."]
    starts_on, ends_on = values.get("starts_on"), values.get("ends_on")
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if not isinstance(day, date):
            errors[field] = ["Enter a day."]
    if not errors.keys() & {"starts_on", "ends_on"} and ends_on < starts_on:  # type: ignore[operator]
        errors["ends_on"] = ["Enter a day that is not before its start."]
    amount = values.get("amount_cents")
    if not isinstance(amount, int) or not 0 <= amount < MAX_CENTS:
        errors["amount"] = ["Enter an amount such as 1234.50."]
    if not is_currency(str(values.get("currency") or "")):
        errors["currency"] = ["Enter three letters, such as EUR."]
    return errors


def _find_category(
    session: Session, values: Mapping[str, Any], errors: dict[str, list[str]]
) -> int | None:
    name = str(values.get("category") or "").strip()
    if not name:
        return None
    for id_, known in session.execute(select(Category.id, Category.name)):
        if known.casefold() == name.casefold():
            return int(id_)
    errors["category"] = ["Choose a category of the list."]
    return None


def _find_owner(
    session: Session, values: Mapping[str, Any], errors: dict[str, list[str]]
) -> int | None:
    email = str(values.get("owner") or "").strip()
    if not email:
        return None
    found = session.scalar(select(User.id).where(func.lower(User.email) == email.lower()))
    if found is None:
        errors["owner"] = ["No user has this address."]
    return found
