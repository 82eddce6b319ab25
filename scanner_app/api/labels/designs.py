"""/api/v1/label-designs and /api/v1/label-choices: designs of labels, and which is usual."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.domain.labels.bodies import MAX_ELEMENTS, write_body
from scanner_app.domain.labels.designs import DESIGN_BY_KEY, DESIGNS
from scanner_app.domain.labels.own_designs import MAX_KEY, MAX_NAME
from scanner_app.domain.labels.parts import KINDS
from scanner_app.domain.labels.stock import STOCK_BY_KEY, STOCKS
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.labels.contents import label_fonts, sample_content
from scanner_app.queries.labels.designs import (
    DesignRow,
    get_design_row,
    list_choices,
    list_design_rows,
)
from scanner_app.services.labels.designs import (
    DesignDraft,
    check_draft,
    choose_design,
    end_design,
    save_design,
)
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"
STOCK_KEYS = [stock.key for stock in STOCKS]

blueprint = Blueprint(
    "label_designs",
    __name__,
    url_prefix="/api/v1",
    description="Designs of labels, and which one is usual for a stock or a category.",
)


class LabelDesignInput(Schema):
    """A design for one kind of thing on one stock, in millimetres from the upper left corner."""

    name = SafeText(limit=MAX_NAME, required=True, blank=False)
    kind = fields.String(required=True, validate=validate.OneOf(list(KINDS)))
    stock = fields.String(required=True, validate=validate.OneOf(STOCK_KEYS))
    body = fields.Dict(
        required=True,
        metadata={
            "description": f"`margin`, and 1 to {MAX_ELEMENTS} `elements` of the types `symbol`,"
            " `text`, `line`, `box` and `logo`, each with `x`, `y`, `w` and `h`.",
            "example": write_body(DESIGNS[0].build(STOCK_BY_KEY["zebra-50x25"]), "asset"),
        },
    )


class LabelDesignRowSchema(Schema):
    """A design. `version` and `sha256` are null for those that come with the program."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True, allow_none=True)
    stock = fields.String(required=True, allow_none=True)
    is_builtin = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)


class LabelDesignSchema(LabelDesignRowSchema):
    """One version of a design."""

    body = fields.Dict(required=True)
    made_at = fields.AwareDateTime(required=True)
    made_by = fields.String(required=True)


class LabelDesignListSchema(Schema):
    items = fields.List(fields.Nested(LabelDesignRowSchema), required=True)


class VersionQuery(Schema):
    version = fields.Integer(
        validate=validate.Range(1, MAX_ID), metadata={"description": "By default the newest."}
    )


class LabelChoiceSchema(Schema):
    """Which design is usual. A null stock or category stands for any."""

    stock = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(STOCK_KEYS))
    category = SafeText(limit=255, allow_none=True, load_default=None)
    design = SafeText(
        limit=MAX_KEY,
        allow_none=True,
        required=True,
        metadata={"description": "The key of a design; null: none any more."},
    )


class LabelChoiceListSchema(Schema):
    items = fields.List(fields.Nested(LabelChoiceSchema), required=True)


def show_design(row: DesignRow) -> dict[str, Any]:
    """Return a version of a design in the form of the API."""
    return {
        "key": row.key,
        "name": row.name,
        "kind": row.kind,
        "stock": row.stock,
        "is_builtin": False,
        "version": row.version,
        "sha256": row.sha256,
        "body": row.body,
        "made_at": row.made_at,
        "made_by": row.made_by,
    }


@blueprint.route("/label-designs")
class LabelDesigns(MethodView):
    @allow(Action.PRINT_LABELS)
    @blueprint.doc(summary="List label designs")
    @blueprint.response(200, LabelDesignListSchema)
    def get(self) -> dict[str, Any]:
        """List all designs: those that come with the program, then those that admins made."""
        nothing = {"kind": None, "stock": None, "version": None, "sha256": None}
        shipped = [
            {"key": one.key, "name": one.label, "is_builtin": True, **nothing} for one in DESIGNS
        ]
        with reading() as session:
            return {"items": [*shipped, *map(show_design, list_design_rows(session))]}


@blueprint.route("/label-designs/<key>")
class OneLabelDesign(MethodView):
    @allow(Action.PRINT_LABELS)
    @blueprint.doc(summary="Get a label design")
    @blueprint.arguments(VersionQuery, location="query")
    @blueprint.response(200, LabelDesignSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], key: str) -> dict[str, Any]:
        """Get a version of a design that an admin made."""
        with reading() as session:
            return show_design(get_design_row(session, key, query.get("version")))

    @allow(Action.MANAGE_PRINTERS)
    @blueprint.doc(summary="Save a label design")
    @blueprint.arguments(LabelDesignInput)
    @blueprint.response(201, LabelDesignSchema)
    @blueprint.alt_response(200, schema=LabelDesignSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], key: str) -> tuple[dict[str, Any], int]:
        """Save a design under a key: a new one, or the next version of it.

        A body that is the newest version already makes no new one.
        """
        draft = DesignDraft(body["name"], body["kind"], body["stock"], body["body"], key)
        checked = check_draft(draft, sample=sample_content(draft.kind), fonts=label_fonts())
        actor, now = require_actor(), g.now
        saved = transact(lambda s: save_design(s, draft, checked, actor=actor, now=now))
        with reading() as session:
            row = show_design(get_design_row(session, saved.key))
        return row, 201 if saved.is_new else 200

    @allow(Action.MANAGE_PRINTERS)
    @blueprint.doc(summary="Remove a label design")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, key: str) -> None:
        """Offer a design no more. Its versions are kept."""
        if key in DESIGN_BY_KEY:
            raise NotFound("Designs that come with the program stay.")
        actor, now = require_actor(), g.now
        transact(lambda session: end_design(session, key=key, actor=actor, now=now))


@blueprint.route("/label-choices")
class LabelChoices(MethodView):
    @allow(Action.PRINT_LABELS)
    @blueprint.doc(summary="List usual label designs")
    @blueprint.response(200, LabelChoiceListSchema)
    def get(self) -> dict[str, Any]:
        """List which design is usual for a stock, a category, or both."""
        with reading() as session:
            return {"items": list_choices(session)}

    @allow(Action.MANAGE_PRINTERS)
    @blueprint.doc(summary="Choose a usual label design")
    @blueprint.arguments(LabelChoiceSchema)
    @blueprint.response(200, LabelChoiceListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set which design is usual for a stock, a category, or both."""
        actor, now = require_actor(), g.now
        given = {name: body[name] or "" for name in ("stock", "category", "design")}
        transact(lambda session: choose_design(session, **given, actor=actor, now=now))
        with reading() as session:
            return {"items": list_choices(session)}
