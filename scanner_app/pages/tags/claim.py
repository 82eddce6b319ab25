"""Blank labels at the enrol page: a free label and an asset, one after the other, in any order."""

from __future__ import annotations

import uuid
from datetime import datetime

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict
from scanner_app.domain.labels.blanks import BlankState
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.queries.labels.rolls import BlankRow, find_blank
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, transact


def find_free_label(code: str) -> str | None:
    """Return the code of a free label, as its roll has it; None if it is not one."""
    found = find_label(code)
    return found.code if found is not None and found.state is BlankState.FREE else None


def find_label(code: str) -> BlankRow | None:
    """Return a label of a roll, None if no roll has it."""
    key = tag_key(code)
    if not key:
        return None
    with reading() as session:
        return find_blank(session, key)


def claim(label: str, asset: str, *, actor: Actor, now: datetime) -> str:
    """Put a free label on an asset by a scan, and return the scan's id.

    :raises Conflict: the label or the asset cannot be used; the message says why.
    """
    return _record(
        NewScan(uuid.uuid4(), label, Intent.CLAIM, now, for_code=asset), actor=actor, now=now
    )


def take_off(scan_id: uuid.UUID, label: str, *, actor: Actor, now: datetime) -> str:
    """Undo the scan that put a label on.

    :raises Conflict: it cannot be undone; the message says why.
    """
    scan = NewScan(uuid.uuid4(), label, Intent.VOID, now, voids=scan_id)
    return _record(scan, actor=actor, now=now)


def _record(scan: NewScan, *, actor: Actor, now: datetime) -> str:
    rules = tag_rules()

    [answer] = transact(
        lambda session: record_scans(session, scans=[scan], actor=actor, now=now, rules=rules)
    )
    if answer.outcome is Outcome.REFUSED:
        code = answer.refusal.value if answer.refusal else "refused"
        raise Conflict(answer.message, code=code)
    return answer.scan_id or ""
