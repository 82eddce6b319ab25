"""Pictures and documents of assets: GET /assets/TAG/attachments; GET, PUT and DELETE of one.

The sender makes the id of a file, so a PUT that is sent again adds nothing twice.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, g
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.domain.access.roles import Action, authorize
from scanner_app.domain.register.attachments import AttachmentKind
from scanner_app.edge.attachments.keep import FIELD, keep_upload, send_attachment
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.queries.register.attachments import (
    AttachmentRow,
    find_attachment,
    list_attachments,
)
from scanner_app.services.register.attachments import add_attachment, remove_attachment
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"
KINDS = [kind.value for kind in AttachmentKind]
OF = ("asset", "model")

blueprint = Blueprint(
    "attachments_api",
    __name__,
    url_prefix="/api/v1",
    description="Pictures and documents of assets and of their models.",
)


class AttachmentSchema(Schema):
    """One file. `of` says whether it is the asset's own or its model's."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    of = fields.String(required=True, validate=validate.OneOf(OF))
    media_type = fields.String(required=True)
    filename = fields.String(required=True)
    size = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    taken_at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)


class AttachmentListSchema(Schema):
    items = fields.List(fields.Nested(AttachmentSchema), required=True)


def show_attachment(row: AttachmentRow) -> dict[str, Any]:
    """Return a file in the form of the API."""
    return {
        "id": row.uuid,
        "kind": row.kind.value,
        "of": OF[row.is_of_model],
        "media_type": row.media_type,
        "filename": row.filename,
        "size": row.size,
        "sha256": row.sha256,
        "width": row.width,
        "height": row.height,
        "taken_at": row.taken_at,
        "by": row.actor_name,
    }


class AttachmentQuery(Schema):
    kind = fields.String(load_default=KINDS[0], validate=validate.OneOf(KINDS))
    of = fields.String(load_default=OF[0], validate=validate.OneOf(OF))


@blueprint.route("/assets/<path:asset_tag>/attachments")
class Attachments(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List an asset's pictures and documents")
    @blueprint.response(200, AttachmentListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """Return the files of an asset and of its model, at most 200, the newest first."""
        with reading() as session:
            rows = list_attachments(session, find_asset_id(session, asset_tag))
        return {"items": [show_attachment(row) for row in rows]}


@blueprint.route("/assets/<path:asset_tag>/attachments/<uuid:uuid>")
class OneAttachment(MethodView):
    @allow(Action.SCAN)
    @blueprint.doc(
        summary="Add a picture or a document",
        requestBody={
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": [FIELD],
                        "properties": {FIELD: {"type": "string", "format": "binary"}},
                    }
                }
            },
        },
    )
    @blueprint.arguments(AttachmentQuery, location="query")
    @blueprint.response(200, AttachmentSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(413, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(429, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(503, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(507, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, query: dict[str, Any], asset_tag: str, uuid: UUID) -> dict[str, Any]:
        """Add a file with an id of the sender's. The same file is added once.

        A picture is written again without its metadata; a document may be a PDF. Documents, and
        pictures of a model, need the right to edit the register.
        """
        actor, to_model = require_actor(), query["of"] == "model"
        kind = AttachmentKind(query["kind"])
        if kind is AttachmentKind.DOCUMENT or to_model:
            authorize(actor, Action.EDIT_REGISTER)
        with reading() as session:
            find_asset_id(session, asset_tag)
        file = keep_upload(kind)

        def add(session: Session) -> UUID:
            return add_attachment(
                session,
                asset_tag=asset_tag,
                uuid=uuid,
                file=file,
                actor=actor,
                now=g.now,
                to_model=to_model,
            )

        added = transact(add)
        with reading() as session:
            asset_id = find_asset_id(session, asset_tag)
            return show_attachment(find_attachment(session, asset_id, added))

    @allow(Action.READ_REGISTER)
    @blueprint.doc(
        summary="Get a picture or a document",
        responses={
            "200": {
                "description": "Its content.",
                "content": {
                    "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
                    "application/pdf": {"schema": {"type": "string", "format": "binary"}},
                },
            }
        },
    )
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str, uuid: UUID) -> Response:
        """Return the content of a file."""
        with reading() as session:
            row = find_attachment(session, find_asset_id(session, asset_tag), uuid)
        return send_attachment(row)

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Remove a picture or a document")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, asset_tag: str, uuid: UUID) -> None:
        """Take a file off its asset or model. The record of it is kept."""
        actor = require_actor()
        with reading() as session:
            find_attachment(session, find_asset_id(session, asset_tag), uuid)
        transact(lambda s: remove_attachment(s, uuid=uuid, actor=actor, now=g.now))
