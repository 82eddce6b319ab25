"""Scans as events of GS1 EPCIS 2.0: which business step a scan is, and the document around them.

Pure: observations come in with their URIs made (`queries.events`), JSON goes out piece by piece.
`docs/epcis.md` says why each step was chosen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from scanner_app.domain.custody import Intent

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
MEDIA_TYPE = "application/ld+json"
COUNTED_FOR_ACCOUNTS = "stock_taking"
# By intent: business step and disposition of the Core Business Vocabulary 2.0. What is absent is no
# event: a lookup asks what a code means, an undo declares another event wrong.
STEPS: Mapping[Intent, tuple[str, str | None]] = {
    Intent.SIGHTING: ("cycle_counting", None),
    Intent.MOVE: ("storing", None),
    Intent.CHECK_OUT: ("accepting", None),
    Intent.CHECK_IN: ("receiving", "returned"),
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One scan of one asset, its identities as URIs.

    :param epc: of the asset, as it was identified at that moment.
    :param place: where it was scanned or went to, None where the scan does not say.
    :param audit: the audit that it counts in.
    :param undone_at: when it was undone, None where it stands.
    """

    scan_id: UUID
    intent: Intent
    at: datetime
    recorded_at: datetime
    epc: str
    place: str | None = None
    audit: str | None = None
    is_damaged: bool = False
    undone_at: datetime | None = None


def make_event(seen: Observation) -> dict[str, Any]:
    """Give the ObjectEvent of an observation; the same scan always has the same `eventID`."""
    step, disposition = STEPS[seen.intent]
    if seen.audit is not None and seen.intent is Intent.SIGHTING:
        step = COUNTED_FOR_ACCOUNTS
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{seen.scan_id}",
        "eventTime": _moment(seen.at),
        # Devices tell a moment, not the clock on their wall: every time here is UTC.
        "eventTimeZoneOffset": "+00:00",
        "recordTime": _moment(seen.recorded_at),
        "action": "OBSERVE",
        "epcList": [seen.epc],
        "bizStep": step,
    }
    if seen.is_damaged:
        disposition = "damaged"
    if disposition:
        event["disposition"] = disposition
    if seen.place:
        event["readPoint"] = {"id": seen.place}
        event["bizLocation"] = {"id": seen.place}
    if seen.audit:
        event["bizTransactionList"] = [{"bizTransaction": seen.audit}]
    if seen.undone_at:
        event["errorDeclaration"] = {
            "declarationTime": _moment(seen.undone_at),
            "reason": "did_not_occur",
        }
    return event


def write_document(observations: Iterable[Observation], *, created_at: datetime) -> Iterator[str]:
    """Give an EPCISDocument in pieces, one an event: memory does not grow with the events."""
    head = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _moment(created_at),
    }
    yield json.dumps(head)[:-1] + ', "epcisBody": {"eventList": ['
    separator = "\n"
    for seen in observations:
        yield separator + json.dumps(make_event(seen))
        separator = ",\n"
    yield "\n]}}\n"


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
