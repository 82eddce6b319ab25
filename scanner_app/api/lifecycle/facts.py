"""/api/v1/facts and /api/v1/assets/TAG/facts: what monitoring says of devices."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.domain.access.roles import Action
from scanner_app.domain.lifecycle.facts import MAX_FACT_VALUE
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.queries.lifecycle.facts import list_facts
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.health.check import check_devices
from scanner_app.services.lifecycle.facts import Report, Told, find_devices, record_facts
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"
MAX_REPORTS = 1000
MAX_FACTS = 60

blueprint = Blueprint(
    "facts", __name__, url_prefix="/api/v1", description="What monitoring says of devices."
)


class FactValue(fields.Raw):
    """A text, a number, or true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        value = super()._deserialize(value, attr, data, **kwargs)
        if isinstance(value, str) and (not value.isprintable() or len(value) > MAX_FACT_VALUE):
            raise ValidationError(f"Use at most {MAX_FACT_VALUE} characters on one line.")
        if not isinstance(value, str | int | float | bool):
            raise ValidationError("Give a text, a number, true or false.")
        return value


class ReportInput(Schema):
    """What is said of one device, named by its asset tag or else by its serial number."""

    asset_tag = SafeText(limit=255, blank=False)
    serial = SafeText(limit=255, blank=False)
    observed_at = fields.AwareDateTime(required=True)
    facts = fields.Dict(
        keys=SafeText(limit=40, blank=False),
        values=FactValue(),
        required=True,
        validate=validate.Length(min=1, max=MAX_FACTS),
    )

    @validates_schema
    def _name_one(self, data: dict[str, Any], **_kwargs: Any) -> None:
        if ("asset_tag" in data) == ("serial" in data):
            raise ValidationError("Give either asset_tag or serial.", "asset_tag")


class FactsInput(Schema):
    """Reports of 1 to 1,000 devices; `source` names who says it."""

    source = SafeText(limit=40, load_default="api", blank=False)
    items = fields.List(
        fields.Nested(ReportInput),
        required=True,
        validate=validate.Length(min=1, max=MAX_REPORTS),
    )


class FactsAnswer(Schema):
    """What became of each report, in their order."""

    items = fields.List(
        fields.String(validate=validate.OneOf([one.value for one in Told])), required=True
    )


class FactSchema(Schema):
    name = fields.String(required=True)
    value = fields.String(required=True)
    observed_at = fields.AwareDateTime(required=True)
    source = fields.String(required=True)


class FactListSchema(Schema):
    items = fields.List(fields.Nested(FactSchema), required=True)


@blueprint.route("/facts")
class Facts(MethodView):
    @allow(Action.IMPORT)
    @blueprint.doc(summary="Report facts of devices")
    @blueprint.arguments(FactsInput)
    @blueprint.response(200, FactsAnswer)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep what monitoring says: the newest of each fact and day.

        A device that no asset is, or several are, is named in the answer and not registered. Facts
        answer items of checklists.
        """
        actor, zone = require_actor(), current_organisation().zone
        reports = [
            Report(one.get("asset_tag"), one.get("serial"), one["observed_at"], one["facts"])
            for one in body["items"]
        ]

        def save(session: Session) -> list[Told]:
            told = record_facts(
                session, reports, source=body["source"], zone=zone, actor=actor, now=g.now
            )
            known = [one for one in find_devices(session, reports) if isinstance(one, int)]
            check_devices(session, known, today=today_here(), now=g.now)
            return told

        return {"items": [one.value for one in transact(save)]}


@blueprint.route("/assets/<path:asset_tag>/facts")
class AssetFacts(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what a device reports")
    @blueprint.response(200, FactListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """Return the newest of each fact of an asset."""
        with reading() as session:
            lines = list_facts(session, find_asset_id(session, asset_tag))
        return {
            "items": [{name: getattr(one, name) for name in FactSchema().fields} for one in lines]
        }
