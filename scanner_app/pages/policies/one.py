"""One policy: what it says, its versions, its waivers, and the form by which admins change it."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.money import read_money, say_money, show_money
from scanner_app.domain.policies.bands import MAX_BANDS
from scanner_app.domain.policies.checks import ParamKind, ParamRow
from scanner_app.domain.policies.gates import CHECK_STATES, MODES, Severity, SubjectKind
from scanner_app.domain.register.kinds import ASSET_KINDS
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.policies._blueprint import blueprint
from scanner_app.queries.policies.policies import (
    PolicyRow,
    get_policy,
    list_versions,
    list_waivers,
)
from scanner_app.queries.register.assets import list_categories, list_model_names
from scanner_app.services.policies.policies import change_policy
from scanner_app.storage.database import reading, transact

MAX_DIGITS = 9
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
        values = _read(known)
        version = _count(form.get("version", ""))

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
            params=[(row, _write_param(row, policy.params[row.name])) for row in _rows(policy)],
            gates=[(gate.value, gate.facts.label) for gate in policy.check.facts.gates],
            modes=[(mode.value, row.label) for mode, row in MODES.items()],
            severities=[(one.value, one.label) for one in Severity],
            kinds=[(kind.value, row.label) for kind, row in ASSET_KINDS.items()],
            categories=[(name, name) for name in list_categories(session)],
            models=list_model_names(session),
            subject_kinds=[(one.value, one.label) for one in SubjectKind],
            blank_bands=MAX_BANDS,
            base=current_organisation().currency,
            say_money=say_money,
            today=today_here(),
            form=request.form,
            open_form=open_form,
            **describe_problem(error, conflict_field="form"),
        )


def _rows(policy: PolicyRow) -> tuple[ParamRow, ...]:
    return policy.check.facts.params


def _write_param(row: ParamRow, value: Any) -> Any:
    """Return a param as its field shows it; of bands, pairs of texts."""
    match row.kind:
        case ParamKind.MONEY:
            return show_money(value)
        case ParamKind.BANDS:
            return [(show_money(above), str(approvals)) for above, approvals in value]
        case ParamKind.WORDS:
            return "\n".join(value)
        case _:
            return value


def _read(policy: PolicyRow) -> dict[str, Any]:
    """Return what the form says about a policy.

    :raises Invalid: a text is not a number or an amount.
    """
    form = request.form
    errors: dict[str, list[str]] = {}
    params = {row.name: _read_param(row, form, errors) for row in _rows(policy)}
    if errors:
        raise Invalid("This policy cannot be saved. Check the fields.", errors=errors)
    applies = {
        **policy.applies,
        "kinds": form.getlist("kinds"),
        "categories": form.getlist("categories"),
        "models": [name.strip() for name in form.get("models", "").splitlines() if name.strip()],
    }
    return {
        "title": form.get("title", ""),
        "reference": form.get("reference", ""),
        "gate": form.get("gate", ""),
        "mode": form.get("mode", ""),
        "severity": form.get("severity", ""),
        "is_active": form.get("is_active") == "on",
        "params": params,
        "applies": {name: list(values) for name, values in applies.items()},
    }


def _read_param(row: ParamRow, form: Any, errors: dict[str, list[str]]) -> Any:
    name = f"params.{row.name}"
    text = str(form.get(name, "")).strip()
    match row.kind:
        case ParamKind.FLAG:
            return form.get(name) == "on"
        case ParamKind.WORDS:
            return [line.strip() for line in text.splitlines() if line.strip()]
        case ParamKind.COUNT:
            return _count(text)
        case ParamKind.MONEY:
            return _money(text, name, errors)
        case ParamKind.BANDS:
            pairs = zip(form.getlist(f"{name}.above"), form.getlist(f"{name}.count"), strict=False)
            bands = []
            for above, count in pairs:
                if above.strip() or count.strip():
                    number = _count(count)
                    bands.append([_money(above, name, errors), -1 if number is None else number])
            return bands


def _money(text: str, name: str, errors: dict[str, list[str]]) -> int:
    try:
        return read_money(text)
    except ValueError as error:
        errors[name] = [str(error)]
        return 0


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS else None
