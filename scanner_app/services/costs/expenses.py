"""Add an expense to an asset, and withdraw one that was wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.costs.expenses import Expense as Amount
from scanner_app.domain.costs.expenses import ExpenseKind, ExpenseSource
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import is_currency, read_money
from scanner_app.domain.text import is_storable
from scanner_app.models import Expense
from scanner_app.queries.register.assets import find_asset_id

MAX_NOTE = 200
FIRST_YEAR = 1970


def read_expense(values: Mapping[str, str]) -> tuple[Amount, str]:
    """Return the expense that texts say, and its note.

    :param values: `kind`, `on` as a date, `amount`, `currency` and `note`.
    :raises Invalid: a text cannot be used; each field is named.
    """
    errors: dict[str, list[str]] = {}
    kind, on, cents = None, None, 0
    if values.get("kind") in set(ExpenseKind):
        kind = ExpenseKind(values["kind"])
    else:
        errors["kind"] = ["Choose one of the list."]
    try:
        on = date.fromisoformat(values.get("on", ""))
    except ValueError:
        errors["on"] = ["Enter a date."]
    if on is not None and on.year < FIRST_YEAR:
        errors["on"] = [f"Enter a date from {FIRST_YEAR} on."]
    try:
        cents = read_money(values.get("amount", ""))
    except ValueError as error:
        errors["amount"] = [str(error)]
    currency, note = values.get("currency", ""), " ".join(values.get("note", "").split())
    if not is_currency(currency):
        errors["currency"] = ["Enter three letters, such as EUR."]
    if len(note) > MAX_NOTE or not is_storable(note):
        errors["note"] = [f"At most {MAX_NOTE} characters."]
    if errors or kind is None or on is None:
        raise Invalid("This expense cannot be added. Check the fields.", errors=errors)
    return Amount(kind, on, cents, currency), note


def add_expense(
    session: Session,
    *,
    asset_tag: str,
    uuid: UUID,
    expense: Amount,
    note: str,
    actor: Actor,
    now: datetime,
    source: ExpenseSource = ExpenseSource.TYPED,
) -> UUID:
    """Add an expense to an asset and return its id. Sent again, it is added once.

    :raises NotFound: no asset has this tag.
    :raises Conflict: the id belongs to another expense.
    """
    asset_id = find_asset_id(session, asset_tag)
    known = session.scalar(select(Expense).where(Expense.uuid == uuid))
    if known is not None:
        same = (known.asset_id, known.kind, known.on_day, known.amount_cents, known.currency)
        if same != (asset_id, expense.kind, expense.on, expense.cents, expense.currency):
            raise Conflict("This id belongs to another expense. Make a new one.", code="id_taken")
        return uuid
    session.add(
        Expense(
            uuid=uuid,
            asset_id=asset_id,
            on_day=expense.on,
            kind=expense.kind,
            amount_cents=expense.cents,
            currency=expense.currency,
            source=source,
            note=note,
            recorded_at=now,
            actor=actor.key,
            actor_name=actor.name,
        )
    )
    session.flush()
    return uuid


def withdraw_expense(
    session: Session, *, asset_tag: str, uuid: UUID, actor: Actor, now: datetime
) -> None:
    """Withdraw an expense of an asset. Its row is kept, and counts no more.

    :raises NotFound: the asset has no such expense, or it was withdrawn before.
    """
    asset_id = find_asset_id(session, asset_tag)
    found = session.scalar(
        select(Expense)
        .where(Expense.uuid == uuid, Expense.asset_id == asset_id, Expense.withdrawn_at.is_(None))
        .with_for_update()
    )
    if found is None:
        raise NotFound("This expense does not exist any more.")
    found.withdrawn_at, found.withdrawn_by = now, actor.name
    session.flush()
