"""Notices, whom they are told to, and how each person wants to be told."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from scanner_app.domain.notices.calendars import FeedScope
from scanner_app.domain.notices.choices import Digest
from scanner_app.domain.notices.deliveries import Channel, DeliveryState
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.models.base import Base, enum_column

OPEN = text("cleared_at IS NULL")
UNREAD = text("read_at IS NULL")


class Notice(Base):
    """One thing that happened or will, told once: `key` is unique.

    `cleared_at` is when its matter was over, or when a newer notice of its topic took its place.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[NoticeKind] = mapped_column(enum_column(NoticeKind, "kind", is_checked=False))
    topic: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_on: Mapped[date | None]
    at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL")
    )
    # Came out of a backup: its messages may have been sent already, so an admin decides.
    is_restored: Mapped[bool] = mapped_column(default=False)

    __table_args__ = (
        Index("ix_notice_topic_open", "topic", sqlite_where=OPEN, postgresql_where=OPEN),
    )


class NoticeTo(Base):
    """A notice in the bell of a user, or for a person of the register who has no account."""

    __tablename__ = "notice_to"

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    # When it was read, or when there was nothing left to read: its matter was over.
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("notice_id", "user_id"),
        UniqueConstraint("notice_id", "person_id"),
        Index("ix_notice_to_unread", "user_id", sqlite_where=UNREAD, postgresql_where=UNREAD),
        Index("ix_notice_to_user_id_notice_id", "user_id", "notice_id"),
        Index("ix_notice_to_person_id", "person_id"),
        CheckConstraint("(user_id IS NULL) <> (person_id IS NULL)", name="to_one"),
    )


class NoticeChoice(Base):
    """How a user wants to be told of a kind. Without a row, the kind's own row says it.

    With a location or a category: only of what is inside it.
    """

    __tablename__ = "notice_choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    kind: Mapped[NoticeKind] = mapped_column(enum_column(NoticeKind, "kind", is_checked=False))
    is_told: Mapped[bool]
    by_mail: Mapped[bool]
    digest: Mapped[Digest] = mapped_column(enum_column(Digest, "digest"))
    breaks_quiet: Mapped[bool] = mapped_column(default=False)
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id", ondelete="CASCADE"))
    category_id: Mapped[int | None] = mapped_column(ForeignKey("category.id", ondelete="CASCADE"))

    __table_args__ = (
        UniqueConstraint("user_id", "kind"),
        Index("ix_notice_choice_location_id", "location_id"),
        Index("ix_notice_choice_category_id", "category_id"),
    )


class Webhook(Base):
    """An address of another service that is told of notices. Its secrets are encrypted."""

    __tablename__ = "webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    kinds: Mapped[list[str]]
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    off_reason: Mapped[str] = mapped_column(Text, default="")
    failing_since: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str]


class NoticeDelivery(Base):
    """One message on its way: an e-mail to one who is told, or a post to a webhook.

    `name` is what the receiver sees: the same whenever it is sent. A post without a notice is a
    test. Messages with the same `digest` go in one e-mail.
    """

    __tablename__ = "notice_delivery"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[UUID] = mapped_column(unique=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))
    notice_to_id: Mapped[int | None] = mapped_column(ForeignKey("notice_to.id", ondelete="CASCADE"))
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"))
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"))
    state: Mapped[DeliveryState] = mapped_column(enum_column(DeliveryState, "state"))
    digest: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    # When it is tried next. None while it is held until an admin decides.
    next_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (
        UniqueConstraint("notice_to_id", "channel"),
        UniqueConstraint("notice_id", "webhook_id"),
        Index("ix_notice_delivery_webhook_id", "webhook_id", "id"),
        Index("ix_notice_delivery_digest", "digest"),
        Index("ix_notice_delivery_sent_at", "sent_at"),
        Index("ix_notice_delivery_state", "state"),
        CheckConstraint("(notice_to_id IS NULL) <> (webhook_id IS NULL)", name="one_way"),
    )


class MailStop(Base):
    """An address that gets no e-mail: it refuses what we send, or its owner stopped it.

    :cvar is_refused: the address does not exist, as its server said.
    """

    __tablename__ = "mail_stop"

    address: Mapped[str] = mapped_column(primary_key=True)
    is_refused: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class CalendarFeed(Base):
    """A person's calendar. Anyone who has its address reads it; the row holds only its hash."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), unique=True
    )
    token_hash: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[FeedScope] = mapped_column(enum_column(FeedScope, "scope"))
    created_at: Mapped[datetime]
