"""GET, POST and PATCH /api/v1/assets: the register's assets, and the history of each."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, post_load, validate

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.body import SafeText
from scanner_app.api.register.fields import (
    AssetCodeSchema,
    Money,
    PageQuery,
    QueryText,
    codes_of,
)
from scanner_app.domain.access.roles import Action
from scanner_app.domain.asset_page import EVENT_KINDS
from scanner_app.domain.money import show_money
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.register import assets as queries
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.queries.register.asset_sorts import SORTS
from scanner_app.queries.register.assets import AssetFilter
from scanner_app.queries.register.history import list_history
from scanner_app.queries.register.locations import get_location
from scanner_app.queries.register.people import get_person
from scanner_app.services.register.by_hand import create_asset, edit_asset
from scanner_app.services.register.fields import MAX_MONTHS, MAX_TAG
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"
STAGES = [stage.value for stage in Stage]

blueprint = Blueprint(
    "assets", __name__, url_prefix="/api/v1/assets", description="The register's assets."
)


class CustomField(fields.Dict):
    """Custom fields: texts by name. Numbers and booleans are stored as text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if isinstance(value, dict):
            value = {
                name.strip() if isinstance(name, str) else name: _as_text(item)
                for name, item in value.items()
            }
        loaded: dict[str, Any] = super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call] # marshmallow leaves Dict's untyped
        return loaded


def _as_text(item: Any) -> Any:
    if isinstance(item, bool):
        return "yes" if item else "no"
    return str(item).strip() if isinstance(item, int | float | str) else item


