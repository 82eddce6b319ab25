"""POST /api/v1/labels: labels as a PDF, a picture or ZPL. Only the print is kept on record."""

from __future__ import annotations

from typing import Any

from flask import Response, g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.labels.designs import DESIGNS
from scanner_app.domain.labels.order import (
    MAX_COPIES,
    MAX_OWNER,
    MAX_THINGS,
    PrintForm,
    read_order,
)
from scanner_app.domain.labels.own_designs import MAX_KEY
from scanner_app.domain.labels.reasons import ASKED, read_reason
from scanner_app.domain.labels.stock import DOTS_PER_INCH, STOCKS
from scanner_app.domain.labels.symbols import Content
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.labels.contents import (
    find_contents,
    known_designs,
    label_fonts,
    label_response,
)
from scanner_app.services.labels.printed import note_prints
from scanner_app.services.labels.prints import print_labels
from scanner_app.storage.database import reading, transact

blueprint = Blueprint(
    "label_prints", __name__, url_prefix="/api/v1/labels", description="Labels to print."
)
PROBLEM = "application/problem+json"


class LabelOrderSchema(Schema):
    things = fields.List(
        SafeText(limit=255, blank=False),
        required=True,
        validate=validate.Length(1, MAX_THINGS),
        metadata={
            "description": "Asset tags, codes of locations, numbers of people, or any other code."
        },
    )
    stock = fields.String(required=True, validate=validate.OneOf([stock.key for stock in STOCKS]))
    design = SafeText(
        limit=MAX_KEY,
        metadata={
            "description": "The key of a design; by default the usual one of each thing, which is"
            f" `{DESIGNS[0].key}` where none was chosen.",
            "example": DESIGNS[0].key,
        },
    )
    content = fields.Enum(Content, by_value=True, metadata={"description": "What the symbol says."})
    format = fields.Enum(
        PrintForm,
        by_value=True,
        load_default=PrintForm.PDF,
        metadata={"description": "`png` is the first label alone."},
    )
    dpi = fields.Integer(
        validate=validate.OneOf(sorted(DOTS_PER_INCH)),
        metadata={"description": "Of the printer; one that the stock's printers have."},
    )
    start = fields.Integer(
        load_default=1,
        validate=validate.Range(1, 200),
        metadata={"description": "The first label of the sheet that is not used up."},
    )
    copies = fields.Integer(load_default=1, validate=validate.Range(1, MAX_COPIES))
    reason = fields.String(
        validate=validate.OneOf([reason.value for reason in ASKED]),
        metadata={
            "description": "Why those are printed again that were printed before; by default"
            " `damaged`."
        },
    )
    owner = SafeText(limit=MAX_OWNER, metadata={"description": "A line at the foot of each label."})


@blueprint.route("")
class Labels(MethodView):
    @allow(Action.PRINT_LABELS)
    @blueprint.doc(summary="Print labels to a file")
    @blueprint.arguments(LabelOrderSchema)
    @blueprint.response(200, content_type="application/pdf")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> Response:
        """Return the labels of things as PDF, PNG or ZPL, all or none."""
        form: PrintForm = body["format"]
        content: Content | None = body.get("content")
        with reading() as session:
            known = known_designs(session)
        order = read_order(
            {
                "stock": body["stock"],
                "design": body.get("design", ""),
                "content": content.value if content else "",
                "dpi": str(body.get("dpi") or ""),
                "start": str(body["start"]),
                "copies": str(body["copies"]),
                "owner": body.get("owner", ""),
            },
            known,
        )
        contents, unknown = find_contents(body["things"], owner=order.owner, now=g.now)
        if unknown:
            raise Invalid(
                f"“{unknown[0]}” is not known here.",
                errors={"things": [f"“{code}” is not known here." for code in unknown]},
            )
        data = print_labels(contents, order, form, fonts=label_fonts())
        printed = contents[:1] if form is PrintForm.PNG else contents
        reason, name, now = read_reason(body.get("reason", "")), require_actor().name, g.now
        transact(
            lambda session: note_prints(session, printed, order, reason=reason, actor=name, now=now)
        )
        return label_response(data, order, form)
