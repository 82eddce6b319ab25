"""Terms that people accept with what they get: what they hold for, their versions, who accepted."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.models.base import Base


class Terms(Base):
    """Terms of a category, or of everything that is handed out.

    `scope` names what they hold for in one text (`all`, or the id of a category) and is unique, so
    a category has one text in force. It is null for terms that are no longer asked for.
    """

    __tablename__ = "terms"

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str | None] = mapped_column(unique=True)
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))

    __table_args__ = (Index("ix_terms_category_id", "category_id"),)


class TermsVersion(Base):
    """One version of terms, word for word. Triggers refuse every UPDATE and DELETE."""

    __tablename__ = "terms_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    terms_id: Mapped[int] = mapped_column(ForeignKey("terms.id"))
    version: Mapped[int]
    title: Mapped[str]
    body: Mapped[str]
    # Of title, an empty line and body, in UTF-8.
    sha256: Mapped[str]
    valid_from: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[str]

    __table_args__ = (UniqueConstraint("terms_id", "version"),)


class TermsAcceptance(Base):
    """That a person accepted one version, with which hand-over. Triggers refuse every change."""

    __tablename__ = "terms_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("terms_version.id"))
    handover_id: Mapped[int] = mapped_column(ForeignKey("handover.id"))
    at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("handover_id", "version_id"),
        Index("ix_terms_acceptance_person_id", "person_id", "version_id"),
    )
