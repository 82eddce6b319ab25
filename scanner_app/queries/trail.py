"""What admins changed: the acts that are about no audit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.admin_trail import say_change
from scanner_app.domain.audits.acts import ACT_KINDS, ActKind
from scanner_app.domain.settings import SETTINGS, show_setting
from scanner_app.models import Act
from scanner_app.queries.paging import Page

SHOWN = (
    ActKind.ADMIN_CHANGED,
    ActKind.SETTING_CHANGED,
    ActKind.LENDING_CHANGED,
    ActKind.RULE_CHANGED,
    ActKind.KEY_CHANGED,
)
# Where an act keeps what it is about, by how much a person reads in it.
_NAMES = ("name", "selectors", "place")


@dataclass(frozen=True, slots=True)
class TrailRow:
    """One change by an admin, in words, with the name that they had then."""

    id: int
    at: datetime
    by: str
    icon: str
    sentence: str


def list_changes(session: Session, *, before_id: int | None, limit: int) -> Page[TrailRow]:
    """Return changes, the newest first.

    :param before_id: continue a list behind this one.
    """
    wanted = (
        select(Act.id, Act.at, Act.actor_name, Act.kind, Act.about)
        .where(Act.audit_id.is_(None), Act.kind.in_(SHOWN))
        .order_by(Act.id.desc())
        .limit(limit + 1)
    )
    if before_id is not None:
        wanted = wanted.where(Act.id < before_id)
    found = session.execute(wanted).all()
    rows = [
        TrailRow(id_, at, by, ACT_KINDS[kind].icon, _say(kind, about))
        for id_, at, by, kind, about in found[:limit]
    ]
    return Page(rows, str(rows[-1].id) if len(found) > limit else None)


def _say(kind: ActKind, about: dict[str, object]) -> str:
    if kind is ActKind.ADMIN_CHANGED:
        return say_change(about)
    label = ACT_KINDS[kind].label
    key = str(about.get("setting", ""))
    if kind is ActKind.SETTING_CHANGED and key in SETTINGS:
        old, new = (show_setting(key, str(about.get(word) or "")) for word in ("old", "new"))
        return f"{label}: {SETTINGS[key].label}, {old} to {new}"
    name = next((about[word] for word in _NAMES if isinstance(about.get(word), str)), key)
    return f"{label}: {name}" if name else label
