"""Seals, each with the hash of the one before it, and signatures by their hash: only ever added."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.seals.chain import SealKind
from scanner_app.models.base import Base, enum_column


class Installation(Base):
    """This installation's own name, made once: reports and logs name it. It has one row."""

    __tablename__ = "installation"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]

    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)


class Seal(Base):
    """A sealed record: its exact text, with the hash and signature of its bytes.

    Numbers have no gap, and each seal holds the hash of the one before it, whatever audit that is
    of. Triggers refuse a change, and a seal out of turn (migration 0014_chain). The text of a long
    record is empty here: it is in its pieces.
    """

    __tablename__ = "seal"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[SealKind] = mapped_column(enum_column(SealKind, "kind", is_checked=False))
    # Null for a record that is not of one audit.
    audit_id: Mapped[int | None] = mapped_column(
        ForeignKey("audit.id", ondelete="RESTRICT"), unique=True
    )
    report: Mapped[str]
    sha256: Mapped[str]
    previous_sha256: Mapped[str | None]
    signature: Mapped[str]
    key_id: Mapped[str]
    sealed_at: Mapped[datetime]

    __table_args__ = (
        CheckConstraint("(number = 1) = (previous_sha256 IS NULL)", name="first_names_none"),
    )


class SealPiece(Base):
    """A piece of a long record, compressed by zlib; all of them in their order are its text.

    A piece holds whole items of one long list, the seal, or what is between them. Triggers refuse
    every UPDATE and DELETE (migration 0044_seal_pieces).
    """

    __tablename__ = "seal_piece"

    number: Mapped[int] = mapped_column(
        ForeignKey("seal.number"), primary_key=True, autoincrement=False
    )
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # The name of the list: a reader of one list, or of what is short, reads no other piece.
    part: Mapped[str]
    content: Mapped[bytes]


class KeptSignature(Base):
    """The strokes of a signature, or a typed name: the canonical JSON whose hash is its key.

    Triggers refuse every UPDATE and DELETE (migration 0019_signatures).
    """

    __tablename__ = "signature"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    strokes: Mapped[str]
