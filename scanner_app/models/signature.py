"""Signatures, kept once by their hash. Rows are only ever added."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class KeptSignature(Base):
    """The strokes of a signature, or a typed name: the canonical JSON whose hash is its key.

    Triggers refuse every UPDATE and DELETE (migration 0019_signatures).
    """

    __tablename__ = "signature"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    strokes: Mapped[str]
