"""Which tags readers listen for while someone looks for one, and how strongly they hear it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response, g, jsonify, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.api.readers.reads import (
    MAX_ANTENNAS,
    MAX_COUNT,
    PARSERS,
    WatchSchema,
    check_name,
    parse_sent_at,
    read_object,
)
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.readers.signal import KEPT_S, Sample
from scanner_app.domain.scanning.new_scan import Refused
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import spend_budget
from scanner_app.queries.readers.watches import list_watched_codes
from scanner_app.services.readers.setup import find_posting_reader
from scanner_app.services.readers.watches import note_signals
from scanner_app.storage.database import reading, transact

MAX_SIGNALS = 200
# How often a reader asks. Rarely while nobody is looking, but often enough that a search starts
# within seconds.
IDLE_S, WATCHED_S = 3, 1

blueprint = Blueprint(
    "signals",
    __name__,
    url_prefix="/api/v1",
    description="Finding a tag by its signal strength.",
)


class SignalSchema(Schema):
    """How strongly one antenna heard one tag at one moment. Kept for a minute; never a scan."""

    epc = SafeText(required=True, limit=512)
    antenna = fields.Integer(strict=True, validate=validate.Range(min=0, max=MAX_ANTENNAS))
    rssi = fields.Float(allow_none=True, metadata={"description": "dBm"})
    heard_at = fields.AwareDateTime(format="iso", required=True)
    count = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_COUNT))


class SignalBatchSchema(Schema):
    sent_at = fields.AwareDateTime(format="iso")
    signals = fields.List(
        fields.Nested(SignalSchema), required=True, metadata={"maxItems": MAX_SIGNALS}
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
    """Return one signal. Its age when it was sent turns its time into a time of our clock."""
    where = f"signals.{number}"
    if not isinstance(raw, dict):
        raise Invalid("A signal must be an object.", errors={where: ["Must be an object."]})
    values: dict[str, Any] = {}
    for name, parser in _PARSERS.items():
        if raw.get(name) is None:
            continue
        try:
            values[name] = parser(raw[name])
        except Refused as error:
            raise Invalid(
                "A signal is not valid.", errors={f"{where}.{name}": [str(error)]}
            ) from None
    for name in ("epc", "heard_at"):
        if name not in values:
            raise Invalid(
                "A field of a signal is missing.", errors={f"{where}.{name}": ["Missing."]}
            )
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
        """Return the codes to listen for, and after how many seconds to ask again."""
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
        if not isinstance(raws, list) or len(raws) > MAX_SIGNALS:
            raise Invalid(
                f"Send at most {MAX_SIGNALS} signals at once.",
                errors={"signals": [f"Must be a list of at most {MAX_SIGNALS} signals."]},
            )
        spend_budget(require_actor().key, len(raws), len(request.get_data()))
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
    """Return the answer that names the codes to listen for."""
    return jsonify(watch=codes, next_seconds=WATCHED_S if codes else IDLE_S)
