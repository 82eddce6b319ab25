"""Scans as events of GS1 EPCIS 2.0: the business step of each intent, and the document.

Pure: observations arrive with their URIs (`queries.events`), and JSON leaves piece by piece.
`docs/epcis.md` explains each choice of a step.
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
# By intent: business step and disposition of the Core Business Vocabulary 2.0. An intent that is
# missing here makes no event: a lookup only asks what a code means, an undo declares another event
# wrong.
STEPS: Mapping[Intent, tuple[str, str | None]] = {
    Intent.SIGHTING: ("cycle_counting", None),
    Intent.MOVE: ("storing", None),
    Intent.CHECK_OUT: ("accepting", None),
    Intent.CHECK_IN: ("receiving", "returned"),
}


@dataclass(frozen=True, slots=True)
class Observation:
    """One scan of one asset, its identities as URIs.

    :param epc: the asset as it was identified at that moment.
    :param place: where it was scanned or moved to; None if the scan does not say.
    :param audit: the audit in which it counts.
    :param undone_at: when it was undone; None if it was not.
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
    """Return the ObjectEvent of an observation. The same scan always has the same `eventID`."""
    step, disposition = STEPS[seen.intent]
    if seen.audit is not None and seen.intent is Intent.SIGHTING:
        step = COUNTED_FOR_ACCOUNTS
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{seen.scan_id}",
        "eventTime": _moment(seen.at),
        # A device sends a moment and not its local time zone, so every time here is UTC.
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
    """Return an EPCISDocument in pieces, one for each event: memory stays the same."""
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
