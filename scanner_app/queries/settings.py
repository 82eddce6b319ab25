"""What the table of settings holds."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select
from sqlalchemy.orm import Session

from scanner_app.domain.audits.acts import ActKind
from scanner_app.models import Act, Setting

LOGO = "logo"


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """The texts of the table by key, and what the logo is called; empty if there is none."""

    revision: int
    texts: dict[str, str]
    logo: str


@dataclass(frozen=True, slots=True)
class LastChange:
    at: datetime
    by: str


def read_revision(session: Session | Connection) -> int:
    """Return the number of the newest change, 0 if there was none."""
    return session.scalar(select(func.max(Setting.revision))) or 0


def load_settings(session: Session | Connection) -> StoredSettings:
    """Return all that the table holds, except the picture of the logo."""
    # Of the picture only whether it is there: it is larger than all else together.
    value = case((Setting.key == LOGO, None), else_=Setting.value)
    has_value = Setting.value.is_not(None)
    rows = session.execute(select(Setting.key, Setting.revision, value).where(has_value)).all()
    return StoredSettings(
        read_revision(session),
        {key: text for key, _revision, text in rows if key != LOGO},
        next((str(revision) for key, revision, _text in rows if key == LOGO), ""),
    )


def load_logo(session: Session) -> bytes | None:
    """Return the logo as a JPEG, None if there is none."""
    text = session.scalar(select(Setting.value).where(Setting.key == LOGO))
    return base64.b64decode(text) if text else None


def list_last_changes(session: Session) -> dict[str, LastChange]:
    """Return who changed each setting last, by key."""
    return {
        key: LastChange(at, by)
        for key, at, by in session.execute(
            select(Setting.key, Setting.changed_at, Setting.changed_by)
        )
    }


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One change of a setting: the texts as they were, and who changed them."""

    at: datetime
    by: str
    key: str
    old: str
    new: str


def list_trail(session: Session, *, limit: int) -> list[TrailRow]:
    """Return the changes of settings, newest first."""
    rows = session.execute(
        select(Act.at, Act.actor_name, Act.about)
        .where(Act.kind == ActKind.SETTING_CHANGED, Act.audit_id.is_(None))
        .order_by(Act.id.desc())
        .limit(limit)
    )
    return [
        TrailRow(at, by, about["setting"], about["old"], about["new"]) for at, by, about in rows
    ]


def name_picture(picture: bytes) -> str:
    """Return a short name of a picture for the trail of changes."""
    return hashlib.sha256(picture).hexdigest()[:12] if picture else ""
