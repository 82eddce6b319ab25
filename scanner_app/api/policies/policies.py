"""/api/v1/policies and /api/v1/waivers: what must hold, and what is let pass."""

from __future__ import annotations

from typing import Any

from flask import g
from flask.views import MethodView
from sqlalchemy.orm import Session

from scanner_app.api import Blueprint, ProblemSchema
from scanner_app.api.policies.schemas import (
    HousePolicyInput,
    HousePolicyListSchema,
    HousePolicyQuery,
    HousePolicySchema,
    NewHousePolicy,
    WaiverInput,
    WaiverListSchema,
    WaiverSchema,
    show_policy,
    show_waiver,
)
from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.policies.gates import SubjectKind
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import today_here
from scanner_app.edge.trail import note_change
from scanner_app.queries.policies.policies import get_policy, list_policies, list_waivers
from scanner_app.queries.policies.subjects import find_subject
from scanner_app.services.policies.policies import add_policy, change_policy
from scanner_app.services.policies.waivers import add_waiver, withdraw_waiver
from scanner_app.storage.database import reading, transact

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "policies_api", __name__, url_prefix="/api/v1", description="What must hold at each step."
)


@blueprint.route("/policies")
class Policies(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List policies")
    @blueprint.arguments(HousePolicyQuery, location="query")
    @blueprint.response(200, HousePolicyListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List policies, those that are not in use among them."""
        limit = query["limit"]
        with reading() as session:
            rows = list_policies(session, after_id=query.get("cursor"), limit=limit + 1)
        return {
            "items": [show_policy(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }

    @allow(Action.MANAGE_POLICIES)
    @blueprint.doc(summary="Make a policy of a check")
    @blueprint.arguments(NewHousePolicy)
    @blueprint.response(201, HousePolicySchema)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a policy of a check. It is retired with `is_active` false, and never deleted."""
        actor = require_actor()

        def add(session: Session) -> dict[str, Any]:
            made = get_policy(session, add_policy(session, values=body, actor=actor, now=g.now))
            note_change(session, Thing.POLICY, Step.ADDED, made.title)
            return show_policy(made)

        return transact(add)


@blueprint.route("/policies/<code>")
class OnePolicy(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="Get a policy")
    @blueprint.response(200, HousePolicySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, code: str) -> dict[str, Any]:
        """Get one policy with its params."""
        with reading() as session:
            return show_policy(get_policy(session, code))

    @allow(Action.MANAGE_POLICIES)
    @blueprint.doc(summary="Change a policy")
    @blueprint.arguments(HousePolicyInput)
    @blueprint.response(200, HousePolicySchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def patch(self, body: dict[str, Any], code: str) -> dict[str, Any]:
        """Change a policy. The version before is kept."""
        actor = require_actor()
        version = body.pop("version", None)

        def change(session: Session) -> dict[str, Any]:
            changes = change_policy(
                session, code=code, values=body, version=version, actor=actor, now=g.now
            )
            changed = get_policy(session, code)
            note_change(session, Thing.POLICY, Step.CHANGED, changed.title, changes)
            return show_policy(changed)

        return transact(change)


@blueprint.route("/waivers")
class Waivers(MethodView):
    @allow(Action.READ_REGISTER)
    @blueprint.doc(summary="List waivers")
    @blueprint.arguments(HousePolicyQuery, location="query")
    @blueprint.response(200, WaiverListSchema)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List waivers, the newest first, those that are over among them."""
        limit = query["limit"]
        with reading() as session:
            rows = list_waivers(session, before_id=query.get("cursor"), limit=limit + 1)
        return {
            "items": [show_waiver(row) for row in rows[:limit]],
            "next": str(rows[limit - 1].id) if len(rows) > limit else None,
        }

    @allow(Action.APPROVE)
    @blueprint.doc(summary="Let something pass a policy")
    @blueprint.arguments(WaiverInput)
    @blueprint.response(201, WaiverSchema)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(422, schema=ProblemSchema, content_type=PROBLEM)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Waive a policy for one thing. A waiver of who asked for it does not count at the gate."""
        actor, today = require_actor(), today_here()

        def add(session: Session) -> dict[str, Any]:
            subject = _find_subject(session, body)
            id_ = add_waiver(
                session,
                code=body["policy"],
                subject=subject,
                reason=body["reason"],
                until_on=body["until_on"],
                today=today,
                actor=actor,
                now=g.now,
            )
            policy = get_policy(session, body["policy"])
            said = f"{policy.title}, {body['subject_kind']} {body['subject']}"
            until = {"until": ("", str(body["until_on"]))}
            note_change(session, Thing.WAIVER, Step.ADDED, said, until)
            rows = list_waivers(session, code=policy.code, subject=subject)
            return show_waiver(next(row for row in rows if row.id == id_))

        return transact(add)


@blueprint.route("/waivers/<id:waiver_id>")
class OneWaiver(MethodView):
    @allow(Action.APPROVE)
    @blueprint.doc(summary="Take a waiver back")
    @blueprint.response(204)
    @blueprint.alt_response(404, schema=ProblemSchema, content_type=PROBLEM)
    @blueprint.alt_response(409, schema=ProblemSchema, content_type=PROBLEM)
    def delete(self, waiver_id: int) -> None:
        """Take a waiver back. The row stays, with who took it back."""
        actor = require_actor()

        def withdraw(session: Session) -> None:
            title = withdraw_waiver(session, waiver_id=waiver_id, actor=actor, now=g.now)
            note_change(session, Thing.WAIVER, Step.REVOKED, title)

        transact(withdraw)


def _find_subject(session: Session, body: dict[str, Any]) -> tuple[SubjectKind, int]:
    """Return what the body names.

    :raises Invalid: nothing has that name.
    """
    try:
        return find_subject(session, SubjectKind(body["subject_kind"]), body["subject"])
    except NotFound as error:
        raise Invalid(error.message, errors={"subject": [error.message]}) from None
