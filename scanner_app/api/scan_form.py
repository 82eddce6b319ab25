"""How a scan is described in the OpenAPI document; `domain.scan_fields` is what checks one.

A test holds the two together.
"""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.scan_fields import (
    CONDITIONS,
    INTENTS,
    LARGEST_ID,
    LONGEST_CODE,
    LONGEST_NOTE,
    LONGEST_TEXT,
    SOURCES,
    Refused,
    parse_code,
    parse_scan,
    parse_time,
    parse_uuid,
)

__all__ = ["Refused", "ScanSchema", "parse_code", "parse_scan", "parse_time", "parse_uuid"]


class ScanSchema(Schema):
    """One capture."""

    scan_id = fields.UUID(required=True, metadata={"description": "Made where the scan happened."})
    code = SafeText(required=True, limit=LONGEST_CODE, blank=False)
    intent = fields.String(required=True, validate=validate.OneOf(list(INTENTS)))
    scanned_at = fields.AwareDateTime(required=True, format="iso")
    symbology = fields.String(allow_none=True, validate=validate.Regexp(r"^[a-z0-9_]{1,40}$"))
    source = fields.String(allow_none=True, validate=validate.OneOf(SOURCES))
    location = SafeText(allow_none=True, limit=LONGEST_TEXT)
    custodian = SafeText(allow_none=True, limit=LONGEST_TEXT)
    due_at = fields.AwareDateTime(allow_none=True, format="iso")
    audit = fields.Integer(
        strict=True, allow_none=True, validate=validate.Range(min=1, max=LARGEST_ID)
    )
    voids = fields.UUID(allow_none=True)
    condition = fields.String(allow_none=True, validate=validate.OneOf(CONDITIONS))
    note = SafeText(allow_none=True, limit=LONGEST_NOTE, multiline=True)
    device = SafeText(allow_none=True, limit=LONGEST_TEXT)
