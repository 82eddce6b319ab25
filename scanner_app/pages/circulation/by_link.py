"""The page behind the link of a reminder: the person who has a thing extends the loan themselves.

It opens without an account, and shows nothing but this one loan.
"""

from __future__ import annotations

from flask import Blueprint, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.errors import Conflict
from scanner_app.domain.scanning.refusals import REFUSALS
from scanner_app.edge.guard import public
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.stockroom.extensions import ExtensionLink, read_extension
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.web import page
from scanner_app.queries.circulation.extensions import (
    Extension,
    RunningLoan,
    find_loan,
    foresee_extension,
)
from scanner_app.services.stockroom.extend import extend_by_link
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("loan_links", __name__)


@blueprint.get("/extend/<token>")
@public
def show(token: str) -> Response:
    """Show the loan and until when it would be extended. Opening it extends nothing."""
    return _show(token, read_extension(token, now=g.now))


@blueprint.post("/extend/<token>")
@public
def extend(token: str) -> Response:
    """Extend the loan of a link."""
    link = read_extension(token, now=g.now)
    with reading() as session:
        loan = _find(session, link)
    if loan is None or loan.due_at != link.due_at:
        return _show(token, link)  # extended by now: pressed twice, or by somebody else
    try:
        _extend(loan, link)
    except Conflict as error:
        return _show(token, link, error.message)
    return redirect(request.path, 303)


def _extend(loan: RunningLoan, link: ExtensionLink) -> None:
    now, zone, rules = g.now, current_organisation().time_zone, tag_rules()
    transact(
        lambda session: extend_by_link(session, loan, link.scan_id, now=now, zone=zone, rules=rules)
    )


def _find(session: Session, link: ExtensionLink) -> RunningLoan | None:
    """Return the loan of a link, as long as its person has the thing."""
    loan = find_loan(session, asset_id=link.asset_id)
    return loan if loan is not None and loan.person_id == link.person_id else None


def _show(token: str, link: ExtensionLink, problem: str = "") -> Response:
    zone = current_organisation().time_zone
    with reading() as session:
        loan = _find(session, link)
        is_open = loan is not None and loan.due_at == link.due_at
        told = (
            foresee_extension(session, loan, now=g.now, zone=zone)
            if loan is not None and is_open
            else Extension()
        )
    why = REFUSALS[told.refusal].sentence if told.refusal else ""
    return page(
        "circulation/by_link.html",
        status=409 if problem else 200,
        token=token,
        loan=loan,
        is_open=is_open,
        until=told.due_at,
        why=why.format(thing=loan.thing) if loan else "",
        problem=problem,
    )
