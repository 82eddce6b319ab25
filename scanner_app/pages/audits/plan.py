"""The sample of an audit on the page of its draft: the plan, the freeze, and the draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.sampling.plan import (
    CONFIDENCES,
    GOALS,
    METHODS,
    PARTS,
    SamplePlan,
    plan_of,
    read_sample,
    show_sample,
)
from scanner_app.domain.audits.sampling.rates import show_rate
from scanner_app.domain.audits.sampling.sizing import Facts, Sizing, size_sample
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.money import say_money
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.sampling.draws import DrawRow, count_drawn, list_draws
from scanner_app.queries.audits.sampling.facts import load_member_facts, load_scope_facts
from scanner_app.services.audits.planning import (
    begins_sample,
    change_plan,
    draw_again,
    freeze_audit,
)
from scanner_app.services.audits.sampling.freeze import load_population
from scanner_app.storage.database import reading, transact

RATES = ("tolerable_rate", "expected_rate", "margin", "confidence")
FLOOR = ("places", "things_per_place", "every")
PLAIN = ("method", "by", "goal", "size", "tolerable_value", "expected_value", "currency")


@dataclass(frozen=True, slots=True)
class SampleView:
    """What the page of a draft shows about the sample.

    :param values: what the form holds; rates in percent.
    :param sizing: None where the plan cannot be used; `errors` says why.
    :param draws: each with how many it took.
    """

    plan: SamplePlan
    values: Mapping[str, str]
    facts: Facts = field(default_factory=Facts)
    sizing: Sizing | None = None
    errors: Mapping[str, list[str]] = field(default_factory=dict)
    population: Mapping[str, Any] | None = None
    draws: list[tuple[DrawRow, int]] = field(default_factory=list)

    @property
    def worth(self) -> list[str]:
        """The value of what is covered, one text for each currency."""
        return [
            f"{say_money(one.cents)} {currency}".rstrip()
            for currency, one in sorted(self.facts.worth.items())
        ]

    @property
    def methods(self) -> list[tuple[str, str, str]]:
        return [(one.value, row.label, row.means) for one, row in METHODS.items()]

    @property
    def parts(self) -> list[tuple[str, str]]:
        return [(one.value, row.label) for one, row in PARTS.items()]

    @property
    def goals(self) -> list[tuple[str, str]]:
        return [(one.value, row.label) for one, row in GOALS.items()]

    @property
    def confidences(self) -> list[tuple[str, str]]:
        shown = [show_rate(one) for one in CONFIDENCES]
        return [(one.removesuffix(" %"), one) for one in shown]

    def error(self, name: str) -> str:
        return " ".join(self.errors.get(f"sample.{name}", []))


def load_sample(
    session: Session, audit: AuditRow, form: MultiDict[str, str] | None = None
) -> SampleView:
    """Return the sample of a draft, as it is kept or as a form would have it.

    :raises Invalid: the scope names something that no longer exists.
    """
    errors: dict[str, list[str]] = {}
    plan = plan_of(audit.plan)
    raw = show_sample(plan)
    if form is not None:
        raw = _read_form(form)
        try:
            plan = read_sample(raw)
        except Invalid as error:
            errors = error.errors
    if audit.frozen_at is None:
        facts = load_scope_facts(session, audit.scope, plan, now=g.now)
    else:
        facts = load_member_facts(session, audit.id, plan)
    sizing = None
    try:
        sizing = size_sample(plan, facts) if not errors else None
    except Invalid as error:
        errors = error.errors
    return SampleView(
        plan,
        _show_values(raw, form),
        facts,
        sizing,
        errors,
        load_population(session, audit.id),
        [(draw, count_drawn(session, draw.id)) for draw in list_draws(session, audit.id)],
    )


def _read_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """Return the plan that a form holds. Its rates are in percent, with or without the sign."""
    rates = {name: form.get(name, "").strip() for name in RATES}
    return {
        **{name: form.get(name) for name in PLAIN},
        **{name: f"{text.rstrip('%')}%" for name, text in rates.items() if text},
        "floor": {name: form.get(name) for name in FLOOR},
    }


def _show_values(raw: Mapping[str, Any], form: MultiDict[str, str] | None) -> dict[str, str]:
    if form is not None:
        return {name: form.get(name, "") for name in (*PLAIN, *RATES, *FLOOR)}
    plan, floor = read_sample(raw), raw["floor"] or {}
    shown = {name: show_rate(getattr(plan, name)).removesuffix(" %") for name in RATES}
    return {
        **{name: str(raw[name] if raw[name] is not None else "") for name in PLAIN},
        **shown,
        **{name: str(floor.get(name, "")) for name in FLOOR},
    }


@blueprint.get("/<id:audit_id>/plan")
@allow(Action.RUN_AUDITS)
def preview_plan(audit_id: int) -> Response:
    """Show the form of a plan; to htmx, while it is filled in, only what it would draw."""
    with reading() as session:
        audit = get_audit(session, audit_id)
        if audit.state is not AuditState.DRAFT or audit.frozen_at is not None:
            return redirect(f"/audits/{audit_id}", 303)
        sample = load_sample(session, audit, request.args or None)
    block = "preview" if wants_fragment() else None
    return page("audits/plan.html", block=block, audit=audit, sample=sample)


@blueprint.post("/<id:audit_id>/plan")
@allow(Action.RUN_AUDITS)
def save_plan(audit_id: int) -> Response:
    """Keep the plan of a draft; without script, a button only shows what it would draw."""
    form, actor, now = request.form, require_actor(), g.now
    with reading() as session:
        audit = get_audit(session, audit_id)
        sample = load_sample(session, audit, form)
    if form.get("step") == "preview" or sample.errors:
        status = 422 if sample.errors else 200
        return page("audits/plan.html", status=status, audit=audit, sample=sample)
    plan = show_sample(sample.plan)
    is_first = begins_sample(audit.plan, plan, audit.policy)
    transact(
        lambda session: (
            change_plan(
                session, audit_id=audit_id, sample=plan, actor=actor, now=now, prefers_held=True
            ).id
        )
    )
    flash("The plan is kept.", "ok")
    if is_first:
        flash("Only labels that are read count from now on: see “Proof that it is there”.", "ok")
    return redirect(f"/audits/{audit_id}", 303)


@blueprint.post("/<id:audit_id>/freeze")
@allow(Action.RUN_AUDITS)
def freeze(audit_id: int) -> Response:
    """Freeze the list of a draft, so that a seed can be made after it."""
    actor, now = require_actor(), g.now
    try:
        transact(lambda session: freeze_audit(session, audit_id=audit_id, actor=actor, now=now).id)
        flash("The list is frozen. Now throw the dice.", "ok")
    except Invalid as error:
        flash(f"Not frozen: {' '.join(error.texts)}", "error")
    return redirect(f"/audits/{audit_id}", 303)


@blueprint.post("/<id:audit_id>/draws")
@allow(Action.RUN_AUDITS)
def draw(audit_id: int) -> Response:
    """Draw the sample, or draw it again with a reason."""
    form, actor, now = request.form, require_actor(), g.now
    try:
        transact(
            lambda session: (
                draw_again(
                    session,
                    audit_id=audit_id,
                    typed=form.get("typed", ""),
                    reason=form.get("reason"),
                    actor=actor,
                    now=now,
                ).id
            )
        )
        flash("The sample is drawn.", "ok")
    except Invalid as error:
        flash(f"Not drawn: {' '.join(error.texts)}", "error")
    except Conflict as error:
        flash(error.message, "error")
    return redirect(f"/audits/{audit_id}", 303)
