"""/api/v1/contracts and /api/v1/renewals: contracts by their terms, and what is to be decided."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.contracts import schemas
from scanner_app.domain.access.roles import Action
from scanner_app.domain.contracts.states import ContractKind, ContractState
from scanner_app.domain.months import add_months
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.queries.contracts.contracts import (
    ContractFilter,
    list_contracts,
    list_due,
    list_terms,
)
from scanner_app.queries.contracts.parts import list_covered
from scanner_app.services.contracts.coverage import cover, uncover
from scanner_app.services.contracts.fields import read_contract
from scanner_app.services.contracts.renew import renew
from scanner_app.services.contracts.write import add_contract, change_contract, step_contract
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"
AHEAD_MONTHS = 12

blueprint = Blueprint("contracts", __name__, url_prefix="/api/v1", description="Contracts.")


def _show(session: Session, number: str) -> dict[str, Any]:
    terms = [schemas.show_term(row) for row in list_terms(session, number)]
    return {**terms[0], "terms": terms}


@blueprint.route("/contracts")
class Contracts(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List contracts")
    @blueprint.arguments(schemas.ContractQuery, location="query")
    @blueprint.response(200, schemas.ContractListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List contracts by number, each by its newest term."""
        wanted = ContractFilter(
            query=query["q"],
            kind=ContractKind(query["kind"]) if "kind" in query else None,
            states=(ContractState(query["state"]),) if "state" in query else (),
        )
        with reading() as session:
            found = list_contracts(
                session, wanted=wanted, cursor=query.get("cursor"), limit=query["limit"]
            )
        return {"items": [schemas.show_term(row) for row in found.rows], "next": found.next}

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Add a contract")
    @blueprint.arguments(schemas.NewContract)
    @blueprint.response(201, schemas.ContractSchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add a contract with its first term. A number that another one has is refused."""
        actor, state = require_actor(), ContractState(body.pop("state"))
        currency = current_organisation().currency

        def add(session: Session) -> dict[str, Any]:
            fields = read_contract(session, schemas.read_texts(body), currency=currency)
            number = add_contract(session, fields=fields, actor=actor, now=g.now, state=state)
            return _show(session, number)

        return transact(add)


@blueprint.route("/contracts/<number>")
class OneContract(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a contract")
    @blueprint.response(200, schemas.ContractSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """Get one contract by its number, with all its terms."""
        with reading() as session:
            return _show(session, number)

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Change a contract")
    @blueprint.arguments(schemas.ContractInput)
    @blueprint.response(200, schemas.ContractSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Change a contract and its newest term. Terms before it keep their days and price."""
        actor, currency = require_actor(), current_organisation().currency

        def change(session: Session) -> dict[str, Any]:
            [row, *_] = list_terms(session, number)
            texts = schemas.read_texts(body, row)
            fields = read_contract(session, texts, currency=currency)
            change_contract(session, number=number, fields=fields, actor=actor, now=g.now)
            return _show(session, number)

        return transact(change)


@blueprint.route("/contracts/<number>/state")
class State(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Set the state of a contract")
    @blueprint.arguments(schemas.StateInput)
    @blueprint.response(200, schemas.ContractSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Activate or cancel a draft, end a contract today, or take a notice back (`active`)."""
        return _step(number, ContractState(body["state"]), body["reason"])


@blueprint.route("/contracts/<number>/notice")
class Notice(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Let a contract lapse")
    @blueprint.arguments(schemas.NoticeInput)
    @blueprint.response(200, schemas.ContractSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Record that notice is given: the newest term ends, and none follows by itself."""
        return _step(number, ContractState.NOTICE_GIVEN, body["reason"])


def _step(number: str, wanted: ContractState, reason: str) -> dict[str, Any]:
    actor, today = require_actor(), today_here()

    def step(session: Session) -> dict[str, Any]:
        step_contract(
            session, number=number, wanted=wanted, reason=reason, actor=actor, now=g.now,
            today=today,
        )  # fmt: skip
        return _show(session, number)

    return transact(step)


@blueprint.route("/contracts/<number>/renewal")
class OneRenewal(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Renew a contract")
    @blueprint.arguments(schemas.RenewalInput)
    @blueprint.response(201, schemas.ContractSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Renew a contract by a further term, from the day after the last one."""
        actor, today = require_actor(), today_here()
        currency = current_organisation().currency

        def add(session: Session) -> dict[str, Any]:
            renew(
                session,
                number=number,
                values=schemas.read_texts(body),
                actor=actor,
                now=g.now,
                today=today,
                currency=currency,
            )
            return _show(session, number)

        return transact(add)


@blueprint.route("/contracts/<number>/assets")
class Covered(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what a contract covers")
    @blueprint.response(200, schemas.CoveredListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, number: str) -> dict[str, Any]:
        """List the assets that a contract covers or covered: 500 at most."""
        with reading() as session:
            list_terms(session, number)
            return _list_covered(session, number)

    @allow(Action.PURCHASE)
    @blueprint.doc(summary="Cover assets by a contract")
    @blueprint.arguments(schemas.CoverInput)
    @blueprint.response(200, schemas.CoveredListSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any], number: str) -> dict[str, Any]:
        """Cover assets. Contracts of the same kind that cover them too are named as warnings."""
        actor = require_actor()

        def add(session: Session) -> dict[str, Any]:
            warnings = cover(
                session,
                number=number,
                asset_tags=body["assets"],
                from_on=body.get("from_on"),
                until_on=body.get("until_on"),
                actor=actor,
                now=g.now,
            )
            return {**_list_covered(session, number), "warnings": warnings}

        return transact(add)


@blueprint.route("/contracts/<number>/assets/<path:asset_tag>")
class OneCovered(MethodView):
    @allow(Action.PURCHASE)
    @blueprint.doc(summary="End the coverage of an asset")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, number: str, asset_tag: str) -> None:
        """End the coverage of an asset with yesterday."""
        actor, today = require_actor(), today_here()
        transact(
            lambda s: uncover(
                s, number=number, asset_tag=asset_tag, actor=actor, now=g.now, today=today
            )
        )


def _list_covered(session: Session, number: str) -> dict[str, Any]:
    items = [
        {"asset": one.asset_tag, "from_on": one.from_on, "until_on": one.until_on}
        for one in list_covered(session, number)
    ]
    return {"items": items, "warnings": []}


@blueprint.route("/renewals")
class Renewals(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List what is to be decided")
    @blueprint.arguments(schemas.RenewalQuery, location="query")
    @blueprint.response(200, schemas.RenewalListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the terms that run and end, by the day to act by: 500 at most."""
        until = query.get("until") or add_months(today_here(), AHEAD_MONTHS)
        with reading() as session:
            return {"items": [schemas.show_term(row) for row in list_due(session, until=until)]}
