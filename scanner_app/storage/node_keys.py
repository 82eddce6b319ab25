"""The keys that every machine of one service must have: compared as a machine starts.

Two machines with different secrets would refuse each other's cursors and forms, and two audit keys
would seal the reports of one service in turns. The database keeps the name of each key, and the
public halves of all audit keys; the keys themselves are in each machine's instance folder.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.models import ServiceKey
from scanner_app.storage.keys import keep_public_key, load_public_keys, load_signing_key

SECRET, AUDIT = "secret", "audit"
_CONSTANT = b"scanner-app: is this the same secret key?"


class OtherKey(ScannerAppError):
    """This machine has another key than the service. Nothing was changed."""

    code = "other_key"


def agree_on_keys(session: Session, settings: Settings, *, now: datetime) -> None:
    """Compare this machine's keys with those of the service; the first machine enters its own.

    Public halves that either side lacks are added.

    :raises OtherKey: a key differs. The message says what to do.
    """
    for kind, key_id in read_own_keys(settings).items():
        known = find_key(session, kind)
        if known is None:
            _enter(session, settings, kind, now)
        elif known.key_id != key_id:
            raise OtherKey(_describe(kind, settings))
    _share_public_halves(session, settings.instance_dir, now)


def adopt_keys(session: Session, settings: Settings, *, now: datetime) -> list[str]:
    """Make this machine's keys those of the service, and return the kinds that were changed."""
    changed = []
    for kind, key_id in read_own_keys(settings).items():
        known = find_key(session, kind)
        if known is None or known.key_id != key_id:
            if known is not None:
                known.is_current = False
                session.flush()
            _enter(session, settings, kind, now)
            changed.append(kind)
    _share_public_halves(session, settings.instance_dir, now)
    return changed


def find_key(session: Session, kind: str) -> ServiceKey | None:
    """Return the key of a kind that the service has now."""
    is_it = (ServiceKey.kind == kind, ServiceKey.is_current)
    return session.execute(select(ServiceKey).where(*is_it)).scalar_one_or_none()


def read_own_keys(settings: Settings) -> dict[str, str]:
    """Return the name of this machine's key of each kind."""
    digest = hmac.new(settings.secret_key.encode(), _CONSTANT, hashlib.sha256).hexdigest()
    return {SECRET: digest[:16], AUDIT: load_signing_key(settings.instance_dir).key_id}


def _enter(session: Session, settings: Settings, kind: str, now: datetime) -> None:
    key_id = read_own_keys(settings)[kind]
    pem = load_signing_key(settings.instance_dir).public_pem if kind == AUDIT else ""
    old = session.execute(
        select(ServiceKey).where(ServiceKey.kind == kind, ServiceKey.key_id == key_id)
    ).scalar_one_or_none()
    if old is None:
        old = ServiceKey(kind=kind, key_id=key_id, public_pem=pem)
        session.add(old)
    old.is_current, old.since = True, now
    session.flush()


def _share_public_halves(session: Session, folder: Path, now: datetime) -> None:
    rows = session.scalars(select(ServiceKey).where(ServiceKey.kind == AUDIT))
    known = {row.key_id: row.public_pem for row in rows}
    for key_id, pem in known.items():
        keep_public_key(folder, key_id, pem)
    for key_id, pem in load_public_keys(folder).items():
        if key_id not in known:
            session.add(
                ServiceKey(kind=AUDIT, key_id=key_id, public_pem=pem, is_current=False, since=now)
            )
    session.flush()


def _describe(kind: str, settings: Settings) -> str:
    name = "secret key" if kind == SECRET else "key for reports (audit-key.pem)"
    file = "secret-key" if kind == SECRET else "audit-key.pem"
    return (
        f"This machine has another {name} than the service. Copy {file} from the instance folder"
        f" of a machine that runs into {settings.instance_dir}. If this machine's key is the right"
        " one, because the others are gone: scanner-app keys adopt."
    )