class AssetInput(Schema):
    """The fields that a program may set. Any other field is refused as unknown."""

    asset_tag = SafeText(limit=MAX_TAG, blank=False)
    name = SafeText(limit=255, allow_none=True)
    serial_number = SafeText(limit=255, allow_none=True)
    category = SafeText(limit=100, allow_none=True)
    manufacturer = SafeText(limit=100, allow_none=True)
    model = SafeText(limit=200, allow_none=True)
    model_number = SafeText(limit=100, allow_none=True)
    status = fields.String(validate=validate.OneOf(STAGES))
    location = SafeText(
        limit=255, allow_none=True, metadata={"description": "The location's code."}
    )
    home_location = SafeText(limit=255, allow_none=True)
    custodian = SafeText(
        limit=255, allow_none=True, metadata={"description": "Number, e-mail or badge."}
    )
    purchase_date = fields.Date(allow_none=True)
    purchase_cost = Money(allow_none=True)
    currency = fields.String(
        allow_none=True,
        validate=validate.Regexp(r"[A-Z]{3}\Z", error="Use three letters such as EUR."),
        metadata={"description": "ISO 4217, three letters."},
    )
    supplier = SafeText(limit=255, allow_none=True)
    order_number = SafeText(limit=255, allow_none=True)
    warranty_months = fields.Integer(
        allow_none=True, strict=True, validate=validate.Range(min=0, max=MAX_MONTHS)
    )
    eol_date = fields.Date(allow_none=True)
    notes = SafeText(limit=10_000, multiline=True, allow_none=True)
    identifiers = fields.List(fields.Nested(AssetCodeSchema), validate=validate.Length(max=50))
    custom = CustomField(
        keys=SafeText(limit=100, blank=False),
        values=SafeText(limit=2000, multiline=True, allow_none=True),
        allow_none=True,
    )

    @post_load
    def _to_columns(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        if "purchase_cost" in data:
            data["purchase_cost_cents"] = data.pop("purchase_cost")
        if "status" in data:
            data["status"] = Stage(data["status"])
        for name in ("supplier", "order_number", "notes"):
            if data.get(name):
                data[name] = data[name].strip()
        return codes_of(data)


class NewAsset(AssetInput):
    asset_tag = SafeText(limit=MAX_TAG, blank=False, required=True)


class AssetSchema(Schema):
    """An asset as it is now."""

    asset_tag = fields.String(required=True)
    name = fields.String(required=True)
    serial_number = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    manufacturer = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    model_number = fields.String(required=True, allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(STAGES))
    location = fields.String(required=True, allow_none=True)
    location_name = fields.String(required=True, allow_none=True)
    home_location = fields.String(required=True, allow_none=True)
    custodian = fields.String(required=True, allow_none=True)
    custodian_name = fields.String(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    condition = fields.String(required=True, allow_none=True)
    last_seen_at = fields.AwareDateTime(required=True, allow_none=True)
    last_seen_location = fields.String(required=True, allow_none=True)
    purchase_date = fields.Date(required=True, allow_none=True)
    purchase_cost = fields.String(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    supplier = fields.String(required=True, allow_none=True)
    order_number = fields.String(required=True, allow_none=True)
    warranty_months = fields.Integer(required=True, allow_none=True)
    eol_date = fields.Date(required=True, allow_none=True)
    lost_since = fields.Date(
        required=True, allow_none=True,
        metadata={"description": "When an audit wrote it off; it counts while it is missing."},
    )  # fmt: skip
    notes = fields.String(required=True, allow_none=True)
    identifiers = fields.List(fields.Nested(AssetCodeSchema), required=True)
    custom = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)


class AssetListSchema(Schema):
    items = fields.List(fields.Nested(AssetSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class AssetQuery(PageQuery):
    status = fields.String(validate=validate.OneOf(STAGES))
    category = QueryText(limit=100)
    location = QueryText(
        limit=255, metadata={"description": "A location's code; includes everything inside."}
    )
    custodian = QueryText(limit=255)
    sort = fields.String(load_default="tag", validate=validate.OneOf(list(SORTS)))


class EventSchema(Schema):
    """One event in an asset's life. Its details depend on its kind."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(EVENT_KINDS),
    )
    at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    actor = fields.String(required=True, allow_none=True)
    message = fields.String(required=True)
    is_undone = fields.Boolean(required=True)
    details = fields.Dict(keys=fields.String(), values=fields.Raw(), required=True)


class HistorySchema(Schema):
    items = fields.List(fields.Nested(EventSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class HistoryQuery(Schema):
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=500))
    cursor = QueryText(limit=2000)


def show_asset(row: AssetRow) -> dict[str, Any]:
    """Return an asset in the form of the API."""
    names = AssetSchema().fields.keys() - {"purchase_cost", "identifiers"}
    return {
        **{name: getattr(row, name) for name in names},
        "purchase_cost": (
            None if row.purchase_cost_cents is None else show_money(row.purchase_cost_cents)
        ),
        "identifiers": [{"scheme": scheme, "value": value} for scheme, value in row.identifiers],
    }


@blueprint.route("")
class Assets(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List assets")
    @blueprint.arguments(AssetQuery, location="query")
    @blueprint.response(200, AssetListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List assets, with search and filters."""
        with reading() as session:
            place, person = query.get("location"), query.get("custodian")
            wanted = AssetFilter(
                query=query.get("q", ""),
                status=Stage(query["status"]) if "status" in query else None,
                category=query.get("category"),
                location_id=get_location(session, place).id if place else None,
                custodian_id=get_person(session, person).id if person else None,
            )
            found = queries.list_assets(
                session,
                wanted=wanted,
                sort=query["sort"],
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": [show_asset(row) for row in found.rows], "next": found.next}

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Create an asset")
    @blueprint.arguments(NewAsset)
    @blueprint.response(201, AssetSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Create an asset. A category or model that does not exist yet is created too."""
        actor = require_actor()
        asset_id = transact(lambda s: create_asset(s, values=body, actor=actor, now=g.now))
        with reading() as session:
            return show_asset(queries.get_asset_by_id(session, asset_id))


@blueprint.route("/<path:asset_tag>")
class OneAsset(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get an asset")
    @blueprint.response(200, AssetSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """Get one asset by its tag."""
        with reading() as session:
            return show_asset(queries.get_asset(session, asset_tag))

    @allow(Action.EDIT_REGISTER)
    @blueprint.doc(summary="Change an asset")
    @blueprint.arguments(AssetInput)
    @blueprint.response(200, AssetSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Change the fields in the body. All other fields stay as they are."""
        actor = require_actor()
        asset_id = transact(
            lambda s: edit_asset(s, asset_tag=asset_tag, values=body, actor=actor, now=g.now)
        )
        with reading() as session:
            return show_asset(queries.get_asset_by_id(session, asset_id))


@blueprint.route("/<path:asset_tag>/history")
class AssetHistory(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get an asset's history")
    @blueprint.arguments(HistoryQuery, location="query")
    @blueprint.response(200, HistorySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Return everything that happened to an asset, newest first."""
        with reading() as session:
            found = list_history(
                session,
                asset_id=queries.find_asset_id(session, asset_tag),
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {"items": found.rows, "next": found.next}
