"""How hand-overs are described in the OpenAPI document.

`domain.stockroom.new_handover` checks what comes in; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from scanner_app.api import ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.api.scanning.schemas import ResultSchema, ScanSchema
from scanner_app.domain.access.roles import Actor
from scanner_app.domain.circulation.checks import Weight
from scanner_app.domain.circulation.judge import Finding
from scanner_app.domain.circulation.terms import Acceptance
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.scanning.new_scan import MAX_TEXT_LENGTH
from scanner_app.domain.stockroom.handovers import HandoverKind, HandoverState, Mode
from scanner_app.domain.stockroom.new_handover import (
    MAX_ANSWERS,
    MAX_KITS,
    MAX_LINES,
    MAX_OVERRIDES,
    MAX_TERMS,
)
from scanner_app.queries.stockroom.handovers import HandoverRow
from scanner_app.services.stockroom.receipt import Size


class LineScanSchema(ScanSchema):
    """A scan of a hand-over. Intent, custodian and hand-over may be left out."""

    intent = fields.String(metadata={"description": "As the kind says, or left out."})
    override = fields.List(
        fields.String(validate=validate.Regexp(r"^[a-z_]{1,40}$")),
        allow_none=True,
        validate=validate.Length(max=MAX_OVERRIDES),
        metadata={"description": "Codes of the warnings that the clerk overrode."},
    )
    checklist = fields.Dict(
        keys=fields.String(),
        values=fields.Boolean(),
        allow_none=True,
        validate=validate.Length(max=MAX_ANSWERS),
        metadata={"description": "Questions of a return, and whether the answer was yes."},
    )


class TermsRefSchema(Schema):
    id = fields.Integer(required=True)
    version = fields.Integer(required=True)


class NewHandoverSchema(Schema):
    handover_id = fields.UUID(required=True, metadata={"description": "Made at the counter."})
    kind = fields.String(required=True, validate=validate.OneOf([k.value for k in HandoverKind]))
    person = SafeText(
        allow_none=True,
        limit=MAX_TEXT_LENGTH,
        metadata={"description": "Number, badge or e-mail. Needed to hand out."},
    )
    place = SafeText(
        allow_none=True,
        limit=MAX_TEXT_LENGTH,
        metadata={"description": "Code of the location where the counter is."},
    )
    scans = fields.List(
        fields.Nested(LineScanSchema),
        required=True,
        metadata={"minItems": 1, "maxItems": MAX_LINES},
    )
    mode = fields.String(
        allow_none=True,
        validate=validate.OneOf([m.value for m in Mode]),
        metadata={
            "description": "`strict` (the default): all or nothing. `fact`: the people have left"
            " with the things, so everything is recorded and what is refused becomes contested."
        },
    )
    at = fields.AwareDateTime(required=True, format="iso")
    signature = fields.Dict(
        allow_none=True,
        metadata={
            "description": 'Strokes on a pad, `{"w", "h", "strokes": [[[x, y], ...], ...]}`, or'
            ' `{"typed": name}`. No time and no pressure.'
        },
    )
    signed_by = SafeText(
        allow_none=True,
        limit=MAX_TEXT_LENGTH,
        metadata={"description": "Who signed, if it was not the person."},
    )
    terms = fields.List(
        fields.Nested(TermsRefSchema),
        allow_none=True,
        validate=validate.Length(max=MAX_TERMS),
        metadata={"description": "What the person ticked and signed for (`GET /trays/{id}`)."},
    )
    kits = fields.List(
        SafeText(limit=MAX_TEXT_LENGTH),
        allow_none=True,
        validate=validate.Length(max=MAX_KITS),
        metadata={"description": "Codes of the kits whose labels were scanned."},
    )
    by_link = fields.Boolean(
        allow_none=True,
        metadata={"description": "The person gets a link to accept it with."},
    )


class HandedKitSchema(Schema):
    """A kit of which something changed hands, and what of it did not."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    open = fields.List(fields.String(), required=True)


class SignedSchema(Schema):
    sha256 = fields.String(required=True)
    by = fields.String(required=True)
    is_typed = fields.Boolean(required=True)


class NamedSchema(Schema):
    ref = fields.String(allow_none=True, required=True)
    name = fields.String(allow_none=True, required=True)


class HandoverLineSchema(Schema):
    n = fields.Integer(required=True)
    scan_id = fields.UUID(required=True)
    code = fields.String(required=True)
    asset_tag = fields.String(allow_none=True, required=True)
    thing = fields.String(required=True)
    serial_number = fields.String(allow_none=True, required=True)
    quantity = fields.Integer(required=True)
    stock_code = fields.String(
        allow_none=True, metadata={"description": "Of pieces, the code of their stock item."}
    )
    unit = fields.String()
    from_ = fields.Nested(NamedSchema, allow_none=True, data_key="from", attribute="from")
    place = fields.Nested(NamedSchema, allow_none=True)
    outcome = fields.String(required=True)
    refusal = fields.String(allow_none=True, required=True)
    said = fields.String(required=True)
    condition = fields.String(allow_none=True, required=True)
    note = fields.String(allow_none=True, required=True)
    due_at = fields.String(allow_none=True, required=True)
    checklist = fields.Dict(keys=fields.String(), values=fields.Boolean())
    override = fields.List(fields.String())
    findings = fields.List(fields.Dict())


