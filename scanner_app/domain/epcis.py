"""Scans as events of GS1 EPCIS 2.0, and the document around them.

Observations come in with their URIs made (`queries.scanning.epcis_events`), JSON goes out piece by
piece. The row of its intent names a scan's business step; docs/epcis.md says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from scanner_app.domain.scanning.intents import Intent

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
MEDIA_TYPE = "application/ld+json"
COUNTED_FOR_ACCOUNTS = "stock_taking"


@dataclass(frozen=True, slots=True)
class Observation:
    """One scan of one asset, its identities as URIs.

    :param epc: the asset, as it was identified at that moment.
    :param place: where it was scanned or went to; None if the scan does not say.
    :param audit: the audit that it counts in.
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
    facts = seen.intent.facts
    assert facts.epcis is not None  # noqa: S101 - the query selects only intents that are events
    step, disposition = facts.epcis
    if seen.audit is not None and seen.intent is Intent.SIGHTING:
        step = COUNTED_FOR_ACCOUNTS
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": f"urn:uuid:{seen.scan_id}",
        "eventTime": _write_time(seen.at),
        # Devices report a moment and not their local time, so every time here is UTC.
        "eventTimeZoneOffset": "+00:00",
        "recordTime": _write_time(seen.recorded_at),
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
            "declarationTime": _write_time(seen.undone_at),
            "reason": "did_not_occur",
        }
    return event


def write_document(observations: Iterable[Observation], *, created_at: datetime) -> Iterator[str]:
    """Return an EPCISDocument in pieces, one for each event, so that memory does not grow."""
    head = {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _write_time(created_at),
    }
    yield json.dumps(head)[:-1] + ', "epcisBody": {"eventList": ['
    separator = "\n"
    for seen in observations:
        yield separator + json.dumps(make_event(seen))
        separator = ",\n"
    yield "\n]}}\n"


def _write_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
