"""/api/v1/suppliers: who sells, repairs, recycles or leases out, and how they are certified."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.procurement.schemas import (
    CursorQuery,
    NewSupplier,
    SupplierInput,
    SupplierListSchema,
    SupplierSchema,
    show_supplier,
)
from scanner_app.domain.access.roles import Action
from scanner_app.edge.guard import allow, require_actor
from scanner_app.queries.procurement.suppliers import get_supplier, list_suppliers
from scanner_app.services.procurement.suppliers import NewScheme, save_supplier
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "suppliers_api", __name__, url_prefix="/api/v1", description="Who sells and repairs."
)


def _save(session: Session, body: dict[str, Any], supplier_id: int | None) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if supplier_id is not None:
        known = get_supplier(session, supplier_id)
        values = asdict(known) | {"schemes": [asdict(one) for one in known.schemes]}
    values |= body
    values["schemes"] = [NewScheme(**one) for one in values.get("schemes", ())]
    id_ = save_supplier(
        session, values=values, actor=require_actor(), now=g.now, supplier_id=supplier_id
    )
    return show_supplier(get_supplier(session, id_))


@blueprint.route("/suppliers")
class Suppliers(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List suppliers")
    @blueprint.arguments(CursorQuery, location="query")
    @blueprint.response(200, SupplierListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List suppliers, the oldest first."""
        limit = query["limit"]
        with reading() as session:
            rows = list_suppliers(session, after_id=query.get("cursor"), limit=limit + 1)
        return {
            "items": [show_supplier(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Add a supplier")
    @blueprint.arguments(NewSupplier)
    @blueprint.response(201, SupplierSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a supplier with its schemes."""
        return transact(lambda session: _save(session, body, None))


@blueprint.route("/suppliers/<id:supplier_id>")
class OneSupplier(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a supplier")
    @blueprint.response(200, SupplierSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, supplier_id: int) -> dict[str, Any]:
        """Get one supplier with its schemes."""
        with reading() as session:
            return show_supplier(get_supplier(session, supplier_id))

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Change a supplier")
    @blueprint.arguments(SupplierInput)
    @blueprint.response(200, SupplierSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], supplier_id: int) -> dict[str, Any]:
        """Change a supplier. `schemes` takes the place of those that it had."""
        return transact(lambda session: _save(session, body, supplier_id))
