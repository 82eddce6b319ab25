"""Add a contract, change it, and take a term to its next state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.contracts.dues import topics_of
from scanner_app.domain.contracts.events import ContractStep, step_to
from scanner_app.domain.contracts.states import (
    CONTRACT_STATES,
    RUNNING_STATES,
    ContractState,
    can_step,
)
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.money import show_money
from scanner_app.models import Contract, ContractEvent, User
from scanner_app.services.contracts.fields import ContractFields, read_reason
from scanner_app.services.notices.raise_notice import clear_topics

# What a change of a contract says of all its terms; the rest is of the newest alone.
OF_ALL = ("name", "kind", "supplier", "owner_id", "notes")
OF_TERM = (
    "starts_on", "ends_on", "notice_days", "renewal", "renewal_months", "price_cents", "period",
    "currency", "sla_response_hours", "sla_resolution_hours",
)  # fmt: skip


def find_newest(session: Session, number: str) -> Contract:
    """Return the newest term of a contract, locked.

    :raises NotFound: no contract has the number.
    """
    found = session.scalar(
        select(Contract)
        .where(Contract.number == number)
        .order_by(Contract.term.desc())
        .limit(1)
        .with_for_update()
    )
    if found is None:
        raise NotFound(f"There is no contract {number[:40]!r}. Choose one from the list.")
    return found


def find_first_id(session: Session, number: str) -> int:
    """Return the id of the first term, which stands for the contract.

    :raises NotFound: no contract has the number.
    """
    found = session.scalar(select(Contract.id).where(Contract.number == number, Contract.term == 1))
    if found is None:
        raise NotFound(f"There is no contract {number[:40]!r}. Choose one from the list.")
    return found


def add_contract(
    session: Session,
    *,
    fields: ContractFields,
    actor: Actor,
    now: datetime,
    state: ContractState = ContractState.ACTIVE,
) -> str:
    """Add a contract with its first term, and return its number.

    :param state: draft or active.
    :raises Conflict: another contract has the number.
    """
    number = fields.number or _next_number(session)
    taken = select(Contract.id).where(func.lower(Contract.number) == number.lower()).limit(1)
    if session.scalar(taken) is not None:
        raise Conflict("Another contract has this number. Choose another.", code="number_taken")
    row = Contract(
        **asdict(fields) | {"number": number},
        term=1,
        state=state,
        created_at=now,
        actor_name=actor.name,
    )
    session.add(row)
    session.flush()
    note(session, row.id, ContractStep.ADDED, actor=actor, now=now)
    return number


def change_contract(
    session: Session, *, number: str, fields: ContractFields, actor: Actor, now: datetime
) -> None:
    """Change a contract and its newest term. Terms that are over keep their days and price.

    :raises NotFound: no contract has the number.
    :raises Conflict: its newest term is over, or would begin before the one before it ends.
    """
    row = find_newest(session, number)
    if row.state not in (ContractState.DRAFT, ContractState.ACTIVE):
        raise Conflict(
            f"{number} is {row.state.facts.label.lower()}: it is not changed any more.",
            code="contract_over",
        )
    before = session.get(Contract, row.renews_id) if row.renews_id else None
    if before is not None and (before.ends_on is None or fields.starts_on <= before.ends_on):
        raise Conflict(
            f"Term {before.term} lasts until {before.ends_on}. Begin this one later.",
            code="terms_overlap",
        )
    changes = {
        name: [_say(session, name, getattr(one, name)) for one in (row, fields)]
        for name in (*OF_ALL, *OF_TERM)
        if getattr(row, name) != getattr(fields, name)
    }
    if not changes:
        return
    for name in OF_TERM:
        setattr(row, name, getattr(fields, name))
    for term in session.scalars(select(Contract).where(Contract.number == number)):
        for name in OF_ALL:
            setattr(term, name, getattr(fields, name))
    session.flush()
    # A notice of the same day is told once only, so it stays while its day does.
    if {"ends_on", "notice_days", "renewal", "kind"} & changes.keys():
        clear_topics(session, topics_of(number, row.term), now=now)
    note(session, row.id, ContractStep.CHANGED, actor=actor, now=now, changes=changes)


def step_contract(
    session: Session,
    *,
    number: str,
    wanted: ContractState,
    reason: str,
    actor: Actor,
    now: datetime,
    today: date,
) -> None:
    """Take the newest term of a contract to its next state.

    :raises Conflict: the step does not lead from where it is.
    :raises Invalid: the step needs a reason, and none is given.
    """
    row = find_newest(session, number)
    if not can_step(row.state, wanted):
        raise Conflict(
            f"{number} is {row.state.facts.label.lower()}: it cannot become"
            f" {wanted.facts.label.lower()}.",
            code="no_such_step",
        )
    if wanted is ContractState.ACTIVE and row.ends_on is not None and row.ends_on < today:
        raise Conflict(f"{number} ended on {row.ends_on}. Add a new one.", code="term_over")
    said = read_reason(reason) if CONTRACT_STATES[wanted].needs_reason else ""
    if wanted is ContractState.NOTICE_GIVEN and row.ends_on is None:
        raise Conflict(f"{number} has no last day. Give it one, or end it.", code="no_such_step")
    row.state = wanted
    if wanted is ContractState.ENDED:
        _end_terms(session, number, row, today=today, now=now)
    session.flush()
    clear_topics(session, topics_of(number, row.term), now=now)
    note(session, row.id, step_to(wanted), actor=actor, now=now, reason=said)


def _end_terms(
    session: Session, number: str, newest: Contract, *, today: date, now: datetime
) -> None:
    """End the newest term and those before it that still run: it may have been renewed ahead."""
    running = select(Contract).where(Contract.number == number, Contract.state.in_(RUNNING_STATES))
    for term in {newest, *session.scalars(running)}:
        if term.ends_on is None or term.ends_on > today:
            term.ends_on = max(today, term.starts_on)
        if term is not newest:
            term.state = ContractState.ENDED
            clear_topics(session, topics_of(number, term.term), now=now)


def note(
    session: Session,
    contract_id: int,
    kind: ContractStep,
    *,
    now: datetime,
    actor: Actor | None = None,
    reason: str = "",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Keep a step in the life of a contract.

    :param actor: None: the daily check.
    """
    session.add(
        ContractEvent(
            contract_id=contract_id,
            kind=kind.value,
            reason=reason,
            changes=dict(changes or {}),
            at=now,
            actor=actor.key if actor else "check",
            actor_name=actor.name if actor else "Daily check",
        )
    )
    session.flush()


def _next_number(session: Session) -> str:
    newest = session.scalar(select(func.max(Contract.id))) or 0
    while True:
        newest += 1
        number = f"CT-{newest:04}"
        if session.scalar(select(Contract.id).where(Contract.number == number)) is None:
            return number


def _say(session: Session, name: str, value: Any) -> str:
    """Return a value as the history shows it."""
    if value is None:
        return ""
    if name == "owner_id":
        user = session.get(User, value)
        return user.name if user else ""
    return show_money(value) if name == "price_cents" else str(value)
