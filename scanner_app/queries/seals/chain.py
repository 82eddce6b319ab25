"""The chain of seals: a page of it, and one seal."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.chain import Link, SealKind
from scanner_app.models import Audit, Installation, Seal


@dataclass(frozen=True, slots=True)
class SealRow:
    """One sealed record, without its text."""

    number: int
    kind: SealKind
    audit_id: int | None
    audit_name: str | None
    sha256: str
    previous_sha256: str | None
    signature: str
    key_id: str
    sealed_at: datetime


_COLUMNS = [
    Audit.name if field.name == "audit_name" else getattr(Seal, field.name)
    for field in fields(SealRow)
]
_SELECT = select(*_COLUMNS).select_from(Seal).outerjoin(Audit, Audit.id == Seal.audit_id)


def list_seals(
    session: Session, *, before: int | None = None, after: int | None = None, limit: int = 100
) -> list[SealRow]:
    """Return seals, newest first; with `after`, those behind a number, oldest first."""
    statement = _SELECT.limit(limit)
    if after is not None:
        statement = statement.where(Seal.number > after).order_by(Seal.number)
    else:
        statement = statement.order_by(Seal.number.desc())
        if before is not None:
            statement = statement.where(Seal.number < before)
    return [SealRow(*row) for row in session.execute(statement)]


def get_seal(session: Session, number: int) -> SealRow:
    """Return a seal by its number.

    :raises NotFound: the chain has no such number.
    """
    row = session.execute(_SELECT.where(Seal.number == number)).one_or_none()
    if row is None:
        raise NotFound(f"The chain has no number {number}.")
    return SealRow(*row)


def find_seal(session: Session, audit_id: int) -> Seal | None:
    """Return the seal of an audit, None if it has none."""
    return session.scalar(select(Seal).where(Seal.audit_id == audit_id))


def count_seals(session: Session) -> int:
    """Count the seals of this installation."""
    return session.scalar(select(func.count(Seal.number))) or 0


def list_links(session: Session) -> list[Link]:
    """Return the whole chain, to be checked."""
    rows = session.execute(select(Seal.number, Seal.sha256, Seal.previous_sha256))
    return [Link(*row) for row in rows]


def load_installation(session: Session) -> str:
    """Return the name of this installation, made once."""
    return session.scalars(select(Installation.key)).one()
