"""Example values for the page that describes the API, and how a whole example is built from them.

All examples are about the sample office, and run on it as printed, from the top: laptop LT-0042 is
given to Ana Wagner, and the servers of Stockroom 105 are audited. A field without a value here gets
one from its schema, so a new field appears without a change here.
"""

from __future__ import annotations

from typing import Any

from scanner_app.api.example_parts import PART_CALLS, PART_SHOWN, PART_VALUES

Json = dict[str, Any]

# By name of the field, or by "Schema.field" where the same name means something else.
VALUES: Json = {
    "ApprovalInput.approver": 1,
    "ApprovalInput.comment": "All rooms are done.",
    "ApprovalReturnInput.comment": "Look at rack 3 again.",
    "AssignmentInput.people": [2],
    "Asset.custom": {"Colour": "silver"},
    "Asset.name": "Sales laptop 42",
    "AssetCard.name": "Sales laptop 42",
    "AssetInput.custom": {"Colour": "silver"},
    "AssetInput.name": "Sales laptop 42",
    "Attachment.kind": "picture",
    "Attachment.of": "asset",
    "AttachmentQuery.kind": "picture",
    "Audit.closed_at": None,
    "Audit.closed_by": None,
    "Audit.counting_ended_at": None,
    "Audit.name": "Servers in Stockroom 105",
    "Audit.revises": None,
    "Audit.state": "counting",
    "CancellationInput.reason": "It was set up for the wrong floor.",
    "FindingInput.assignee": "user:2",
    "FindingInput.reason": "Ana works at home until May.",
    "Sample.confidence": "0.95",
    "Sample.method": "simple",
    "Event.details": {"intent": "check_out", "location": "BER-105"},
    "Event.message": "LT-0042 is checked out to Ana Wagner.",
    "LineScan.scan_id": "5c1d7e9f-0a13-4b7e-8a61-3f2b8c1e9d4a",
    "NewHandover.kind": "issue",
    "NewHandover.person": "1001",
    "NewHandover.place": "BER-105",
    "LineScan.code": "DK-0001",
    "NewHandover.mode": "strict",
    "Handover.kind": "issue",
    "Handover.mode": "strict",
    "Handover.number": "H-2026-000123",
    "Handover.state": "recorded",
    "Voided.state": "voided",
    "HandoverQuery.person": "1001",
    "TrayQuery.kind": "issue",
    "Tray.unknown_codes": [],
    "paper": "a4",
    "Finding.code": None,
    "Finding.decision": None,
    "Finding.name": "Sales laptop 42",
    "Finding.proposal": "move",
    "Finding.proposed": {"location": "BER-106"},
    "Finding.reason": None,
    "Finding.seen_location": "BER-106",
    "Finding.state": "misplaced",
    "Identify.kind": "asset",
    "Location.code": "BER-105",
    "Location.kind": "room",
    "Location.latitude": 52.52,
    "Location.longitude": 13.405,
    "Location.name": "Stockroom 105",
    "LocationInput.code": "BER-105",
    "LocationInput.kind": "room",
    "LocationInput.name": "Stockroom 105",
    "LoanRule.id": 2,
    "LoanRule.is_default": False,
    "LoanRule.loan_hours": None,
    "LoanRule.place": "BER-105",
    "LoanRule.returns": "each",
    "LoanRule.signature": "asked",
    "LoanRuleInput.loan_hours": None,
    "LoanRuleInput.place": "BER-105",
    "LoanRuleInput.returns": "each",
    "LoanRuleInput.signature": "asked",
    "LoggedScan.message": "LT-0042 is checked out to Ana Wagner.",
    "NewAsset.asset_tag": "LT-9042",
    "NewAsset.custom": {"Colour": "silver"},
    "NewAsset.name": "Sales laptop 42",
    "NewAudit.name": "Servers in Stockroom 105",
    "NewLocation.code": "BER-110",
    "NewLocation.kind": "room",
    "NewLocation.name": "Meeting room 110",
    "Person.name": "Ana Wagner",
    "PersonInput.name": "Ana Wagner",
    "PersonRecord.name": "Ana Wagner",
    "NewPerson.badges": ["BADGE-2001"],
    "NewPerson.email": "mara.weber@example.org",
    "NewPerson.name": "Mara Weber",
    "NewPerson.number": "2001",
    "NewPerson.username": "mara.weber",
    "Place.code": "BER-105",
    "Place.name": "Stockroom 105",
    "Problem.code": "not_found",
    "RecountInput.counter": None,
    "RecountInput.reason": "It was counted in two minutes.",
    "SignOffInput.is_empty": True,
    "SignOffInput.statement": "Nothing is in here.",
    "Result.kind": "asset",
    "Result.message": "LT-0042 is checked out to Ana Wagner.",
    "Scope.categories": ["Server"],
    "Signal.count": 4,
    "SightingFinding.state": "verified",
    **PART_VALUES,
    "Thing.code": "LT-0042",
    "Thing.name": "Sales laptop 42",
    "accuracy": {"existence": 0.98, "location_accuracy": 0.95, "register_completeness": 0.99},
    "accuracy_by": {"location": {"Stockroom 105": {"expected": 18, "verified": 17}}},
    "actor": "Mia Keller",
    "aim": "]C0",
    "add_on": None,
    "answer": "fine",
    "antenna": 1,
    "asset": "LT-0042",
    "asset_tag": "LT-0042",
    "assets": 3,
    "audit": 2,
    "audit_id": 2,
    "badges": ["BADGE-1001"],
    "blind": False,
    "bytes_base64": "TFQtMDA0Mg==",
    "categories": ["Laptop"],
    "category": "Laptop",
    "change": "arrived",
    "closed_by": "Ivo Brandt",
    "code": "LT-0042",
    "condition": "good",
    "confidence": "normal",
    "count": 12,
    "counts": {"expected": 1, "verified": 0, "misplaced": 0, "missing": 1},
    "created_at": "2026-03-02T08:00:00Z",
    "created_by": "Ivo Brandt",
    "currency": "EUR",
    "copies": 1,
    "buffer_hours": 2,
    "due_at_hour": 18,
    "extension_days": 7,
    "extensions": 2,
    "grace_hours": 24,
    "loan_days": 14,
    "most_items": 5,
    "most_value_cents": 500000,
    "overdue_block_days": 7,
    "person_group": "Support",
    "rule_id": 2,
    "cursor": "bmV4dA",
    "custodian": "1001",
    "custodian_name": "Ana Wagner",
    "custodians": ["1001"],
    "decided_at": None,
    "decided_by": None,
    "decision": "reject",
    "drawn_as": "sample",
    "department": "Support",
    "device": "Phone 3",
    "due_at": "2026-04-01T16:00:00Z",
    "due_on": "2026-03-31",
    "elapsed_ms": 184.5,
    "email": "ana.wagner@example.org",
    "ended_at": None,
    "eol_date": "2030-03-01",
    "epc": "303536C1C80A5D8000000001",
    "errors": {},
    "finding_id": 338,
    "flags": [],
    "form": "csv",
    "full_name": "Berlin / First floor / Stockroom 105",
    "height": 1080,
    "home_location": "BER-105",
    "home_location_name": "Stockroom 105",
    "id": 2,
    "identifiers": [{"scheme": "epc", "value": "303536C1C80A5D8000000001"}],
    "intent": "check_out",
    "is_active": True,
    "is_clock_suspect": False,
    "is_undone": False,
    "kind": "asset",
    "last_seen_location": "BER-105",
    "limit": 2,
    "location": "BER-105",
    "location_name": "Stockroom 105",
    "locations": ["BER-105"],
    "manufacturer": "Lenovo",
    "message": "Recorded.",
    "model": "ThinkPad T14",
    "model_number": "21HD",
    "next": None,
    "next_seconds": 1,
    "note": None,
    "notes": None,
    "number": "1001",
    "options": [],
    "outcome": "applied",
    "parent": "BER-F1",
    "polygon": [[412, 230], [688, 231], [687, 305], [411, 304]],
    "problem": None,
    "proposals": {"decided": 0, "total": 1},
    "purchase_cost": "1234.50",
    "purchase_date": "2026-03-01",
    "q": "thinkpad",
    "read_id": "7d0c7f4e-5a0e-4f0c-9a53-0f6d3f0b7c21",
    "reader": "gate-1",
    "recorded_custodian": "1001",
    "recorded_location": "BER-105",
    "recorded_status": "in_use",
    "ref": "1001",
    "refusal": None,
    "rssi": -48.5,
    "tree": "scans",
    "from": 1,
    "to": 2,
    "scan_id": "3f2b8c1e-9d4a-4b7e-8a61-2c5d7e9f0a13",
    "scheme": "asset_tag",
    "seen_location": "BER-105",
    "serial_number": "PF3K9X2A",
    "sightings": 2,
    "sort": "tag",
    "source": "camera",
    "start": 1,
    "state": "misplaced",
    "status": "in_use",
    "statuses": ["in_stock", "in_use"],
    "symbology": "code_128",
    "text": "LT-0042",
    "typed": "20237331128159211123",
    "tid": "E2801160600002084D6A7C11",
    "uid": "04A2B3C4D5E680",
    "username": "ana.wagner",
    "value": "LT-0042",
    "voids": None,
    "watch": ["303536C1C80A5D8000000001"],
    "width": 1920,
    "{name}": "gate-1",
    "{code}": "BER-105",
    "X-Expected-User": 7,
}

