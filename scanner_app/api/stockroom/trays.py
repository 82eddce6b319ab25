"""GET /api/v1/trays/ID: what lies on a counter now, for a second screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.stockroom.schemas import JudgedSchema, show_finding
from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.stockroom.handovers import HandoverKind
from scanner_app.domain.stockroom.tray import Tray, TrayLine, fold_tray
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.queries.stockroom.trays import load_tray
from scanner_app.services.stockroom.agreed import list_tray_terms
from scanner_app.services.stockroom.booking.pick_list import list_to_pick
from scanner_app.services.stockroom.handed_kits import KitInTray, PieceState, list_tray_kits
from scanner_app.services.stockroom.judge import Judgement, judge_tray
from scanner_app.services.stockroom.returned import list_tray_questions
from scanner_app.storage.database import reading

blueprint = Blueprint(
    "trays", __name__, url_prefix="/api/v1/trays", description="What lies on a counter."
)


class TrayRefSchema(Schema):
    ref = fields.String(required=True)
    name = fields.String(required=True)


class TrayLineSchema(Schema):
    scan_id = fields.UUID(required=True)
    code = fields.String(required=True)
    asset_tag = fields.String(required=True, allow_none=True)
    stock_code = fields.String(
        required=True, allow_none=True, metadata={"description": "Of pieces, their stock item."}
    )
    quantity = fields.Integer(required=True)
    name = fields.String(required=True)
    holder = fields.String(required=True, allow_none=True)
    is_ready = fields.Boolean(required=True)
    why = fields.String(required=True, metadata={"description": "Why it cannot change hands."})
    place = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When it would be due back if it were handed over now."},
    )
    findings = fields.List(fields.Nested(JudgedSchema), required=True)
    questions = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Of what comes back: send the answers as `checklist`."},
    )


class TrayTermsSchema(Schema):
    """A text that holds for things in the tray; send `id` and `version` once it is accepted."""

    id = fields.Integer(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    text = fields.String(required=True)
    sha256 = fields.String(required=True)
    covers = fields.List(fields.String(), required=True, metadata={"description": "Asset tags."})
    accepted_at = fields.AwareDateTime(
        required=True,
        allow_none=True,
        metadata={"description": "When the person accepted it before."},
    )


class TrayPieceSchema(Schema):
    thing = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf([state.value for state in PieceState]),
        metadata={"description": "`here`: in the tray."},
    )
    said = fields.String(required=True, metadata={"description": "Where it is, if not here."})


class TrayKitSchema(Schema):
    """A kit whose label is in the tray, or whose piece comes back."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    is_scanned = fields.Boolean(required=True)
    pieces = fields.List(fields.Nested(TrayPieceSchema), required=True)


class TrayItemSchema(Schema):
    thing = fields.String(required=True)
    place = fields.String(required=True)
    wanted = fields.Integer(required=True)
    here = fields.Integer(required=True)


class TrayReservationSchema(Schema):
    """What the person has reserved and may pick up now: the pick list, in the order of places."""

    number = fields.String(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    items = fields.List(fields.Nested(TrayItemSchema), required=True)


class TraySchema(Schema):
    kind = fields.String(required=True, allow_none=True)
    person = fields.Nested(TrayRefSchema, required=True, allow_none=True)
    place = fields.Nested(TrayRefSchema, required=True, allow_none=True)
    lines = fields.List(fields.Nested(TrayLineSchema), required=True)
    terms = fields.List(fields.Nested(TrayTermsSchema), required=True)
    kits = fields.List(fields.Nested(TrayKitSchema), required=True)
    reservations = fields.List(fields.Nested(TrayReservationSchema), required=True)
    unknown_codes = fields.List(fields.String(), required=True)


class TrayQuery(Schema):
    kind = fields.String(
        validate=validate.OneOf([kind.value for kind in HandoverKind]),
        metadata={"description": "The direction, if a person chose it."},
    )


@blueprint.route("/<uuid:handover_id>")
class OneTray(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="What lies on a counter")
    @blueprint.arguments(TrayQuery, location="query")
    @blueprint.response(200, TraySchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def get(self, query: dict[str, Any], handover_id: Any) -> dict[str, Any]:
        """Return the tray that the lookups of a hand-over's id make, without those undone."""
        kind = HandoverKind(query["kind"]) if "kind" in query else None
        with reading() as session:
            tray = fold_tray(load_tray(session, handover_id), kind=kind)
            zone = current_organisation().time_zone
            judgements = judge_tray(session, tray, due_at=None, zone=zone, now=g.now)
            kits = list_tray_kits(session, tray)
            shown = show_tray(tray, judgements, require_actor(), kits)
            asked = list_tray_questions(session, tray)
            for line, one in zip(shown["lines"], tray.lines, strict=True):
                line["questions"] = asked.get(one.scan.scan_id, [])
            lists = list_to_pick(session, tray, now=g.now)
            return {**shown, "reservations": [asdict(one) for one in lists]}


def show_tray(
    tray: Tray, judgements: Sequence[Judgement], actor: Actor, kits: Sequence[KitInTray]
) -> dict[str, Any]:
    """Return a tray as the API shows it."""
    person, place = tray.person, tray.place
    return {
        "kind": tray.kind.value if tray.kind else None,
        "person": {"ref": person[0], "name": person[1]} if person else None,
        "place": {"ref": place[0], "name": place[1]} if place else None,
        "lines": [_show_line(*pair, actor) for pair in zip(tray.lines, judgements, strict=True)],
        "terms": [asdict(one) for one in list_tray_terms(tray, judgements)],
        "kits": [
            {
                "code": kit.code,
                "name": kit.name,
                "is_scanned": kit.scan_id is not None,
                "pieces": [asdict(piece) for piece in kit.pieces],
            }
            for kit in kits
        ],
        "unknown_codes": [scan.code for scan in tray.unknown],
    }


def _show_line(line: TrayLine, judgement: Judgement, actor: Actor) -> dict[str, Any]:
    return {
        "scan_id": line.scan.scan_id,
        "code": line.scan.code,
        "asset_tag": line.thing.tag if line.thing else None,
        "stock_code": line.stock.code if line.stock else None,
        "quantity": line.quantity,
        "name": line.name,
        "holder": line.thing.holder if line.thing else None,
        "is_ready": line.is_ready,
        "why": line.why,
        "place": line.place,
        "due_at": judgement.due_at,
        "findings": [show_finding(finding, actor) for finding in judgement.findings],
    }
