"""/api/v1/kits: things that go together under one code."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.stockroom.kits import MAX_NAME, MAX_TAG, Kit, Piece, PieceKind
from scanner_app.edge.guard import allow
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.trail import note_change
from scanner_app.queries.stockroom.kits import get_kit, list_kits, load_kits
from scanner_app.services.stockroom.kits import (
    add_piece,
    create_kit,
    edit_kit,
    end_kit,
    end_piece,
)
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "kits", __name__, url_prefix="/api/v1/kits", description="Things that go together."
)


class KitPieceSchema(Schema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf([kind.value for kind in PieceKind]))
    ref = fields.String(
        required=True, metadata={"description": "Asset tag, model or code of stock."}
    )
    name = fields.String(required=True)
    quantity = fields.Integer(required=True)
    is_required = fields.Boolean(required=True)
    status = fields.String(required=True, allow_none=True)
    custodian = fields.String(required=True, allow_none=True)
    location_name = fields.String(required=True, allow_none=True)


class KitSchema(Schema):
    """A kit. It is whole when its required assets share who has them and where they are."""

    tag = fields.String(required=True)
    name = fields.String(required=True)
    is_fixed = fields.Boolean(required=True)
    home_location = fields.String(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    is_whole = fields.Boolean(required=True)
    odd = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Required assets that are elsewhere than the rest."},
    )
    pieces = fields.List(fields.Nested(KitPieceSchema), required=True)


class KitListSchema(Schema):
    items = fields.List(fields.Nested(KitSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class KitQuery(Schema):
    q = SafeText(limit=200)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = fields.String()


class KitInput(Schema):
    name = SafeText(limit=MAX_NAME)
    home_location = SafeText(limit=200, allow_none=True)
    is_fixed = fields.Boolean(metadata={"description": "Its pieces belong to no other kit."})


class NewKit(KitInput):
    name = SafeText(limit=MAX_NAME, required=True)
    tag = SafeText(limit=MAX_TAG, metadata={"description": "The code on its label."})


class NewPiece(Schema):
    """A piece: the code of an asset or of stock, or any unit of a model."""

    code = SafeText(limit=255)
    model = SafeText(limit=255)
    quantity = fields.Integer(
        strict=True, load_default=1, validate=validate.Range(min=1, max=MAX_QUANTITY)
    )
    is_required = fields.Boolean(load_default=True)


def show_kit(kit: Kit) -> dict[str, Any]:
    """Return a kit as the API shows it."""
    return {
        "tag": kit.tag,
        "name": kit.name,
        "is_fixed": kit.is_fixed,
        "home_location": kit.home_code,
        "ended_at": kit.ended_at,
        "is_whole": bool(kit.pieces) and not kit.odd,
        "odd": [piece.ref for piece in kit.odd],
        "pieces": [_show_piece(piece) for piece in kit.pieces],
    }


def _show_piece(piece: Piece) -> dict[str, Any]:
    return {
        "id": piece.id,
        "kind": piece.kind.value,
        "ref": piece.ref,
        "name": piece.name,
        "quantity": piece.quantity,
        "is_required": piece.is_required,
        "status": piece.status.value if piece.status else None,
        "custodian": piece.holder,
        "location_name": piece.place_name,
    }


@blueprint.route("")
class Kits(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List kits")
    @blueprint.arguments(KitQuery, location="query")
    @blueprint.response(200, KitListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List kits by name, with their pieces and where these are."""
        with reading() as session:
            found = list_kits(
                session,
                query=query.get("q", ""),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_kit(kit) for kit in found.rows], "next": found.next}

    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Add a kit")
    @blueprint.arguments(NewKit)
    @blueprint.response(201, KitSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a kit without pieces. Without a `tag` it gets the next one, such as KIT-0007."""

        def add(session: Session) -> dict[str, Any]:
            kit_id = create_kit(session, body, now=g.now)
            kit = load_kits(session, [kit_id])[kit_id]
            note_change(session, Thing.KIT, Step.ADDED, kit.thing)
            return show_kit(kit)

        return transact(add)


@blueprint.route("/<path:tag>")
class OneKit(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a kit")
    @blueprint.response(200, KitSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, tag: str) -> dict[str, Any]:
        """Get one kit with its pieces."""
        with reading() as session:
            return show_kit(get_kit(session, tag))

    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Change a kit")
    @blueprint.arguments(KitInput)
    @blueprint.response(200, KitSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], tag: str) -> dict[str, Any]:
        """Change the fields in the body. All other fields stay as they are."""

        def change(session: Session) -> dict[str, Any]:
            kit_id = edit_kit(session, tag, body)
            kit = load_kits(session, [kit_id])[kit_id]
            note_change(session, Thing.KIT, Step.CHANGED, kit.thing)
            return show_kit(kit)

        return transact(change)

    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="End a kit")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, tag: str) -> None:
        """End a kit: its code means nothing from now on, and its pieces go alone."""

        def end(session: Session) -> None:
            kit = get_kit(session, tag)
            end_kit(session, tag, now=g.now)
            if kit.ended_at is None:
                note_change(session, Thing.KIT, Step.REMOVED, kit.thing)

        transact(end)


@blueprint.route("/<path:tag>/pieces")
class Pieces(MethodView):
    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Add a piece to a kit")
    @blueprint.arguments(NewPiece)
    @blueprint.response(201, KitSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], tag: str) -> dict[str, Any]:
        """Add a piece. An asset is in one fixed kit at most."""

        def add(session: Session) -> dict[str, Any]:
            thing = add_piece(
                session,
                tag,
                code=body.get("code", ""),
                model=body.get("model", ""),
                quantity=body["quantity"],
                is_required=body["is_required"],
                rules=tag_rules(),
                now=g.now,
            )
            kit = get_kit(session, tag)
            note_change(session, Thing.KIT, Step.CHANGED, kit.thing, {"pieces": ("", thing)})
            return show_kit(kit)

        return transact(add)


@blueprint.route("/<path:tag>/pieces/<id:piece_id>")
class OnePiece(MethodView):
    @allow(Action.MANAGE_LENDING)
    @blueprint.doc(summary="Take a piece out of a kit")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, tag: str, piece_id: int) -> None:
        """Take a piece out of a kit. Scans of an earlier time still mean it."""

        def remove(session: Session) -> None:
            kit = get_kit(session, tag)
            gone = next((one.thing for one in kit.pieces if one.id == piece_id), "")
            end_piece(session, tag, piece_id, now=g.now)
            note_change(session, Thing.KIT, Step.CHANGED, kit.thing, {"pieces": (gone, "")})

        transact(remove)
