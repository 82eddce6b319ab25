"""/api/v1/licences and /api/v1/positions: licences with their seats, and whether there are enough.

What devices have installed is at /api/v1/assets/TAG/installations.
"""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.licences import schemas
from scanner_app.domain.access.roles import Action
from scanner_app.domain.money import show_money
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.models import Asset
from scanner_app.queries.licences.licences import get_licence, list_licences, list_seats
from scanner_app.queries.licences.positions import list_positions
from scanner_app.queries.licences.software import list_software
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.health.check import check_devices
from scanner_app.services.licences.fields import read_licence
from scanner_app.services.licences.seats import find_holder, give_seat, take_seat
from scanner_app.services.licences.software import Installed, record_software
from scanner_app.services.licences.write import add_licence, change_licence
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint("licences", __name__, url_prefix="/api/v1", description="Licences.")


def _show(session: Session, asset_tag: str) -> dict[str, Any]:
    row = get_licence(session, asset_tag)
    seats = [
        {
            "id": one.id,
            "person": one.ref if one.is_person else None,
            "asset": None if one.is_person else one.ref,
            "quantity": one.quantity,
            "started_at": one.started_at,
            "last_used_on": one.last_used_on,
            "is_unused": one.is_unused,
        }
        for one in list_seats(session, row.id, today=today_here())
    ]
    return {**schemas.show_licence(row), "seat_holders": seats}


@blueprint.route("/licences")
class Licences(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List licences")
    @blueprint.arguments(schemas.LicenceQuery, location="query")
    @blueprint.response(200, schemas.LicenceListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List licences by product."""
        with reading() as session:
            found = list_licences(
                session, query=query["q"], cursor=query.get("cursor"), limit=query["limit"]
            )
        return {"items": [schemas.show_licence(row) for row in found.rows], "next": found.next}

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Add a licence")
    @blueprint.arguments(schemas.NewLicence)
    @blueprint.response(201, schemas.LicenceDetailSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a licence: an asset of kind software, with the tag that is given or the next one."""
        actor, currency = require_actor(), current_organisation().currency
        fields = read_licence(schemas.read_texts(body), currency=currency)

        record = {name: body.get(name) for name in ("asset_tag", "supplier")}

        def add(session: Session) -> dict[str, Any]:
            asset_id = add_licence(session, fields=fields, record=record, actor=actor, now=g.now)
            return _show(session, session.get_one(Asset, asset_id).asset_tag)

        return transact(add)


@blueprint.route("/licences/<path:asset_tag>")
class OneLicence(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a licence")
    @blueprint.response(200, schemas.LicenceDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """Get one licence by its asset tag, with who has its seats: 500 at most."""
        with reading() as session:
            return _show(session, asset_tag)

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Change a licence")
    @blueprint.arguments(schemas.LicenceInput)
    @blueprint.response(200, schemas.LicenceDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Change a licence. Fewer seats than are given go with `accept_overuse`."""
        actor, currency = require_actor(), current_organisation().currency

        def change(session: Session) -> dict[str, Any]:
            texts = schemas.read_texts(body, get_licence(session, asset_tag))
            change_licence(
                session,
                asset_tag=asset_tag,
                fields=read_licence(texts, currency=currency),
                accept_overuse=body["accept_overuse"],
                actor=actor,
                now=g.now,
            )
            return _show(session, asset_tag)

        return transact(change)


@blueprint.route("/licences/<path:asset_tag>/seats")
class Seats(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Give a seat")
    @blueprint.arguments(schemas.SeatInput)
    @blueprint.response(201, schemas.LicenceDetailSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Add a seat of a person or an asset; refused as `no_free_seat` if too few are free."""
        actor = require_actor()

        def give(session: Session) -> dict[str, Any]:
            holder = find_holder(session, person=body["person"], asset=body["asset"])
            give_seat(
                session,
                asset_tag=asset_tag,
                holder=holder,
                quantity=body["quantity"],
                actor=actor,
                now=g.now,
            )
            return _show(session, asset_tag)

        return transact(give)


@blueprint.route("/licences/<path:asset_tag>/seats/<id:seat_id>")
class OneSeat(MethodView):
    @allow(Action.CHANGE_CUSTODY)
    @blueprint.doc(summary="Take a seat back")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, asset_tag: str, seat_id: int) -> None:
        """Take the seats of a holder back."""
        actor = require_actor()
        transact(
            lambda s: take_seat(s, asset_tag=asset_tag, seat_id=seat_id, actor=actor, now=g.now)
        )


@blueprint.route("/positions")
class Positions(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List positions of products")
    @blueprint.arguments(schemas.PositionQuery, location="query")
    @blueprint.response(200, schemas.PositionListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List what is entitled on a day, needed today, free and over, by product and metric."""
        with reading() as session:
            rows = list_positions(session, on=query.get("on") or today_here())
        return {
            "items": [
                {
                    "product": row.product,
                    "metric": row.metric.value,
                    "entitled": row.position.entitled,
                    "assigned": row.assigned,
                    "installed": row.installed,
                    "need": row.position.need,
                    "free": row.position.free,
                    "shortfall": row.position.shortfall,
                    "true_up": None
                    if row.position.true_up_cents is None
                    else show_money(row.position.true_up_cents),
                    "currency": row.currency,
                }
                for row in rows
            ]
        }


@blueprint.route("/assets/<path:asset_tag>/installations")
class Installations(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what a device has installed")
    @blueprint.response(200, schemas.InstallationListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """List what a device has installed, as monitoring said last, by name."""
        with reading() as session:
            return {"items": list_software(session, find_asset_id(session, asset_tag))}

    @allow(Action.IMPORT)
    @blueprint.doc(summary="Report what a device has installed")
    @blueprint.arguments(schemas.InstallationsInput)
    @blueprint.response(200, schemas.InstallationListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def put(self, body: dict[str, Any], asset_tag: str) -> dict[str, Any]:
        """Report all that a device has installed: what is not named is taken for gone."""
        today = today_here()

        def keep(session: Session) -> dict[str, Any]:
            asset_id = find_asset_id(session, asset_tag)
            products = [Installed(**one) for one in body["items"]]
            record_software(
                session, asset_id=asset_id, products=products, source=body["source"], today=today
            )
            check_devices(session, [asset_id], today=today, now=g.now)
            return {"items": list_software(session, asset_id)}

        return transact(keep)
