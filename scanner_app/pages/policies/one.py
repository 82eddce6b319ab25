"""One policy: what it says, its versions, its waivers, and the form by which admins change it."""

from __future__ import annotations

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import say_money
from scanner_app.domain.policies.gates import CHECK_STATES, SubjectKind
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import today_here
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.policies._blueprint import blueprint
from scanner_app.pages.policies.forms import list_choices, read_number, read_policy
from scanner_app.queries.policies.policies import (
    get_policy,
    list_versions,
    list_waivers,
)
from scanner_app.services.policies.policies import change_policy
from scanner_app.storage.database import reading, transact

SHOWN = 50


@blueprint.get("/<code>")
@allow(Action.READ_REGISTER)
def show_one(code: str) -> Response:
    """Show one policy."""
    return show_policy(code)


@blueprint.post("/<code>")
@allow(Action.MANAGE_POLICIES)
def change_one(code: str) -> Response:
    """Change a policy."""
    actor, form = require_actor(), request.form
    with reading() as session:
        known = get_policy(session, code)
    try:
        values = read_policy(known.check, known.applies)
        version = read_number(form.get("version", ""))

        def save(session: Session) -> bool:
            changes = change_policy(
                session, code=code, values=values, version=version, actor=actor, now=g.now
            )
            note_change(session, Thing.POLICY, Step.CHANGED, known.title, changes)
            return bool(changes)

        changed = transact(save)
    except (Invalid, Conflict) as error:
        return show_policy(code, error, open_form="policy")
    flash("Saved. The version before is kept." if changed else "Nothing is different.", "ok")
    return redirect(f"/policies/{code}", 303)


@blueprint.post("/<code>/state")
@allow(Action.MANAGE_POLICIES)
def switch(code: str) -> Response:
    """Retire a policy, or bring it back into use. Its versions, results and waivers stay."""
    actor, form = require_actor(), request.form
    is_active = form.get("state") == "in_use"

    def save(session: Session) -> bool:
        changes = change_policy(
            session, code=code, values={"is_active": is_active}, actor=actor, now=g.now,
            version=read_number(form.get("version", "")),
        )  # fmt: skip
        if changes:
            step = Step.SWITCHED_ON if is_active else Step.SWITCHED_OFF
            note_change(session, Thing.POLICY, step, get_policy(session, code).title)
        return bool(changes)

    try:
        transact(save)
    except Conflict as error:
        return show_policy(code, error)
    flash("It is in use again." if is_active else "It is retired. Nothing is checked by it.", "ok")
    return redirect(f"/policies/{code}", 303)


def show_policy(
    code: str, error: Invalid | Conflict | NotFound | None = None, open_form: str = ""
) -> Response:
    """Show a policy, and what is wrong with a form of its page."""
    if isinstance(error, NotFound):
        error = Invalid(error.message, errors={"subject": [error.message]})
    with reading() as session:
        policy = get_policy(session, code)
        return page(
            "policies/detail.html",
            policy=policy,
            versions=list_versions(session, policy.id),
            waivers=list_waivers(session, code=code, limit=SHOWN),
            states=CHECK_STATES,
            subject_kinds=[(one.value, one.label) for one in SubjectKind],
            say_money=say_money,
            today=today_here(),
            open_form=open_form,
            typed=open_form == "policy",
            **list_choices(session, policy.check, policy.params),
            **describe_problem(error, conflict_field="form"),
        )
