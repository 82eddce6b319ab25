"""The page of what an audit covers that has no label: answers, decisions, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.holdings.holdings import (
    HOLDING_DECISIONS,
    HOLDING_FLAGS,
    HOLDING_PROPOSALS,
    HOLDING_STATES,
    HoldingDecision,
)
from scanner_app.domain.audits.states import AuditState
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.holdings.reading import read_answer
from scanner_app.queries.audits.holdings.holdings import list_holdings, load_totals
from scanner_app.queries.audits.list import get_audit
from scanner_app.services.audits.blind import may_see_expected
from scanner_app.services.audits.holdings.answer import (
    answer_holding,
    decide_holdings,
)
from scanner_app.storage.database import reading, transact

ON_A_PAGE = 100


@blueprint.get("/<id:audit_id>/holdings")
@allow(Action.READ_AUDITS)
def show_all_holdings(audit_id: int) -> Response:
    """Show what has no label, with what people said of it."""
    return _show(audit_id)


def _show(
    audit_id: int,
    *,
    errors: Mapping[str, Sequence[str]] | None = None,
    about: int | None = None,
) -> Response:
    actor = require_actor()
    after = read_id(request.values.get("after")) or 0
    with reading() as session:
        audit = get_audit(session, audit_id)
        rows = list_holdings(session, audit_id, after_id=after, limit=ON_A_PAGE + 1)
        totals = load_totals(session, audit_id)
    is_counting = audit.state is AuditState.COUNTING
    is_reconciling = audit.state is AuditState.RECONCILING
    return page(
        "audits/holdings.html",
        status=422 if errors else 200,
        audit=audit,
        rows=rows[:ON_A_PAGE],
        after=after,
        next_after=rows[ON_A_PAGE - 1].id if len(rows) > ON_A_PAGE else None,
        totals=totals,
        is_open=may_see_expected(audit, actor),
        may_answer=is_counting and actor.can(Action.SCAN),
        may_decide=is_reconciling and actor.can(Action.DECIDE_FINDINGS),
        states=HOLDING_STATES,
        flags=HOLDING_FLAGS,
        proposals=HOLDING_PROPOSALS,
        decisions=HOLDING_DECISIONS,
        errors=errors or {},
        about=about,
        form=request.form,
    )


@blueprint.post("/<id:audit_id>/holdings/<id:holding_id>")
@allow(Action.SCAN)
def answer_one_holding(audit_id: int, holding_id: int) -> Response:
    """Take the answer of who looked, or counted."""
    actor, now = require_actor(), g.now
    try:
        given = read_answer(request.form)
        transact(
            lambda session: answer_holding(
                session, audit_id=audit_id, holding_id=holding_id, given=given, actor=actor,
                now=now,
            )
        )  # fmt: skip
    except Invalid as error:
        return _show(audit_id, errors=error.errors or {"quantity": error.texts}, about=holding_id)
    return redirect(f"{_address(audit_id)}#holding-{holding_id}", 303)


@blueprint.post("/<id:audit_id>/holdings/decisions")
@allow(Action.DECIDE_FINDINGS)
def decide_on_holdings(audit_id: int) -> Response:
    """Accept or reject what one or several propose."""
    actor, now, form = require_actor(), g.now, request.form
    ids = [one for one in map(read_id, form.getlist("holding")) if one is not None]
    decision = (
        HoldingDecision.ACCEPT if form.get("decision") == "accept" else HoldingDecision.REJECT
    )
    try:
        count = transact(
            lambda session: decide_holdings(
                session, audit_id=audit_id, holding_ids=ids, decision=decision,
                reason=form.get("reason", ""), actor=actor, now=now,
            )
        )  # fmt: skip
    except Invalid as error:
        return _show(
            audit_id,
            errors=error.errors or {"ids": error.texts},
            about=ids[0] if len(ids) == 1 else None,
        )
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(f"{HOLDING_DECISIONS[decision][1]}: {count:,}.", "ok")
    return redirect(_address(audit_id), 303)


def _address(audit_id: int) -> str:
    after = read_id(request.form.get("after"))
    return f"/audits/{audit_id}/holdings" + (f"?after={after}" if after else "")
