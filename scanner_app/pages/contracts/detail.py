"""One contract: its terms, what it covers, its papers, its life, and what is to be decided."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.contracts.events import CONTRACT_EVENTS
from scanner_app.domain.contracts.states import (
    CONTRACT_KINDS,
    CONTRACT_STATES,
    CONTRACT_STEPS,
    PERIODS,
    RENEWALS,
    ContractState,
)
from scanner_app.domain.contracts.terms import renew_until
from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Conflict, Invalid, NotFound, ScannerAppError
from scanner_app.domain.money import say_money
from scanner_app.domain.register.attachments import ATTACHMENT_KINDS, AttachmentKind
from scanner_app.edge.attachments.keep import keep_upload, send_attachment
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.web import page
from scanner_app.pages.contracts._blueprint import blueprint
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.contracts import parts
from scanner_app.queries.contracts.contracts import TermRow, list_terms
from scanner_app.services.contracts.coverage import cover, uncover
from scanner_app.services.contracts.fields import Errors
from scanner_app.services.contracts.papers import add_paper, remove_paper
from scanner_app.services.contracts.renew import renew
from scanner_app.services.contracts.write import step_contract
from scanner_app.storage.database import reading, transact

Problem = Invalid | Conflict | NotFound


@blueprint.get("/contracts/<number>")
@allow(Action.READ_REGISTER)
def show(number: str) -> Response:
    """Show one contract."""
    return _show(number)


@blueprint.post("/contracts/<number>/state")
@allow(Action.PURCHASE)
def step(number: str) -> Response:
    """Take a contract to its next state."""
    actor, text = require_actor(), request.form.get("state", "")
    if text not in set(ContractState):
        raise Invalid("Choose what becomes of the contract.")
    wanted = ContractState(text)
    return _do(
        number,
        lambda s: step_contract(
            s,
            number=number,
            wanted=wanted,
            reason=request.form.get("reason", ""),
            actor=actor,
            now=g.now,
            today=today_here(),
        ),
        f"{number} is {wanted.facts.label.lower()}.",
    )


@blueprint.post("/contracts/<number>/renewal")
@allow(Action.PURCHASE)
def add_term(number: str) -> Response:
    """Renew a contract by a further term."""
    actor, currency = require_actor(), current_organisation().currency
    return _do(
        number,
        lambda s: renew(
            s,
            number=number,
            values=request.form,
            actor=actor,
            now=g.now,
            today=today_here(),
            currency=currency,
        ),
        f"{number} is renewed.",
    )


@blueprint.post("/contracts/<number>/assets")
@allow(Action.PURCHASE)
def cover_assets(number: str) -> Response:
    """Cover assets by their tags, one a line or separated by commas."""
    actor, form = require_actor(), request.form

    def save(session: Session) -> list[str]:
        errors: Errors = {}
        days = [read_day(form, name, errors) for name in ("from_on", "until_on")]
        if errors:
            raise Invalid("Nothing is covered. Check the fields.", errors=errors)
        return cover(
            session,
            number=number,
            asset_tags=form.get("assets", "").replace(",", "\n").splitlines(),
            from_on=days[0],
            until_on=days[1],
            actor=actor,
            now=g.now,
        )

    return _do(number, save, "Saved.", anchor="#covers")


@blueprint.post("/contracts/<number>/assets/removal")
@allow(Action.PURCHASE)
def uncover_asset(number: str) -> Response:
    """End the coverage of one asset."""
    actor, tag = require_actor(), request.form.get("asset", "")
    return _do(
        number,
        lambda s: uncover(
            s, number=number, asset_tag=tag, actor=actor, now=g.now, today=today_here()
        ),
        f"{number} covers {tag} no longer.",
        anchor="#covers",
    )


@blueprint.post("/contracts/<number>/papers")
@allow(Action.PURCHASE)
def keep_paper(number: str) -> Response:
    """Add a document to a contract."""
    actor = require_actor()
    with reading() as session:
        list_terms(session, number)
    try:
        file = keep_upload(AttachmentKind.DOCUMENT)
        transact(
            lambda s: add_paper(s, number=number, uuid=uuid4(), file=file, actor=actor, now=g.now)
        )
    except ScannerAppError as error:
        flash(error.message, "error")
    else:
        flash("Document added.", "ok")
    return redirect(f"/contracts/{number}#papers", 303)


@blueprint.get("/contracts/papers/<uuid:uuid>")
@allow(Action.READ_REGISTER)
def send_paper(uuid: UUID) -> Response:
    """Return a document as a download."""
    with reading() as session:
        row = parts.get_paper(session, uuid)
    return send_attachment(row)


@blueprint.post("/contracts/papers/<uuid:uuid>/removal")
@allow(Action.PURCHASE)
def drop_paper(uuid: UUID) -> Response:
    """Take a document off its contract."""
    actor = require_actor()
    number = transact(lambda s: remove_paper(s, uuid=uuid, actor=actor, now=g.now))
    flash("The document is removed.", "ok")
    return redirect(f"/contracts/{number}#papers", 303)


def _do(number: str, act: Callable[[Session], Any], message: str, *, anchor: str = "") -> Response:
    """Do one thing with a contract, then show it; what it warns of is shown too."""
    with reading() as session:
        list_terms(session, number)
    try:
        warnings = transact(act)
    except (Invalid, Conflict, NotFound) as error:
        return _show(number, error)
    flash(message, "ok")
    for warning in warnings if isinstance(warnings, list) else ():
        flash(warning, "error")
    return redirect(f"/contracts/{number}{anchor}", 303)


def _show(number: str, error: Problem | None = None) -> Response:
    today = today_here()
    with reading() as session:
        terms = list_terms(session, number)
        values: dict[str, Any] = {
            "covered": parts.list_covered(session, number),
            "covered_now": parts.count_covered(session, number, today),
            "papers": parts.list_papers(session, number),
            "events": parts.list_events(session, number),
        }
    row = terms[0]
    if isinstance(error, NotFound):
        error = Invalid(error.message, errors={"assets": [error.message]})
    return page(
        "contracts/detail.html",
        contract=row,
        terms=terms,
        **values,
        event_rows=CONTRACT_EVENTS,
        steps=[(state, CONTRACT_STATES[state]) for state in _steps(row)],
        next_end=_next_end(row),
        today=today,
        kind_labels=CONTRACT_KINDS,
        renewals=RENEWALS,
        periods=PERIODS,
        say_money=say_money,
        accept=ATTACHMENT_KINDS[AttachmentKind.DOCUMENT].accept,
        form=request.form,
        **describe_problem(error, conflict_field="state"),
    )


def _steps(row: TermRow) -> list[ContractState]:
    """Return what a person may do next; a term without a last day is ended, not left to lapse."""
    found = [state for state in ContractState if state in CONTRACT_STEPS[row.state]]
    if row.ends_on is None:
        return [state for state in found if state is not ContractState.NOTICE_GIVEN]
    return found


def _next_end(row: TermRow) -> str:
    if row.ends_on is None or row.renewal_months is None:
        return ""
    return renew_until(row.ends_on, row.renewal_months).isoformat()