class AcceptedTermsSchema(TermsRefSchema):
    """A text that holds for things of a hand-over, and whether the person accepted it."""

    title = fields.String(required=True)
    text = fields.String(required=True)
    sha256 = fields.String(required=True)
    covers = fields.List(fields.Integer(), metadata={"description": "Numbers of lines."})
    acceptance = fields.String(
        required=True, validate=validate.OneOf([one.value for one in Acceptance])
    )
    accepted_at = fields.String(allow_none=True, required=True)


class HandoverEventSchema(Schema):
    kind = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    detail = fields.Dict()


class HandoverSchema(Schema):
    """A hand-over as it was sealed, and what happened to it since."""

    handover_id = fields.UUID(required=True)
    number = fields.String(required=True)
    kind = fields.String(required=True)
    mode = fields.String(required=True)
    state = fields.String(
        required=True, validate=validate.OneOf([state.value for state in HandoverState])
    )
    at = fields.String(required=True)
    recorded_at = fields.String(required=True)
    clerk = fields.String(required=True)
    person = fields.Nested(NamedSchema, allow_none=True)
    place = fields.Nested(NamedSchema, allow_none=True)
    lines = fields.List(fields.Nested(HandoverLineSchema), required=True)
    signature = fields.Nested(SignedSchema, allow_none=True)
    terms = fields.List(fields.Nested(AcceptedTermsSchema), required=True)
    kits = fields.List(fields.Nested(HandedKitSchema), required=True)
    sha256 = fields.String(required=True)
    key_id = fields.String(required=True)
    events = fields.List(fields.Nested(HandoverEventSchema), required=True)


class HandoverListSchema(Schema):
    items = fields.List(fields.Nested(HandoverSchema), required=True)
    next = fields.String(allow_none=True, required=True)


class JudgedSchema(Schema):
    """What the rules of lending say of a line (docs/lending.md)."""

    code = fields.String(required=True)
    weight = fields.String(required=True, validate=validate.OneOf([w.value for w in Weight]))
    message = fields.String(required=True)
    may_override = fields.Boolean(required=True)


class RefusedLineSchema(Schema):
    index = fields.Integer(required=True)
    message = fields.String(required=True)
    result = fields.Nested(ResultSchema, required=True, allow_none=True)
    findings = fields.List(fields.Nested(JudgedSchema), required=True)


class RefusedSchema(ProblemSchema):
    """Nothing changed hands."""

    lines = fields.List(
        fields.Nested(RefusedLineSchema),
        metadata={
            "description": "The things that cannot change hands; absent if all of it is refused."
        },
    )


class VoidedLineSchema(Schema):
    n = fields.Integer(required=True)
    is_voided = fields.Boolean(required=True)
    message = fields.String(required=True)


class VoidedSchema(Schema):
    lines = fields.List(fields.Nested(VoidedLineSchema), required=True)
    state = fields.String(required=True)


class LinkSchema(Schema):
    """The link by which a person accepts a hand-over."""

    url = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class HandoverQuery(Schema):
    person = SafeText(
        limit=MAX_TEXT_LENGTH, metadata={"description": "Number of who got or brought the things."}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=500))
    cursor = fields.Integer(validate=validate.Range(min=1, max=MAX_ID))


class PaperQuery(Schema):
    paper = fields.String(
        load_default=Size.A4.value, validate=validate.OneOf([size.value for size in Size])
    )


def show_detail(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an event says, without the sealed answer, which is a separate file."""
    return {name: value for name, value in detail.items() if name != "text"}


def show_finding(finding: Finding, actor: Actor) -> dict[str, Any]:
    """Return what the rules of lending say, as the API shows it to this person."""
    return {
        "code": finding.check.value,
        "weight": finding.weight.value,
        "message": finding.message,
        "may_override": finding.may_override(actor),
    }


def show_handover(row: HandoverRow) -> dict[str, Any]:
    """Return a hand-over as the API shows it."""
    body = row.body
    names = (
        "number",
        "kind",
        "mode",
        "at",
        "recorded_at",
        "clerk",
        "person",
        "place",
        "lines",
        "signature",
        "terms",
    )
    return {
        **{name: body[name] for name in names},
        "kits": body.get("kits", []),  # documents of an older version have none
        "handover_id": row.handover_id,
        "state": row.state.value,
        "sha256": row.sha256,
        "key_id": row.key_id,
        "events": [
            {"kind": e.kind.value, "at": e.at, "by": e.actor_name, "detail": show_detail(e.detail)}
            for e in row.events
        ],
    }