# The fields that an example shows, where all of them would hide the point.
SHOWN: dict[str, tuple[str, ...]] = {
    **PART_SHOWN,
    "DrawInput": ("typed",),
    "Sample": ("method", "goal", "confidence", "tolerable_rate"),
    "AssetInput": ("status", "location", "notes"),
    "FindingInput": ("decision", "reason"),
    "LabelOrder": ("things", "stock", "design", "start", "copies", "owner"),
    "LocationInput": ("name", "parent"),
    "NewAsset": (
        "asset_tag",
        "name",
        "serial_number",
        "category",
        "manufacturer",
        "model",
        "status",
        "location",
        "purchase_date",
        "purchase_cost",
        "currency",
        "identifiers",
    ),
    "NewLocation": ("code", "name", "kind", "parent"),
    "PersonInput": ("department", "badges"),
    "Read": ("read_id", "epc", "antenna", "rssi", "first_seen_at", "last_seen_at", "count"),
    "Result": ("scan_id", "status", "outcome", "refusal", "answer", "asset", "message"),
    "Scan": ("scan_id", "code", "intent", "scanned_at", "source", "location", "custodian"),
    "Scope": ("locations", "categories", "kinds"),
    "Thing": ("kind", "name", "asset_tag", "status", "location", "custodian"),
}

