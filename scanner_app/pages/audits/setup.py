"""Set up an audit: the form, the draft, and the revision of a closed audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, g, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.holdings.holdings import KINDS
from scanner_app.domain.audits.outside.presence import SINCE
from scanner_app.domain.audits.policy import POLICY, offer_policy, show_policy
from scanner_app.domain.audits.rounds.second import AMOUNTS, NONE, RANDOM, SECOND_COUNT
from scanner_app.domain.audits.scoping import NARROWING, NEVER
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.register.lifecycle import LABELS
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.plan import load_sample
from scanner_app.pages.audits.trail import load_trail
from scanner_app.queries.audits.approval.requests import list_closers
from scanner_app.queries.audits.choices import list_choices, name_scope
from scanner_app.queries.audits.holdings.holdings import count_covered
from scanner_app.queries.audits.list import AuditRow
from scanner_app.queries.audits.programmes.list import find_round
from scanner_app.queries.audits.scope import LOST, SCOPE_KEYS, count_scope, list_scope_rooms
from scanner_app.services.audits.planning import change_plan
from scanner_app.services.audits.setup import create_audit, open_revision
from scanner_app.storage.database import reading, transact

MAX_ROOMS = 200
MAX_DIGITS = 3


def read_scope_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a form says of a scope."""
    keys = (*SCOPE_KEYS, KINDS)
    parts: dict[str, Any] = {key: [v for v in form.getlist(key) if v] for key in keys}
    texts = {name: form[name].strip() for name in NARROWING if form.get(name, "").strip()}
    parts |= texts | ({NEVER: True} if NEVER in texts else {})
    return {**parts, LOST: True} if LOST in form else parts


def read_policy_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return what a form says of the policy; a key that it leaves out is as by default."""
    given: dict[str, Any] = {key: form[key] for key in (*POLICY, SINCE) if form.get(key)}
    second: dict[str, Any] = {
        name: form[f"second_{name}"].strip()
        for name in (RANDOM, *AMOUNTS)
        if form.get(f"second_{name}", "").strip()
    }
    if second.get(RANDOM, "").isdecimal() and len(second[RANDOM]) <= MAX_DIGITS:
        second[RANDOM] = int(second[RANDOM])
    if any(name.startswith("second_") for name in form):
        given[SECOND_COUNT] = second or NONE
    return given


def _show_form(
    form: MultiDict[str, str], *, errors: Mapping[str, Any] | None = None, status: int = 200
) -> Response:
    scope = read_scope_form(form)
    is_preview = request.method == "GET" and "preview" in request.args
    with reading() as session:
        try:
            covered = count_scope(session, scope, now=g.now)
            held = count_covered(session, scope, now=g.now)
        except Invalid as error:
            covered, held, errors = 0, 0, {**(errors or {}), **error.errors}
        # A preview is asked for at every change of a box, and shows no boxes.
        choices = None if is_preview and wants_fragment() else list_choices(session)
        offered = offer_policy(others_may_close=len(list_closers(session)) > 1)
    return page(
        "audits/new.html",
        block="covered" if is_preview else None,
        status=status,
        form=form,
        scope=scope,
        covered=covered,
        held=held,
        choices=choices,
        stages=LABELS,
        policy={**offered, **read_policy_form(form)},
        errors=errors or {},
    )


@blueprint.get("/new")
@allow(Action.RUN_AUDITS)
def show_new() -> Response:
    """Show the form; to htmx with `preview`, only how many assets the scope covers."""
    return _show_form(request.args)


@blueprint.post("")
@allow(Action.RUN_AUDITS)
def create() -> Response:
    """Set up an audit."""
    form, actor, now = request.form, require_actor(), g.now
    if form.get("step") == "count":  # without script, a button shows what the scope covers
        return _show_form(form)
    try:
        due_on = date.fromisoformat(form["due_on"]) if form.get("due_on") else None
    except ValueError:
        return _show_form(form, errors={"due_on": ["Enter a date."]}, status=422)
    try:
        audit_id = transact(
            lambda session: (
                create_audit(
                    session,
                    name=form.get("name", ""),
                    scope=read_scope_form(form),
                    policy=read_policy_form(form),
                    is_blind="blind" in form,
                    due_on=due_on,
                    actor=actor,
                    now=now,
                ).id
            )
        )
    except Invalid as error:
        return _show_form(form, errors=error.errors, status=422)
    return redirect(f"/audits/{audit_id}", 303)


def show_draft(audit: AuditRow) -> Response:
    """Show a draft: what its scope covers now, and what its scope names that no longer exists."""
    problems: list[str] = []
    covered = held = 0
    rooms: list[tuple[str | None, int]] = []
    with reading() as session:
        scope = name_scope(session, audit.scope, now=g.now)
        try:
            covered = count_scope(session, audit.scope, now=g.now)
            held = count_covered(session, audit.scope, now=g.now)
            rooms = list_scope_rooms(session, audit.scope, now=g.now, limit=MAX_ROOMS + 1)
        except Invalid as error:
            # A location may have got another code since. The draft can still be discarded.
            problems = error.texts
        trail = load_trail(session, audit)
        made_for = find_round(session, audit.id)
        # A scope that names something gone covers nothing that a plan could draw from.
        sample = load_sample(session, audit) if not problems else None
    return page(
        "audits/draft.html",
        sample=sample,
        made_for=made_for,
        audit=audit,
        policy=show_policy(audit.policy),
        errors={},
        scope=scope,
        covered=covered,
        held=held,
        problems=problems,
        rooms=rooms[:MAX_ROOMS],
        is_cut=len(rooms) > MAX_ROOMS,
        trail=trail,
    )


@blueprint.post("/<id:audit_id>/policy")
@allow(Action.RUN_AUDITS)
def save_policy(audit_id: int) -> Response:
    """Change the rules of a draft; they are frozen with its list."""
    actor, now, policy = require_actor(), g.now, read_policy_form(request.form)
    try:
        transact(
            lambda session: (
                change_plan(
                    session, audit_id=audit_id, sample=None, policy=policy, actor=actor, now=now
                ).id
            )
        )
    except (Conflict, Invalid) as error:
        flash(f"Not kept: {error.message}", "error")
    else:
        flash("The rules are kept.", "ok")
    return redirect(f"/audits/{audit_id}", 303)


@blueprint.post("/<id:audit_id>/revision")
@allow(Action.RUN_AUDITS)
def revise(audit_id: int) -> Response:
    """Set up the next audit of a closed one."""
    actor, now = require_actor(), g.now
    revision_id = transact(
        lambda session: open_revision(session, audit_id=audit_id, actor=actor, now=now).id
    )
    return redirect(f"/audits/{revision_id}", 303)
