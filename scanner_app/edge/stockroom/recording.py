"""How this service records a hand-over now: by whom, with which key, under which settings."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from scanner_app.decoding.codes.read import is_secret
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning.answer import Answer
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.domain.stockroom.new_handover import NewHandover
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.report_files import make_sealing
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import SECRET, refuse_unfit, tag_rules
from scanner_app.services.scanning.record import record_scans
from scanner_app.services.stockroom.record import Recorded, Recording, record_handover
from scanner_app.services.stockroom.void import VoidedLine, void_handover
from scanner_app.storage.database import transact


def current_recording(actor: Actor, now: datetime) -> Recording:
    """Return how this service records a hand-over now."""
    return Recording(
        make_sealing(actor, now),
        timedelta(seconds=current_settings().clock_skew_seconds),
        tag_rules(),
        current_organisation().organisation_name,
        current_organisation().time_zone,
    )


def record_now(handover: NewHandover, actor: Actor, now: datetime) -> Recorded:
    """Record a hand-over in a separate transaction.

    :raises Invalid: as `record_handover`, or a code of it is a password.
    """
    refuse_secrets(handover)
    recording = current_recording(actor, now)
    return transact(lambda session: record_handover(session, handover, recording))


def refuse_secrets(handover: NewHandover) -> None:
    """Raise if a code is one that must not be stored, such as a scanned password.

    :raises Invalid: `errors` names the fields and lines.
    """
    said = {name: getattr(handover, name) for name in ("person", "place", "signed_by")}
    errors = {name: [SECRET] for name, text in said.items() if text and is_secret(text)}
    for index, scan in enumerate(handover.scans):
        checked = refuse_unfit(scan)
        if not isinstance(checked, NewScan):
            errors |= {f"scans.{index}.{name}": why for name, why in checked.items()}
    if errors:
        raise Invalid("Some fields cannot be used.", errors=errors)


def void_now(handover_id: UUID, actor: Actor, now: datetime) -> list[VoidedLine]:
    """Undo a hand-over in a separate transaction.

    :raises NotFound, Conflict, NotAllowed: as `void_handover`.
    """
    recording = current_recording(actor, now)
    ids = DerivedIds(current_settings().secret_key, actor.key)
    return transact(lambda session: void_handover(session, handover_id, recording, ids))


def record_scan_now(scan: NewScan, actor: Actor, now: datetime) -> Answer:
    """Record one scan of a tray in a separate transaction."""
    spend_budget(actor.key, 1, 0)
    skew = timedelta(seconds=current_settings().clock_skew_seconds)
    rules = tag_rules()
    [answer] = transact(
        lambda session: record_scans(
            session, scans=[scan], actor=actor, now=now, skew=skew, rules=rules
        )
    )
    count_scans([answer])
    return answer
