"""The one way to the settings: a cache that notices other workers, and how they are changed."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.acts import ActKind
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.settings import (
    SETTINGS,
    Organisation,
    combine,
    read_setting,
    write_setting,
)
from scanner_app.models import Setting
from scanner_app.queries.home.first_run import SKIPPED
from scanner_app.queries.settings import LOGO, load_settings, name_picture, read_revision
from scanner_app.services.seals.acts import record_act

MAX_LOGO_BYTES = 200_000


@dataclass(slots=True)
class SettingsCache:
    """The settings in force as one worker remembers them.

    :param fixed: what the environment set, by key.
    """

    fixed: Mapping[str, Any]
    # One tuple, set at once: threads share it without a lock.
    _known: tuple[int, Organisation] | None = field(default=None, init=False)

    def look(self, session: Session | Connection) -> Organisation:
        """Return the settings in force. A change of any worker is seen at once."""
        known = self._known
        revision = read_revision(session)
        if known is None or known[0] != revision:
            stored = load_settings(session)
            known = stored.revision, combine(self.fixed, stored.texts, logo=stored.logo)
            self._known = known
        return known[1]

    def recall(self) -> Organisation:
        """Return what was seen last, for when the database does not answer."""
        return self._known[1] if self._known else combine(self.fixed, {})


@dataclass(frozen=True, slots=True)
class SettingChange:
    """What was changed from what to what; texts as `domain.settings.show_setting` takes them."""

    key: str
    old: str
    new: str


def change_settings(
    session: Session,
    *,
    texts: Mapping[str, str],
    seen: Mapping[str, str],
    fixed: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> list[SettingChange]:
    """Set what differs from what is in force, and return what was changed.

    :param texts: the new values by key, as the form has them.
    :param seen: the values that the form started with: two admins do not overwrite each other.
    :raises Invalid: a value cannot be used; `errors` says which and why.
    :raises Conflict: somebody changed the same setting in between.
    """
    errors: dict[str, list[str]] = {}
    values: dict[str, str] = {}
    for key in SETTINGS:
        if key not in texts or key in fixed:
            continue
        try:
            values[key] = write_setting(read_setting(key, texts[key]))
        except ValueError as error:
            errors[key] = [str(error)]
    if errors:
        raise Invalid("Some settings cannot be used.", errors=errors)
    _lock(session)
    stored = load_settings(session)
    in_force = combine(fixed, stored.texts)
    changes = []
    for key, new in values.items():
        old = write_setting(getattr(in_force, key))
        if old == new or seen.get(key) == new:
            continue
        if key in seen and seen[key] != old:
            raise Conflict(
                f"“{SETTINGS[key].label}” was changed while this page was open, so nothing is"
                " saved. Check what it is now, then repeat your change."
            )
        _store(session, key, new, actor=actor, now=now)
        changes.append(_note(session, SettingChange(key, old, new), actor=actor, now=now))
    return changes


def change_logo(
    session: Session, *, picture: bytes | None, actor: Actor, now: datetime
) -> SettingChange | None:
    """Set the organisation's logo, a small JPEG, or take it away.

    :raises Invalid: the picture has too many bytes.
    """
    if picture is not None and len(picture) > MAX_LOGO_BYTES:
        raise Invalid("The logo is too large.", errors={"logo": ["Choose a simpler picture."]})
    _lock(session)
    row = session.get(Setting, LOGO)
    old = name_picture(base64.b64decode(row.value)) if row and row.value else ""
    new = name_picture(picture or b"")
    if old == new:
        return None
    encoded = base64.b64encode(picture).decode() if picture else None
    _store(session, LOGO, encoded, actor=actor, now=now)
    return _note(session, SettingChange(LOGO, old, new), actor=actor, now=now)


def skip_first_steps(
    session: Session, *, steps: Collection[str], actor: Actor, now: datetime
) -> None:
    """Take steps off the list of first steps, for all admins."""
    _lock(session)
    row = session.get(Setting, SKIPPED)
    skipped = {*((row.value or "").split() if row else ()), *steps}
    _store(session, SKIPPED, " ".join(sorted(skipped)), actor=actor, now=now)


def _note(session: Session, change: SettingChange, *, actor: Actor, now: datetime) -> SettingChange:
    about = {"setting": change.key, "old": change.old, "new": change.new}
    record_act(session, kind=ActKind.SETTING_CHANGED, actor=actor, now=now, about=about)
    return change


def _lock(session: Session) -> None:
    """Wait for other changes, so that no two get one revision."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE setting IN EXCLUSIVE MODE"))


def _store(session: Session, key: str, value: str | None, *, actor: Actor, now: datetime) -> None:
    row = session.get(Setting, key) or Setting(key=key)
    row.value = value
    row.revision = read_revision(session) + 1
    row.changed_at = now
    row.changed_by = actor.name
    session.add(row)
    session.flush()
