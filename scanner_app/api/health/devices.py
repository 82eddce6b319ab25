"""/api/v1/monitoring and /api/v1/assets/TAG/health: how devices do."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.health import schemas
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.domain.health.exploited import Grade
from scanner_app.domain.health.states import DeviceState
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.edge.guard import allow
from scanner_app.edge.kept.devices import load_kept_failures, load_kept_overview
from scanner_app.edge.organisation import today_here
from scanner_app.queries.health.asset import load_asset_health
from scanner_app.queries.health.devices import DeviceFilter, list_devices, list_vulnerabilities
from scanner_app.queries.health.figures import load_failures
from scanner_app.queries.policies.policies import get_policy, list_results
from scanner_app.queries.register.assets import get_asset
from scanner_app.services.health.use import measure_use
from scanner_app.storage.database import reading

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "devices", __name__, url_prefix="/api/v1", description="Monitoring: how devices do."
)


@blueprint.route("/assets/<path:asset_tag>/health")
class AssetHealth(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get how a device does")
    @blueprint.response(200, schemas.DeviceHealthSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, asset_tag: str) -> dict[str, Any]:
        """Return until when a device is supported, what may be open to attack, and what fails.

        Only hardware has health. Of what was patched since it became known, `patched` is the
        number.
        """
        today = today_here()
        with reading() as session:
            asset = get_asset(session, asset_tag)
            found = load_asset_health(session, asset.id, today=today)
            if found is None:
                raise NotFound(f"{asset.asset_tag} is not a device, so it has no health.")
            results = list_results(session, SubjectKind.ASSET, asset.id)
            use = measure_use(session, asset.id, now=g.now)
            failures = load_failures(session, asset.id, now=g.now)
            of_model, _made_at = load_kept_failures(session, asset.id)
        pressing = [hit for hit in found.hits if hit.grade is not Grade.PATCHED]
        return {
            "asset": asset.asset_tag,
            "system": schemas.show_support(found.system, today),
            "model": schemas.show_support(found.model, today),
            "exploited": [schemas.show_hit(hit) for hit in pressing],
            "patched": len(found.hits) - len(pressing),
            "policies": [schemas.show_result(row) for row in results],
            "use": schemas.show_use(use, g.now),
            "failures": schemas.show_failures(failures),
            "model_failures": None if of_model is None else schemas.show_failures(of_model),
        }


@blueprint.route("/monitoring")
class Monitoring(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get how all devices do")
    @blueprint.response(200, schemas.MonitoringSchema)
    def get(self) -> dict[str, Any]:
        """Return how many devices are in each state, and how many run which release.

        What the policies of devices found is at /api/v1/policies, as counts.
        """
        with reading(fresh=False) as session:
            (found, _policies), made_at = load_kept_overview(session)
        return {"made_at": made_at, **schemas.show_overview(found, today_here())}


@blueprint.route("/monitoring/devices")
class Devices(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List devices by how they do")
    @blueprint.arguments(schemas.DeviceQuery, location="query")
    @blueprint.response(200, schemas.DeviceListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List devices: out of support (`ended`), exploited (`unpatched`), failing a policy, ...

        All that is given narrows the list. They come in the order in which they were registered.
        """
        today = today_here()
        cursor, limit = query.pop("cursor", None), query.pop("limit")
        state = query.pop("state", None)
        wanted = DeviceFilter(state=DeviceState(state) if state else None, **query)
        with reading(fresh=False) as session:
            if wanted.policy:
                get_policy(session, wanted.policy)
            found = list_devices(
                session, wanted, now=g.now, today=today, cursor=cursor, limit=limit
            )
        return {
            "items": [schemas.show_device(row, today) for row in found.rows],
            "next": found.next,
        }


@blueprint.route("/monitoring/vulnerabilities")
class Vulnerabilities(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what is known to be exploited")
    @blueprint.arguments(schemas.VulnerabilityQuery, location="query")
    @blueprint.response(200, schemas.VulnerabilityListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List what may touch devices here, the newest first, with how many it may touch."""
        with reading(fresh=False) as session:
            found = list_vulnerabilities(
                session,
                query=query["q"],
                everything=query["everything"],
                cursor=query.get("cursor"),
                limit=query["limit"],
            )
        return {
            "items": [schemas.show_vulnerability(row) for row in found.rows],
            "next": found.next,
        }
