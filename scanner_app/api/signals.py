"""What readers shall listen for while somebody looks for a tag, and how loud they hear it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, g, jsonify
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.api.reads import (
    LARGEST_COUNT,
    MOST_ANTENNAS,
    PARSERS,
    WatchSchema,
    check_name,
    parse_sent_at,
    read_object,
)
from scanner_app.api.scan_form import Refused
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.readers.signal import KEPT_S, Sample
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.readers.watches import list_watched_codes
from scanner_app.services.readers.setup import find_posting_reader
from scanner_app.services.readers.watches import note_signals
from scanner_app.storage.database import reading, transact

MOST_SIGNALS = 200
# A reader asks so often: seldom while nobody looks, so that the first sound comes soon enough.
IDLE_S, WATCHED_S = 3, 1

blueprint = Blueprint(
    "signals", __name__, url_prefix="/api/v1", description="Finding a tag by its signal."
)


class SignalSchema(Schema):
    """How loud one antenna heard one tag in a moment; kept for a minute, and never a scan."""

    epc = SafeText(required=True, limit=512)
    antenna = fields.Integer(strict=True, validate=validate.Range(min=0, max=MOST_ANTENNAS))
    rssi = fields.Float(allow_none=True, metadata={"description": "dBm"})
    heard_at = fields.AwareDateTime(format="iso", required=True)
    count = fields.Integer(strict=True, validate=validate.Range(min=1, max=LARGEST_COUNT))


class SignalBatchSchema(Schema):
    sent_at = fields.AwareDateTime(format="iso")
    signals = fields.List(
        fields.Nested(SignalSchema), required=True, metadata={"maxItems": MOST_SIGNALS}
    )


_PARSERS: dict[str, Callable[[object], Any]] = {
    "epc": PARSERS["epc"],
    "antenna": PARSERS["antenna"],
    "rssi": PARSERS["rssi"],
    "heard_at": PARSERS["last_seen_at"],
    "count": PARSERS["count"],
}


def _parse_signal(
    raw: object, number: int, *, reader: str, sent_at: datetime | None, now: datetime
) -> tuple[str, Sample]:
    """Read one signal; its time becomes one of our clock by how old it was when it was sent."""
    where = f"signals.{number}"
    if not isinstance(raw, dict):
        raise Invalid("A signal is an object.", errors={where: ["Must be an object."]})
    values: dict[str, Any] = {}
    for name, parser in _PARSERS.items():
        if raw.get(name) is None:
            continue
        try:
            values[name] = parser(raw[name])
        except Refused as error:
            raise Invalid("A signal is wrong.", errors={f"{where}.{name}": [str(error)]}) from None
    for name in ("epc", "heard_at"):
        if name not in values:
            raise Invalid("A signal lacks a field.", errors={f"{where}.{name}": ["Missing."]})
    age = ((sent_at or now) - values["heard_at"]).total_seconds()
    age = min(max(age, 0.0), KEPT_S)
    sample = Sample(
        at=now.timestamp() - age,
        reader=reader,
        antenna=values.get("antenna", 0),
        rssi=values.get("rssi"),
        reads=values.get("count", 1),
    )
    return values["epc"], sample


@blueprint.route("/watch")
class Watch(MethodView):
    @allow(Action.POST_READS)
    @blueprint.doc(summary="List the tags that somebody is looking for")
    @blueprint.response(200, WatchSchema)
    def get(self) -> Response:
        """Return the codes to listen for, and in how many seconds to ask again."""
        with reading() as session:
            return answer_watch(list_watched_codes(session, now=g.now))


@blueprint.route("/readers/<path:name>/signals")
class Signals(MethodView):
    @allow(Action.POST_READS)
    @blueprint.doc(
        summary="Report how strong the signal of a tag is",
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": SignalBatchSchema}},
        },
    )
    @blueprint.response(200, WatchSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(413, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def post(self, name: str) -> Response:
        """Keep up to 200 signals for a minute; signals of other tags are dropped."""
        reader, body, now = check_name(name, field="name"), read_object(), g.now
        raws = body.get("signals")
        if not isinstance(raws, list) or len(raws) > MOST_SIGNALS:
            raise Invalid(
                f"Send at most {MOST_SIGNALS} signals at once.",
                errors={"signals": [f"Must be a list of at most {MOST_SIGNALS} signals."]},
            )
        sent_at = parse_sent_at(body)
        signals = [
            _parse_signal(raw, number, reader=reader, sent_at=sent_at, now=now)
            for number, raw in enumerate(raws)
        ]
        actor = require_actor()

        def note(session: Session) -> list[str]:
            find_posting_reader(session, name=reader, actor=actor)
            note_signals(session, signals=signals, now=now)
            return list_watched_codes(session, now=now)

        return answer_watch(transact(note))


def answer_watch(codes: list[str]) -> Response:
    """Give the answer that says what to listen for."""
    return jsonify(watch=codes, next_seconds=WATCHED_S if codes else IDLE_S)
