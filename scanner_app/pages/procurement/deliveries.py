"""A delivery: what came of each line, what differs, and the booking."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.procurement.deliveries import RECEIPT_DECISIONS, ReceiptDecision
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.domain.scanning.new_scan import CONDITIONS, NewScan, parse_scan
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.organisation import current_organisation, today_here
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import refuse_unfit, tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.procurement._blueprint import blueprint, read_count
from scanner_app.queries.procurement.deliveries import get_delivery
from scanner_app.queries.register.code_lists import split_codes
from scanner_app.services.procurement.booking import Tags, book_delivery
from scanner_app.services.procurement.deliveries import cancel_delivery
from scanner_app.services.procurement.receipts import decide_receipts, set_label
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, transact

DEVICE = "delivery page"
MAX_CODES = 200


@blueprint.get("/deliveries/<number>")
@allow(Action.READ_REGISTER)
def show_delivery(number: str) -> Response:
    """Show one delivery."""
    return _show(number)


@blueprint.post("/deliveries/<number>/receipts")
@allow(Action.RECEIVE)
def receive_codes(number: str) -> Response:
    """Receive the codes of the form, one a line, each as a scan."""
    try:
        scans = _read_scans(number)
    except Invalid as error:
        return _show(number, error)
    answers = _record(scans)
    refused = [one for one in answers if one.outcome is Outcome.REFUSED]
    taken = len(answers) - len(refused) - sum(a.status is Status.CONFLICT for a in answers)
    if taken:
        flash(f"{taken} code{'' if taken == 1 else 's'} received.", "ok")
    for one in refused[:5]:
        flash(one.message, "error")
    return redirect(f"/deliveries/{number}", 303)


@blueprint.post("/deliveries/<number>/decisions")
@allow(Action.RECEIVE)
def decide(number: str) -> Response:
    """Decide about a receipt, or take the decision back."""
    actor, form = require_actor(), request.form
    word = form.get("decision", "")
    decision = ReceiptDecision(word) if word in set(ReceiptDecision) else None
    try:
        transact(
            lambda session: decide_receipts(
                session,
                number=number,
                ids=[read_id(form.get("receipt")) or 0],
                decision=decision,
                reason=form.get("reason", ""),
                line=read_id(form.get("line")),
                as_new=form.get("as_new") == "on",
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return _show(number, error)
    return redirect(f"/deliveries/{number}#differences", 303)


@blueprint.post("/deliveries/<number>/labels")
@allow(Action.RECEIVE)
def label(number: str) -> Response:
    """Set which label was stuck on something."""
    form = request.form
    try:
        transact(
            lambda session: set_label(
                session,
                number=number,
                receipt_id=read_id(form.get("receipt")) or 0,
                label=form.get("label", "")[:200],
            )
        )
    except (Invalid, Conflict) as error:
        return _show(number, error)
    return redirect(f"/deliveries/{number}#received", 303)


@blueprint.post("/deliveries/<number>/booking")
@allow(Action.RECEIVE)
def book(number: str) -> Response:
    """Book a delivery."""
    actor, organisation = require_actor(), current_organisation()
    tags = Tags(
        request.form.get("first_tag", "")[:64], organisation.tag_prefix, organisation.tag_digits
    )
    try:
        made = transact(
            lambda session: book_delivery(
                session, number=number, tags=tags, today=today_here(), actor=actor, now=g.now
            )
        )
    except (Invalid, Conflict) as error:
        return _show(number, error)
    flash(f"Booked: {made} new asset{'' if made == 1 else 's'}.", "ok")
    return redirect(f"/deliveries/{number}", 303)


@blueprint.post("/deliveries/<number>/cancellation")
@allow(Action.RECEIVE)
def cancel(number: str) -> Response:
    """Cancel a delivery."""
    actor, reason = require_actor(), request.form.get("reason", "")
    try:
        transact(
            lambda session: cancel_delivery(
                session, number=number, reason=reason, actor=actor, now=g.now
            )
        )
    except Conflict as error:
        return _show(number, error)
    flash("The delivery is cancelled. Nothing was booked.", "ok")
    return redirect(f"/deliveries/{number}", 303)


def _show(number: str, error: Invalid | Conflict | None = None) -> Response:
    with reading() as session:
        delivery = get_delivery(session, number)
    organisation = current_organisation()
    return page(
        "procurement/delivery.html",
        delivery=delivery,
        differences=[one for one in delivery.receipts if one.is_difference],
        fitting=[one for one in delivery.receipts if not one.is_difference],
        decisions=RECEIPT_DECISIONS,
        lines=[(line.position, f"{line.position}. {line.what}") for line in delivery.lines],
        has_pattern=bool(organisation.tag_prefix),
        conditions=[(one, one.replace("_", " ").capitalize()) for one in CONDITIONS[:2]],
        key=uuid4(),
        form=request.form,
        **describe_problem(error, conflict_field="form"),
    )


def _read_scans(number: str) -> list[NewScan]:
    """Return a scan of each code that the form names.

    :raises Invalid: there is none, or one cannot be used.
    """
    form = request.form
    line, codes = read_id(form.get("line")), split_codes(form.get("codes", ""))
    if not codes:
        text = "Enter the code of a box, or serial numbers."
        raise Invalid(text, errors={"codes": [text]})
    if len(codes) > MAX_CODES:
        raise Invalid("Too many.", errors={"codes": [f"At most {MAX_CODES} at once."]})
    scans = []
    for index, code in enumerate(codes):
        raw: dict[str, Any] = {
            # The same form sent twice is one.
            "scan_id": str(uuid5(_read_key(form.get("key", "")), f"{index}:{code}")),
            "code": code,
            "intent": Intent.RECEIVE.value,
            "scanned_at": g.now.isoformat(),
            "source": "typed",
            "device": DEVICE,
            "task": number,
            "line": line,
            "quantity": read_count(form.get("quantity", "")),
            "condition": form.get("condition") or None,
        }
        scan = refuse_unfit(parse_scan(raw))
        if not isinstance(scan, NewScan):
            named = {"code": "codes", "scan_id": "codes"}
            errors = {named.get(name, name): texts for name, texts in scan.items()}
            raise Invalid("This cannot be received. Check the fields.", errors=errors)
        scans.append(scan)
    return scans


def _read_key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _record(scans: list[NewScan]) -> list[Answer]:
    actor, rules = require_actor(), tag_rules()
    spend_budget(actor.key, len(scans), 0)
    skew = timedelta(seconds=current_settings().clock_skew_seconds)
    answers = transact(
        lambda session: record_scans(
            session, scans=scans, actor=actor, now=g.now, skew=skew, rules=rules
        )
    )
    count_scans(answers)
    return answers
