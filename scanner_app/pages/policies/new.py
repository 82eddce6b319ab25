"""Make a policy of a check: choose the check, then fill in its fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.policies.checks import CHECKS, Check, read_usual
from scanner_app.domain.policies.gates import Gate, Mode, Severity
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.policies._blueprint import blueprint
from scanner_app.pages.policies.forms import list_choices, read_policy
from scanner_app.queries.policies.policies import get_policy
from scanner_app.services.policies.policies import add_policy
from scanner_app.storage.database import reading, transact


@dataclass(frozen=True, slots=True)
class Blank:
    """What the fields of a new policy say before anybody types."""

    check: Check
    gate: Gate
    title: str = ""
    reference: str = ""
    mode: Mode = Mode.WARN
    severity: Severity = Severity.NORMAL
    is_active: bool = True
    applies: dict[str, list[str]] = field(default_factory=dict)


@blueprint.get("/new")
@allow(Action.MANAGE_POLICIES)
def show_new() -> Response:
    """Show the checks, or the fields of a policy of one."""
    return _show()


@blueprint.post("/new")
@allow(Action.MANAGE_POLICIES)
def make() -> Response:
    """Make a policy of a check."""
    actor, check = require_actor(), _find_check()
    if check is None:
        return _show()
    try:
        values: dict[str, Any] = {
            **read_policy(check, {}), "check": check.value, "code": request.form.get("code", ""),
        }  # fmt: skip

        def save(session: Session) -> str:
            code = add_policy(session, values=values, actor=actor, now=g.now)
            note_change(session, Thing.POLICY, Step.ADDED, get_policy(session, code).title)
            return code

        code = transact(save)
    except (Invalid, Conflict) as error:
        return _show(error)
    flash("The policy is made.", "ok")
    return redirect(f"/policies/{code}", 303)


def _find_check() -> Check | None:
    name = request.args.get("check", "")
    return Check(name) if name in set(Check) else None


def _show(error: Invalid | Conflict | None = None) -> Response:
    check = _find_check()
    if check is None:
        return page("policies/new.html", policy=None, checks=CHECKS)
    with reading() as session:
        choices = list_choices(session, check, read_usual(check))
    return page(
        "policies/new.html",
        policy=Blank(check, check.facts.gates[0]),
        typed=error is not None,
        **choices,
        **describe_problem(error, conflict_field="code"),
    )
