"""A reader is heard: if people were told that it is silent, they are told that it is back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.notices.causes import is_silent, reader_back, reader_topic
from scanner_app.models import Notice, Reader
from scanner_app.services.notices.raise_notice import raise_notice


def note_contact(session: Session, reader: Reader, *, now: datetime) -> None:
    """Raise the notice that a reader is back, before its new contact is noted.

    The common read costs nothing: only a reader that was silent is looked up.
    """
    heard = max((at for at in (reader.last_heartbeat_at, reader.last_read_at) if at), default=None)
    if heard is None or not is_silent(
        heard, silent_after_seconds=reader.silent_after_seconds or 0, now=now
    ):
        return
    was_told = select(Notice.id).where(
        Notice.topic == reader_topic(reader.id, heard), Notice.cleared_at.is_(None)
    )
    if session.scalar(was_told) is not None:
        raise_notice(session, reader_back(reader.id, reader.name, silent_since=heard), now=now)
