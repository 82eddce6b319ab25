"""Numbers of documents, one series each."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from scanner_app.models import Counter


def take_number(session: Session, series: str) -> int:
    """Return the next number of a series. Anyone who takes one waits for the one before."""
    taken = session.scalar(
        update(Counter)
        .where(Counter.name == series)
        .values(last=Counter.last + 1)
        .returning(Counter.last)
    )
    if taken is None:
        session.add(Counter(name=series, last=1))
        session.flush()  # two first ones meet at the key, and one of them starts again
        return 1
    return int(taken)