# Values of one call: the audit that is cancelled is the one that the revision has opened.
# Labels are matched in the office's own audit, which has to be past its counting.
OF_CALL: dict[str, Json] = {
    **PART_CALLS,
    "POST /api/v1/audits/{audit_id}/cancellation": {"audit_id": 3},
    "GET /api/v1/audits/{audit_id}/draws/{number}": {"number": 1},
    "POST /api/v1/audits/{audit_id}/findings/{finding_id}/match": {
        "audit_id": 1,
        "finding_id": 336,
    },
    "GET /api/v1/audits/{audit_id}/matches": {"audit_id": 1},
    "DELETE /api/v1/audits/{audit_id}/matches/{match_id}": {"audit_id": 1},
}
# What a call answers to its example, if it can also answer another good status.
STATUS = {
    **dict.fromkeys(("POST /api/v1/handovers", "PUT /api/v1/label-designs/{key}"), "201"),
    "POST /api/v1/readers/{name}/heartbeat": "204",
}

# Bodies that no schema describes.
BODIES: Json = {
    "POST /api/v1/readers/{name}/heartbeat": {
        "agent": {"version": "0.2.0", "started_at": "2026-03-02T06:00:00Z"},
        "queue_depth": 0,
        "sent_at": "2026-03-02T09:00:00Z",
    },
    "GET /api/v1/events": {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T09:00:00Z",
        "epcisBody": {"eventList": [{"type": "ObjectEvent", "bizStep": "accepting"}]},
    },
}

_BY_FORMAT = {
    "date-time": "2026-03-02T09:00:00Z",
    "date": "2026-03-02",
    "uuid": "0b9f6a52-2f3e-4c6b-9d1a-6a7b8c9d0e1f",
    "binary": "(a picture)",
}
_BY_TYPE: Json = {"string": "text", "integer": 1, "number": 1.5, "boolean": False, "object": {}}


def build_example(schema: Json, schemas: Json, *, owner: str = "", field: str = "") -> Any:
    """Return an example value of a schema; objects are built field by field.

    :param schemas: the named schemas of the document, to follow references.
    :param owner: the named schema that has the field.
    """
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return build_example(schemas[name], schemas, owner=name)
    if "anyOf" in schema:
        return build_example(schema["anyOf"][0], schemas, owner=owner, field=field)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    if schema.get("properties"):
        return _build_object(schema, schemas, owner=owner)
    for key in (f"{owner}.{field}", field):
        if key in VALUES and _fits(VALUES[key], schema, types):
            return VALUES[key]
    if "array" in types:
        return [build_example(schema["items"], schemas, owner=owner)]
    return _build_plain(schema, types)


def _build_plain(schema: Json, types: list[str]) -> Any:
    """Return a value by the schema alone, for a field that VALUES does not name."""
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    by_type = _BY_TYPE.get(types[0] if types else "string")
    return _BY_FORMAT.get(schema.get("format", ""), by_type)


def _build_object(schema: Json, schemas: Json, *, owner: str) -> Json:
    shown = SHOWN.get(owner, tuple(schema["properties"]))
    return {
        name: build_example(part, schemas, owner=owner, field=name)
        for name, part in schema["properties"].items()
        if name in shown
    }


def _fits(value: Any, schema: Json, types: list[str]) -> bool:
    """Return whether a value is of the schema's type: one name may be a text here, a list there."""
    if "enum" in schema and value not in schema["enum"]:
        return False
    python: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "array": list,
        "object": dict,
        "null": type(None),
    }
    is_number_for_bool = isinstance(value, bool) and "boolean" not in types
    return not is_number_for_bool and any(isinstance(value, python[name]) for name in types)
