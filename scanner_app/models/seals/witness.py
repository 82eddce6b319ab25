"""What left the house: checkpoints that somebody outside has seen."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.seals.leaves import Tree
from scanner_app.domain.seals.witnesses import Way
from scanner_app.models.base import Base, enum_column


class LogWitness(Base):
    """One checkpoint on its way to one place outside: a time stamp authority, or an address.

    :ivar done_at: when it was taken there; None while it waits.
    :ivar stated_at: the time that a time stamp states.
    :ivar answer: the whole answer of the authority, as `openssl ts -verify` reads it.
    :ivar error: why the newest try failed.
    """

    __tablename__ = "log_witness"

    tree: Mapped[Tree] = mapped_column(
        enum_column(Tree, "tree", is_checked=False), primary_key=True
    )
    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    way: Mapped[Way] = mapped_column(enum_column(Way, "way", is_checked=False), primary_key=True)
    since: Mapped[datetime]
    done_at: Mapped[datetime | None]
    stated_at: Mapped[datetime | None]
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
