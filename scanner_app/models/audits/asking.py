"""Links by which people say what they have, their answers, and pictures for the record."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.audits.asking.attestation import Answered, Grade
from scanner_app.models.base import Base, enum_column


class AttestationLink(Base):
    """The link by which one person answers for one audit. Asked again, they get a new one.

    :ivar salt: with the service's secret it makes the link; the database alone does not.
    :ivar is_shown: it was shown to who asked, to be handed over; otherwise it went by e-mail alone.
    """

    __tablename__ = "attestation_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    salt: Mapped[str]
    is_shown: Mapped[bool]
    asked_at: Mapped[datetime]
    asked_by: Mapped[str]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (UniqueConstraint("audit_id", "person_id"),)


class AuditPicture(Base):
    """A picture of something that an audit is about. Triggers refuse every UPDATE and DELETE.

    :ivar sha256: its name in the file store.
    """

    __tablename__ = "audit_picture"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    # Not a foreign key: a finding goes with its last sighting, and the picture stays.
    finding_id: Mapped[int]
    sha256: Mapped[str]
    size: Mapped[int]
    width: Mapped[int]
    height: Mapped[int]
    taken_at: Mapped[datetime]
    actor: Mapped[str]
    actor_name: Mapped[str]
    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"))

    __table_args__ = (Index("ix_audit_picture_audit_id", "audit_id", "finding_id"),)


class AttestationAnswer(Base):
    """One answer of one person about one asset. All are kept; the newest holds.

    Triggers refuse every UPDATE and DELETE.
    """

    __tablename__ = "attestation_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("attestation_link.id"))
    audit_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id"))
    answer: Mapped[Answered] = mapped_column(enum_column(Answered, "answer", is_checked=False))
    grade: Mapped[Grade | None] = mapped_column(enum_column(Grade, "grade", is_checked=False))
    note: Mapped[str | None]
    picture_id: Mapped[int | None] = mapped_column(ForeignKey("audit_picture.id"))
    at: Mapped[datetime]
    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"))

    __table_args__ = (
        Index("ix_attestation_answer_audit_id", "audit_id", "asset_id"),
        Index("ix_attestation_answer_link_id", "link_id"),
        Index("ix_attestation_answer_asset_id", "asset_id"),
    )
