"""How scans and their answers are described in the OpenAPI document.

These schemas describe; `domain.scanning.new_scan` checks what comes in and `domain.scanning.answer`
makes what goes out. Tests hold the descriptions and the code together.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.scanning.answer import Status
from scanner_app.domain.scanning.intents import AnswerKind, Intent
from scanner_app.domain.scanning.new_scan import (
    CONDITIONS,
    MAX_CODE_LENGTH,
    MAX_NOTE_LENGTH,
    MAX_READS,
    MAX_TEXT_LENGTH,
    SOURCES,
)
from scanner_app.domain.stock.items import MAX_LEVEL

MAX_SCANS = 1000


class LabelReadSchema(Schema):
    """A code as it was read before a scan."""

    code = fields.String(required=True)
    symbology = fields.String(allow_none=True)
    scanned_at = fields.AwareDateTime(allow_none=True, format="iso")


def _reads(of_what: str) -> fields.List[Any]:
    return fields.List(
        fields.Nested(LabelReadSchema),
        allow_none=True,
        validate=validate.Length(max=MAX_READS),
        metadata={
            "description": f"What was read since `{of_what}` was set, in order. The newest of them"
            f" that means a {of_what} counts instead of `{of_what}`."
        },
    )


class ScanSchema(Schema):
    """One capture."""

    scan_id = fields.UUID(required=True, metadata={"description": "Made where the scan happened."})
    code = SafeText(required=True, limit=MAX_CODE_LENGTH, blank=False)
    intent = fields.String(
        required=True, validate=validate.OneOf([intent.value for intent in Intent])
    )
    scanned_at = fields.AwareDateTime(required=True, format="iso")
    symbology = fields.String(allow_none=True, validate=validate.Regexp(r"^[a-z0-9_]{1,40}$"))
    source = fields.String(allow_none=True, validate=validate.OneOf(SOURCES))
    location = SafeText(allow_none=True, limit=MAX_TEXT_LENGTH)
    custodian = SafeText(allow_none=True, limit=MAX_TEXT_LENGTH)
    due_at = fields.AwareDateTime(allow_none=True, format="iso")
    audit = fields.Integer(strict=True, allow_none=True, validate=validate.Range(min=1, max=MAX_ID))
    voids = fields.UUID(allow_none=True)
    condition = fields.String(allow_none=True, validate=validate.OneOf(CONDITIONS))
    note = SafeText(allow_none=True, limit=MAX_NOTE_LENGTH, multiline=True)
    device = SafeText(allow_none=True, limit=MAX_TEXT_LENGTH)
    location_read = _reads("location")
    custodian_read = _reads("custodian")
    for_code = SafeText(
        allow_none=True,
        limit=MAX_CODE_LENGTH,
        metadata={"description": "Of a `claim`: the asset that the blank label is put on."},
    )
    handover = fields.UUID(
        allow_none=True, metadata={"description": "The tray of a counter that it is put into."}
    )
    quantity = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=0, max=MAX_LEVEL),
        metadata={"description": "Of stock: how often what the code stands for. A count may be 0."},
    )
    line = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(min=1, max=MAX_ID),
        metadata={"description": "Of stock that is received: the line of the order."},
    )
    target = SafeText(
        allow_none=True,
        limit=MAX_CODE_LENGTH,
        metadata={"description": "Of stock: a code of who or what it goes to or comes from."},
    )
    task = fields.String(
        allow_none=True,
        validate=validate.Regexp(r"^[A-Z][0-9]{1,9}$"),
        metadata={"description": "The consignment that it counts in, or the delivery."},
    )
    label = SafeText(
        allow_none=True,
        limit=MAX_TEXT_LENGTH,
        metadata={"description": "Of `pack`: the box. Of `receive`: the tag that was stuck on."},
    )


class SightingFindingSchema(Schema):
    state = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)


class AssetCardSchema(Schema):
    asset_tag = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True)
    location = fields.String(allow_none=True)
    location_name = fields.String(allow_none=True)
    home_location = fields.String(allow_none=True)
    home_location_name = fields.String(allow_none=True)
    custodian = fields.String(allow_none=True)
    custodian_name = fields.String(allow_none=True)


class PlaceSchema(Schema):
    code = fields.String(required=True)
    name = fields.String(required=True)


class PersonSchema(Schema):
    number = fields.String(allow_none=True)
    name = fields.String(required=True)


class StockCardSchema(Schema):
    code = fields.String(required=True)
    name = fields.String(required=True)
    stock_class = fields.String(required=True)
    quantity = fields.Integer(required=True)
    total = fields.Integer(required=True)
    location = fields.String(allow_none=True)
    location_name = fields.String(allow_none=True)
    level = fields.Integer(allow_none=True)
    unit = fields.String()
    returns = fields.Boolean(metadata={"description": "Whether its pieces come back."})


class KitPieceCardSchema(Schema):
    kind = fields.String(required=True)
    ref = fields.String(required=True)
    name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    is_required = fields.Boolean(required=True)
    scan_id = fields.String(
        allow_none=True, metadata={"description": "Of the scan that the kit's scan makes of it."}
    )
    asset = fields.Nested(AssetCardSchema, allow_none=True)
    stock = fields.Nested(StockCardSchema, allow_none=True)


class KitCardSchema(Schema):
    """The kit whose label was scanned."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    is_fixed = fields.Boolean(required=True)
    returns = fields.String(
        required=True,
        metadata={"description": "`each`: its pieces come back by their own scans."},
    )
    pieces = fields.List(fields.Nested(KitPieceCardSchema), required=True)
    odd = fields.List(fields.String(), required=True)


