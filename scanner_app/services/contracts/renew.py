"""Renew a contract: a further term, by a decision or because nobody decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.contracts.dues import topics_of
from scanner_app.domain.contracts.events import ContractStep
from scanner_app.domain.contracts.states import ContractState, Renewal
from scanner_app.domain.contracts.terms import DAY, Span, renew_until
from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.models import Contract
from scanner_app.services.contracts.fields import Errors, check_days, read_price
from scanner_app.services.contracts.write import find_newest, note
from scanner_app.services.notices.raise_notice import clear_topics

# What a further term takes from the one before it.
KEPT = (
    "number", "name", "kind", "supplier", "notice_days", "renewal", "renewal_months",
    "price_cents", "period", "currency", "sla_response_hours", "sla_resolution_hours", "owner_id",
    "notes",
)  # fmt: skip


def renew(
    session: Session,
    *,
    number: str,
    values: Mapping[str, str],
    actor: Actor,
    now: datetime,
    today: date,
    currency: str = "",
) -> int:
    """Renew a contract by a decision, and return the number of its new term.

    :param values: texts of `ends_on`, `price` and `currency`; an empty one is as before.
    :param currency: of a price, if neither the form nor the term before names one.
    :raises Conflict: the newest term does not run, or has no last day.
    :raises Invalid: a text cannot be used, or nothing says until when it goes on.
    """
    row = find_newest(session, number)
    if row.state is not ContractState.ACTIVE or row.ends_on is None:
        why = "has no last day" if row.ends_on is None else f"is {row.state.facts.label.lower()}"
        raise Conflict(f"{number} {why}: there is nothing to renew.", code="no_such_step")
    errors: Errors = {}
    ends_on = read_day(values, "ends_on", errors)
    if ends_on is None and not errors:
        if row.renewal_months is None:
            errors["ends_on"] = ["Say until when it goes on."]
        else:
            ends_on = renew_until(row.ends_on, row.renewal_months)
    price, unit = read_price(values, errors, currency=row.currency or currency)
    starts_on = row.ends_on + DAY
    check_days(starts_on, ends_on, row.notice_days, row.renewal, errors)
    if ends_on is not None and ends_on < today and "ends_on" not in errors:
        errors["ends_on"] = ["This day is past."]
    if errors or ends_on is None:
        raise Invalid("It cannot be renewed. Check the fields.", errors=errors)
    new = append_term(session, row, Span(starts_on, ends_on), by=actor.name, now=now)
    if price is not None:
        new.price_cents, new.currency = price, unit
    session.flush()
    clear_topics(session, topics_of(number, row.term), now=now)
    note(session, new.id, ContractStep.RENEWED, actor=actor, now=now)
    return new.term


def append_term(session: Session, row: Contract, span: Span, *, by: str, now: datetime) -> Contract:
    """Add the term that follows another one, with the same conditions."""
    new = Contract(
        **{name: getattr(row, name) for name in KEPT},
        term=row.term + 1,
        renews_id=row.id,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        state=ContractState.ACTIVE,
        created_at=now,
        actor_name=by,
    )
    if new.renewal is not Renewal.NONE and new.ends_on is None:
        new.renewal = Renewal.NONE
    session.add(new)
    session.flush()
    return new
