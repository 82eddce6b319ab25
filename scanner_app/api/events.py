"""GET /api/v1/events: sightings and moves of an audit or a period, as an EPCIS 2.0 document."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Response, g, request, send_file
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.domain.access.roles import Action
from scanner_app.domain.epcis import MEDIA_TYPE, write_document
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning.new_scan import parse_time
from scanner_app.edge.guard import allow
from scanner_app.edge.state import current_settings
from scanner_app.queries.scanning.epcis_events import EventFilter, check_filter, stream_observations
from scanner_app.storage.database import reading

blueprint = Blueprint(
    "events", __name__, url_prefix="/api/v1/events", description="Scans as EPCIS 2.0 events."
)

IN_MEMORY = 1_000_000  # bytes; a larger document goes to disk


class EventQuery(Schema):
    audit = fields.Integer(validate=validate.Range(min=1, max=2**31 - 1))
    since = fields.String(metadata={"format": "date-time"})
    until = fields.String(metadata={"format": "date-time"})


@blueprint.route("")
class Events(MethodView):
    @allow(Action.EXPORT)
    @blueprint.doc(summary="Export sightings and moves as EPCIS 2.0")
    @blueprint.arguments(EventQuery, location="query")
    @blueprint.response(200, {"type": "object"}, content_type=MEDIA_TYPE)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def get(self, query: dict[str, Any]) -> Response:
        """Return an EPCISDocument of the scans of an audit, or of those recorded in a period."""
        wanted = EventFilter(
            audit_id=query.get("audit"),
            since=_read_time(query, "since"),
            until=_read_time(query, "until"),
        )
        base_url = current_settings().base_url or request.host_url
        # Write to a file first, as every export does. Otherwise memory grows with the number of
        # events, and a slow download keeps its transaction open.
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the response closes it
        try:
            with reading(snapshot=True) as session:
                check_filter(session, wanted)
                seen = stream_observations(session, wanted=wanted, base_url=base_url)
                for piece in write_document(seen, created_at=g.now):
                    file.write(piece.encode())
        except BaseException:
            file.close()
            raise
        file.seek(0)
        name = f"audit-{wanted.audit_id}" if wanted.audit_id else f"events-{g.now:%Y-%m-%d}"
        response = send_file(
            file,
            mimetype=MEDIA_TYPE,
            as_attachment=True,
            download_name=f"{name}.epcis.jsonld",
        )
        # `send_file` lets caches keep a file and ask again.
        response.headers["Cache-Control"] = "no-store"
        response.headers["GS1-EPCIS-Version"] = "2.0.0"
        response.headers["GS1-CBV-Version"] = "2.0.0"
        return response


def _read_time(query: dict[str, Any], name: str) -> Any:
    if name not in query:
        return None
    try:
        return parse_time(query[name])
    except ValueError as error:
        raise Invalid("Some fields cannot be used.", errors={name: [str(error)]}) from None
