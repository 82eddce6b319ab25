"""The forms that move pieces: one a kind of move, for a phone first, and without script.

A form is a scan like any other: its id is made with the page, so that sending it twice moves once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask import g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.intents import INTENTS, Intent, Outcome
from scanner_app.domain.scanning.new_scan import DAMAGED, NewScan, Refused, parse_scan, parse_uuid
from scanner_app.domain.stock.acts import FORM_ACTS, Act
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import hide_secrets, refuse_unfit, tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.register.asset_list import query_text
from scanner_app.pages.stock._blueprint import blueprint, item_path
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.stock.choices import list_item_choices
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, transact

ACTS = {act.value: act for act in FORM_ACTS}
INTENT_OF = {facts.act: intent for intent, facts in INTENTS.items() if facts.act is not None}
DEVICE = "stock page"
# What the next form starts with: the clerk stays where they are, and hands to the same person.
KEPT = ("location", "holder")


def _find_act(name: str) -> Act:
    if name not in ACTS:
        raise NotFound("There is no such form.")
    return ACTS[name]


@blueprint.get("/do/<act>")
@allow(Action.SCAN)
def show_form(act: str) -> Response:
    """Show the form of one kind of move."""
    given = {name: query_text(name) for name in ("code", "quantity", *KEPT)}
    return _show(_find_act(act), given)


@blueprint.post("/do/<act>")
@allow(Action.SCAN)
def move(act: str) -> Response:
    """Move pieces, and show what became of it above the form for the next ones."""
    kind, form = _find_act(act), request.form
    is_undo = bool(form.get("voids"))
    try:
        scan = _read_undo(form) if is_undo else _read_scan(kind, form)
    except Invalid as error:
        return _show(kind, hide_secrets(form), error=error)
    answer = _record(scan)
    if answer.status is Status.CONFLICT or answer.outcome is not Outcome.APPLIED:
        # What was typed stays, so that it can be mended.
        return _show(kind, form, answer=answer)
    kept = {name: form.get(name, "") for name in KEPT}
    return _show(kind, kept, answer=answer, undoable=None if is_undo else scan)


def _read_scan(act: Act, form: Mapping[str, str]) -> NewScan:
    """Return the scan that a form sent.

    :raises Invalid: a field cannot be used.
    """
    errors: dict[str, list[str]] = {}
    quantity = form.get("quantity", "").strip() or ("" if act is Act.COUNT else "1")
    if not (quantity.isascii() and quantity.isdecimal()):
        errors["quantity"] = ["Enter how many, as a whole number."]
    if not form.get("code", "").strip():
        errors["code"] = ["Scan or choose what it is."]
    if errors:
        raise Invalid("Something is missing.", errors=errors)
    raw: dict[str, Any] = {
        "scan_id": str(_read_id(form.get("scan_id"))),
        "code": form["code"],
        "intent": INTENT_OF[act].value,
        "scanned_at": g.now.isoformat(),
        "source": "typed",
        "device": DEVICE,
        "location": form.get("location", "").strip() or None,
        "target": form.get("holder", "").strip() or None,
        "quantity": int(quantity[:12]),
        "note": form.get("note", "").strip() or None,
        "condition": DAMAGED if form.get("damaged") == "on" else None,
    }
    return _check(raw)


def _read_undo(form: Mapping[str, str]) -> NewScan:
    raw = {
        "scan_id": str(_read_id(form.get("undo_id"))),
        "code": form.get("undo_code", "") or "-",
        "intent": Intent.VOID.value,
        "scanned_at": g.now.isoformat(),
        "source": "typed",
        "device": DEVICE,
        "voids": form.get("voids"),
    }
    return _check(raw)


def _check(raw: dict[str, Any]) -> NewScan:
    scan = refuse_unfit(parse_scan(raw))
    if isinstance(scan, NewScan):
        return scan
    names = {"target": "holder"}
    raise Invalid(
        "Some fields cannot be used.",
        errors={names.get(name, name): texts for name, texts in scan.items()},
    )


def _read_id(text: str | None) -> UUID:
    try:
        return parse_uuid(text)
    except Refused:
        return uuid4()


def _record(scan: NewScan) -> Answer:
    actor, rules = require_actor(), tag_rules()
    spend_budget(actor.key, 1, 0)
    skew = timedelta(seconds=current_settings().clock_skew_seconds)

    def record(session: Session) -> list[Answer]:
        return record_scans(session, scans=[scan], actor=actor, now=g.now, skew=skew, rules=rules)

    answers = transact(record)
    count_scans(answers)
    return answers[0]


def _show(
    act: Act,
    form: Mapping[str, str],
    *,
    answer: Answer | None = None,
    undoable: NewScan | None = None,
    error: Invalid | None = None,
) -> Response:
    with reading() as session:
        items = list_item_choices(session)
        places = list_choices(session)
    stock = answer.to_json().get("stock") if answer else None
    return page(
        "stock/move.html",
        status=422 if error else 200,
        act=act,
        facts=act.facts,
        acts=FORM_ACTS,
        form=form,
        items=items,
        places=places,
        answer=answer,
        stock=stock,
        item_path=item_path(stock["code"]) if stock else "",
        undoable=undoable,
        scan_id=uuid4(),
        undo_id=uuid4(),
        problem=error.message if error else "",
        errors={name: texts[0] for name, texts in error.errors.items()} if error else {},
    )
