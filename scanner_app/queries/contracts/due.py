"""The terms that run, as the daily check looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from scanner_app.domain.contracts.dues import RunningTerm
from scanner_app.domain.contracts.states import RUNNING_STATES
from scanner_app.models import Contract

_NEXT = aliased(Contract)
_SELECT: Select[*tuple[Any, ...]] = (
    select(
        Contract.id, Contract.number, Contract.term, Contract.name, Contract.supplier,
        Contract.kind, Contract.state, Contract.renewal, Contract.ends_on, Contract.notice_days,
        _NEXT.id.is_not(None).label("has_next"), Contract.owner_id,
    )
    .outerjoin(_NEXT, _NEXT.renews_id == Contract.id)
    .where(Contract.state.in_(RUNNING_STATES))
    .order_by(Contract.id)
)  # fmt: skip


def list_running(session: Session) -> list[RunningTerm]:
    """Return all terms that run."""
    return _read(session, _SELECT)


def load_running(session: Session, ids: Sequence[int]) -> list[RunningTerm]:
    """Return those of these terms that run."""
    return _read(session, _SELECT.where(Contract.id.in_(ids)))


def _read(session: Session, statement: Select[*tuple[Any, ...]]) -> list[RunningTerm]:
    return [
        RunningTerm(
            id=row.id,
            number=row.number,
            term=row.term,
            name=row.name,
            supplier=row.supplier,
            kind=row.kind,
            state=row.state,
            renewal=row.renewal,
            ends_on=row.ends_on,
            notice_days=row.notice_days,
            has_next=row.has_next,
            owner_key=f"user:{row.owner_id}" if row.owner_id is not None else None,
        )
        for row in session.execute(statement)
    ]
