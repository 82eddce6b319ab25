"""Contracts as pages and programs read them: lists, one with its terms, and what is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.contracts.states import (
    RUNNING_STATES,
    ContractKind,
    ContractState,
    Period,
    Renewal,
)
from scanner_app.domain.contracts.terms import find_act_by, needs_decision
from scanner_app.domain.errors import NotFound
from scanner_app.domain.text import is_storable
from scanner_app.models import Contract, User
from scanner_app.queries.paging import Cursor, Page, read_cursor, write_cursor

MAX_DUE = 500


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term of a contract, with what holds for all of them."""

    id: int
    number: str
    term: int
    name: str
    kind: ContractKind
    supplier: str
    starts_on: date
    ends_on: date | None
    notice_days: int
    renewal: Renewal
    renewal_months: int | None
    price_cents: int | None
    period: Period
    currency: str | None
    sla_response_hours: int | None
    sla_resolution_hours: int | None
    state: ContractState
    notes: str
    owner: str | None
    owner_email: str | None
    has_next: bool

    @property
    def act_by(self) -> date | None:
        """Return the day by which the term has to be decided about."""
        return find_act_by(self.ends_on, self.notice_days)

    @property
    def is_undecided(self) -> bool:
        """Return whether somebody has to say what becomes of the term."""
        return needs_decision(self.state, self.ends_on, has_next=self.has_next)


@dataclass(frozen=True, slots=True)
class ContractFilter:
    """What a list of contracts shows: those that are not over, unless a field narrows it."""

    query: str = ""
    kind: ContractKind | None = None
    states: tuple[ContractState, ...] = ()


NEXT = aliased(Contract)
_SELECT: Select[*tuple[Any, ...]] = (
    select(
        Contract.id, Contract.number, Contract.term, Contract.name, Contract.kind,
        Contract.supplier, Contract.starts_on, Contract.ends_on, Contract.notice_days,
        Contract.renewal, Contract.renewal_months, Contract.price_cents, Contract.period,
        Contract.currency, Contract.sla_response_hours, Contract.sla_resolution_hours,
        Contract.state, Contract.notes, User.name, User.email, NEXT.id.is_not(None),
    )
    .outerjoin(User, User.id == Contract.owner_id)
    .outerjoin(NEXT, NEXT.renews_id == Contract.id)
)  # fmt: skip


def list_contracts(
    session: Session,
    *,
    wanted: ContractFilter,
    cursor: str | None = None,
    limit: int = 100,
) -> Page[TermRow]:
    """Return a page of contracts by number, each by its newest term.

    :raises Invalid: the cursor is not known.
    """
    after = read_cursor(cursor, sort="number")
    statement = _SELECT.where(NEXT.id.is_(None), *_conditions(wanted))
    statement = statement.order_by(Contract.number, Contract.id).limit(limit + 1)
    if after is not None:
        behind = and_(Contract.number == after.key, Contract.id > after.id)
        statement = statement.where(or_(Contract.number > after.key, behind))
    rows = [TermRow(*row) for row in session.execute(statement)]
    following = None
    if len(rows) > limit:
        rows = rows[:limit]
        following = write_cursor(Cursor("number", rows[-1].number, rows[-1].id))
    return Page(rows, following)


def list_terms(session: Session, number: str) -> list[TermRow]:
    """Return all terms of a contract, the newest first.

    :raises NotFound: no contract has the number.
    """
    rows = session.execute(
        _SELECT.where(Contract.number == number).order_by(Contract.term.desc())
    ).all()
    if not rows:
        raise NotFound(f"There is no contract {number[:40]!r}. Choose one from the list.")
    return [TermRow(*row) for row in rows]


def list_due(session: Session, *, until: date) -> list[TermRow]:
    """Return the terms that run and end, or must be decided about, until a day: by that day."""
    # Neither database subtracts a number of days from a day alike, and notices are bounded.
    rows = session.execute(
        _SELECT.where(Contract.state.in_(RUNNING_STATES), NEXT.id.is_(None))
        .where(Contract.ends_on.is_not(None))
        .order_by(Contract.ends_on, Contract.id)
    )
    found = [TermRow(*row) for row in rows]
    due = [one for one in found if one.act_by is not None and one.act_by <= until]
    due.sort(key=lambda one: (one.act_by or date.max, one.number))
    return due[:MAX_DUE]


def count_undecided(session: Session, *, until: date) -> int:
    """Return how many terms have to be decided about until a day."""
    return sum(one.is_undecided for one in list_due(session, until=until))


def list_owners(session: Session) -> Sequence[tuple[str, str]]:
    """Return who may answer for a contract: e-mail address and name."""
    rows = session.execute(
        select(User.email, User.name).where(User.is_active).order_by(User.name, User.id)
    )
    return [(email, name) for email, name in rows]


def _conditions(wanted: ContractFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(Contract.kind == wanted.kind)
    if wanted.states:
        found.append(Contract.state.in_(wanted.states))
    for word in wanted.query.split()[:10]:
        if is_storable(word):
            columns = (Contract.number, Contract.name, Contract.supplier)
            lowered = (func.lower(one).contains(word.lower(), autoescape=True) for one in columns)
            found.append(or_(*lowered))
    return found