class TaskCardSchema(Schema):
    """The task or delivery whose code was scanned."""

    number = fields.String(required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(required=True)
    page = fields.String(required=True, metadata={"description": "The address of its page."})
    is_open = fields.Boolean(required=True)


class ResultSchema(Schema):
    """What became of one scan."""

    scan_id = fields.String(allow_none=True, required=True)
    status = fields.String(
        required=True, validate=validate.OneOf([status.value for status in Status])
    )
    outcome = fields.String(allow_none=True)
    refusal = fields.String(allow_none=True)
    finding = fields.Nested(SightingFindingSchema, allow_none=True)
    asset = fields.Nested(AssetCardSchema, allow_none=True)
    kind = fields.String(allow_none=True)
    answer = fields.String(validate=validate.OneOf([kind.value for kind in AnswerKind]))
    place = fields.Nested(PlaceSchema, allow_none=True)
    person = fields.Nested(PersonSchema, allow_none=True)
    message = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    stock = fields.Nested(StockCardSchema)
    kit = fields.Nested(KitCardSchema)
    task = fields.Nested(TaskCardSchema)


class BatchSchema(Schema):
    scans = fields.List(
        fields.Nested(ScanSchema),
        required=True,
        metadata={"minItems": 1, "maxItems": MAX_SCANS},
    )


class ResultsSchema(Schema):
    results = fields.List(fields.Nested(ResultSchema), required=True)


class ListQuery(Schema):
    asset = SafeText(limit=255)
    audit = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))
    since = fields.String(metadata={"format": "date-time"})
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class LoggedScanSchema(Schema):
    """A scan as the log holds it."""

    scan_id = fields.UUID(required=True)
    code = fields.String(required=True)
    intent = fields.String(required=True)
    scanned_at = fields.AwareDateTime(required=True)
    recorded_at = fields.AwareDateTime(required=True)
    is_clock_suspect = fields.Boolean()
    symbology = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    asset = fields.String(allow_none=True)
    location = fields.String(allow_none=True)
    custodian = fields.String(allow_none=True)
    audit = fields.Integer(allow_none=True)
    voids = fields.UUID(allow_none=True)
    is_undone = fields.Boolean()
    condition = fields.String(allow_none=True)
    note = fields.String(
        allow_none=True,
        metadata={"description": "A person's words; of a reader's read, what the reader said."},
    )
    reader_said = fields.String(
        allow_none=True, metadata={"description": "What a reader said about its read."}
    )
    is_faint = fields.Boolean(
        metadata={"description": "A weak RFID read: it does not count as a sighting."}
    )
    device = fields.String(allow_none=True)
    actor = fields.String()
    outcome = fields.String()
    refusal = fields.String(allow_none=True)
    message = fields.String()


class ScanListSchema(Schema):
    items = fields.List(fields.Nested(LoggedScanSchema), required=True)
    next = fields.String(allow_none=True, required=True)
