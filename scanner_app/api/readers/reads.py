"""POST /api/v1/reads and the heartbeat of a reader's agent."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, g, jsonify, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from scanner_app.api import JSON_LIMIT, Blueprint, ProblemSchema
from scanner_app.api.body import SafeText, parse_json
from scanner_app.api.scanning.schemas import MAX_SCANS, ResultsSchema
from scanner_app.decoding.codes.read import is_secret
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, TooLarge
from scanner_app.domain.readers.new_read import Change, NewRead
from scanner_app.domain.scanning.answer import invalid
from scanner_app.domain.scanning.new_scan import (
    Refused,
    parse_choice,
    parse_code,
    parse_time,
    parse_uuid,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import SECRET, tag_rules
from scanner_app.queries.readers.watches import list_watched_codes
from scanner_app.services.readers.record_reads import record_reads
from scanner_app.services.readers.setup import note_heartbeat
from scanner_app.storage.database import reading, transact

MAX_ANTENNAS = 65535
MAX_NAME_LENGTH = 120
MAX_COUNT = 2**31 - 1
CHANGES = tuple(change.value for change in Change)
MAX_TID_BYTES = 64
CONFIDENCES = ("normal", "low")
# How often an agent that only sends heartbeats learns that a watch began or ended.
BEAT_WHILE_WATCHED_S = 5

_TID = re.compile(r"([0-9A-Fa-f]{2})+", re.ASCII)

blueprint = Blueprint("reads", __name__, url_prefix="/api/v1", description="What readers report.")


class ReadSchema(Schema):
    """One sighting of one tag by one antenna."""

    read_id = fields.UUID(required=True)
    epc = SafeText(limit=512)
    uid = SafeText(limit=512)
    antenna = fields.Integer(strict=True, validate=validate.Range(min=0, max=MAX_ANTENNAS))
    rssi = fields.Float(allow_none=True)
    first_seen_at = fields.AwareDateTime(format="iso")
    last_seen_at = fields.AwareDateTime(format="iso", required=True)
    count = fields.Integer(strict=True, validate=validate.Range(min=1, max=MAX_COUNT))
    change = fields.String(
        validate=validate.OneOf(CHANGES),
        metadata={
            "description": "What it says about the tag's presence. 'present' and 'departed' do not "
            "carry out a move or return again; 'glimpsed' is as weak as a low confidence."
        },
    )
    confidence = fields.String(
        validate=validate.OneOf(CONFIDENCES),
        metadata={
            "description": "'low': evidence that is kept and shown, and finds no asset by itself."
        },
    )
    tid = SafeText(
        limit=MAX_TID_BYTES * 2,
        metadata={
            "pattern": "^([0-9A-Fa-f]{2})+$",
            "description": "The tag's own number, by which it is found if its EPC means nothing.",
        },
    )


class ReadBatchSchema(Schema):
    reader = SafeText(required=True, limit=MAX_NAME_LENGTH, blank=False)
    sent_at = fields.AwareDateTime(
        format="iso",
        metadata={
            "description": "What time it is at the reader. If its clock is off by more than a "
            "minute, we correct its times."
        },
    )
    reads = fields.List(
        fields.Nested(ReadSchema),
        required=True,
        metadata={"minItems": 1, "maxItems": MAX_SCANS},
    )


class WatchSchema(Schema):
    """Tags that a person searches for now, and when to ask again."""

    watch = fields.List(
        fields.String(), required=True, metadata={"description": "Codes in upper-case hex."}
    )
    next_seconds = fields.Integer(required=True)


class ReadResultsSchema(ResultsSchema):
    watch = fields.List(
        fields.String(),
        metadata={"description": "Tags that a person searches for now; absent if nobody does."},
    )


def parse_whole(value: object, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise Refused(f"Must be a whole number from {low} to {high}.")
    return value


def parse_rssi(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused("Must be a number.")
    return float(value)


def _parse_tid(value: object) -> str:
    if not isinstance(value, str) or not _TID.fullmatch(value) or len(value) > MAX_TID_BYTES * 2:
        raise Refused(f"Must be 1 to {MAX_TID_BYTES} bytes in hexadecimal digits.")
    return value.upper()


PARSERS: dict[str, Callable[[object], Any]] = {
    "read_id": parse_uuid,
    "epc": parse_code,
    "uid": parse_code,
    "antenna": lambda value: parse_whole(value, 0, MAX_ANTENNAS),
    "rssi": parse_rssi,
    "first_seen_at": parse_time,
    "last_seen_at": parse_time,
    "count": lambda value: parse_whole(value, 1, MAX_COUNT),
    "change": parse_choice(CHANGES),
    "confidence": parse_choice(CONFIDENCES),
    "tid": _parse_tid,
}


def parse_read(raw: object) -> NewRead | dict[str, list[str]]:
    """Return the read, or what is wrong with it by field.

    Unknown fields are ignored: an agent may be newer than its server.
    """
    if not isinstance(raw, dict):
        return {"read": ["Must be an object."]}
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name, parser in PARSERS.items():
        if raw.get(name) is None:
            continue
        try:
            values[name] = parser(raw[name])
        except Refused as error:
            errors[name] = [str(error)]
    if raw.get("read_id") is None:
        errors["read_id"] = ["Missing."]
    # A desk scanner reads anything that is held before it, also a password's QR code.
    errors |= {name: [SECRET] for name in ("epc", "uid") if is_secret(values.get(name, ""))}
    if not errors and not (values.get("epc") or values.get("uid")):
        errors["epc"] = ["Give epc or uid."]
    seen_at = values.get("last_seen_at") or values.get("first_seen_at")
    if not errors and seen_at is None:
        errors["last_seen_at"] = ["Missing."]
    if errors or seen_at is None:
        return errors
    return NewRead(
        read_id=values["read_id"],
        code=values.get("epc") or values["uid"],
        seen_at=seen_at,
        antenna=values.get("antenna", 0),
        rssi=values.get("rssi"),
        count=values.get("count", 1),
        first_seen_at=values.get("first_seen_at"),
        change=values.get("change"),
        is_weak=values.get("confidence") == "low",
        tid=values.get("tid"),
    )


@blueprint.route("/reads")
class Reads(MethodView):
    @allow(Action.POST_READS)
    @blueprint.doc(
        summary="Record what a reader saw",
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": ReadBatchSchema}},
        },
    )
    @blueprint.response(200, ReadResultsSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(409, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(413, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(429, schema=ProblemSchema, content_type="application/problem+json")
    def post(self) -> Response:
        """Record up to 1000 reads; the read point of reader and antenna gives place and intent."""
        body = read_object()
        raws = body.get("reads")
        name = check_name(body.get("reader"), field="reader")
        sent_at = parse_sent_at(body)
        if not isinstance(raws, list) or not 1 <= len(raws) <= MAX_SCANS:
            raise Invalid(
                f"Send 1 to {MAX_SCANS} reads at once.",
                errors={"reads": [f"Must be a list of 1 to {MAX_SCANS} reads."]},
            )
        spend_budget(require_actor().key, len(raws), len(request.get_data()))
        settings, rules = current_settings(), tag_rules()
        parsed = [parse_read(raw) for raw in raws]
        reads = [read for read in parsed if isinstance(read, NewRead)]
        actor, now = require_actor(), g.now
        recorded = iter(
            transact(
                lambda session: record_reads(
                    session,
                    reader_name=name,
                    reads=reads,
                    actor=actor,
                    now=now,
                    skew=timedelta(seconds=settings.clock_skew_seconds),
                    rules=rules,
                    sent_at=sent_at,
                )
            )
        )
        answers = [
            next(recorded)
            if isinstance(read, NewRead)
            else invalid(raw.get("read_id") if isinstance(raw, dict) else None, read)
            for raw, read in zip(raws, parsed, strict=True)
        ]
        count_scans(answers)
        with reading() as session:
            watch = list_watched_codes(session, now=now)
        if not actor.can(Action.READ_REGISTER):
            answers = [answer.hide_register() for answer in answers]
        results = [answer.to_json() for answer in answers]
        return jsonify(results=results, **({"watch": watch} if watch else {}))


def check_name(name: object, *, field: str) -> str:
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise Invalid("Name the reader.", errors={field: ["Must be a text in printable letters."]})
    # A name that is cut short could be another reader's.
    if len(name.strip()) > MAX_NAME_LENGTH:
        raise Invalid(
            "This name is too long.", errors={field: [f"Longer than {MAX_NAME_LENGTH} characters."]}
        )
    return name.strip()


def read_object() -> dict[str, Any]:
    if not request.is_json:
        raise Invalid("Send the body as application/json.", code="not_json")
    body = parse_json(request.get_data(), limit=JSON_LIMIT)
    if not isinstance(body, dict):
        raise Invalid("Send an object.", errors={"body": ["Must be an object."]})
    return body


def parse_sent_at(body: dict[str, Any]) -> datetime | None:
    """Return what time it is at the sender.

    :raises Invalid: it is not a time.
    """
    if body.get("sent_at") is None:
        return None
    try:
        return parse_time(body["sent_at"])
    except Refused as error:
        raise Invalid("Say when it was sent.", errors={"sent_at": [str(error)]}) from None


def _holds_nul(value: object) -> bool:
    if isinstance(value, dict):
        return any(_holds_nul(key) or _holds_nul(item) for key, item in value.items())
    if isinstance(value, list):
        return any(map(_holds_nul, value))
    return isinstance(value, str) and "\x00" in value


MAX_HEARTBEAT_BYTES = 16_384


@blueprint.route("/readers/<path:name>/heartbeat")
class Heartbeat(MethodView):
    @allow(Action.POST_READS)
    @blueprint.doc(
        summary="Report that an agent runs",
        requestBody={
            "required": True,
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
    )
    @blueprint.response(204)
    @blueprint.alt_response(200, schema=WatchSchema)
    @blueprint.alt_response(413, schema=ProblemSchema, content_type="application/problem+json")
    @blueprint.alt_response(422, schema=ProblemSchema, content_type="application/problem+json")
    def post(self, name: str) -> Response:
        """Keep queue depth and reader states as the agent reports them.

        While a person searches for a tag, the answer is 200 with the tags.
        """
        name = check_name(name, field="name")
        if len(request.get_data()) > MAX_HEARTBEAT_BYTES:
            raise TooLarge("A heartbeat has at most 16 kB. Leave fields out.")
        spend_budget(require_actor().key, 1, len(request.get_data()))
        body = read_object()
        if _holds_nul(body):
            raise Invalid("NUL cannot be kept.", errors={"body": ["Holds a control character."]})
        try:
            sent_at = parse_sent_at(body)
        except Invalid:
            sent_at = None  # a heartbeat is free-form: the page shows it as it came
        actor, now = require_actor(), g.now

        def note(session: Session) -> list[str]:
            note_heartbeat(
                session,
                reader_name=name,
                heartbeat=body,
                now=now,
                sent_at=sent_at,
                actor=actor,
            )
            return list_watched_codes(session, now=now)

        watch = transact(note)
        if not watch:
            return Response(status=204)
        return jsonify(watch=watch, next_seconds=BEAT_WHILE_WATCHED_S)
