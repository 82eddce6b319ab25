"""Rolls of blank labels: made, printed, and what became of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.labels.blanks import MAX_ROLL
from scanner_app.domain.labels.order import MAX_LABELS, PrintForm, PrintOrder, read_order
from scanner_app.domain.labels.own_designs import OwnDesign, UsualDesign
from scanner_app.domain.labels.symbols import Content
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.labels.contents import (
    describe_contents,
    known_designs,
    label_fonts,
    label_response,
)
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.pages.labels.stocks import list_stock_groups
from scanner_app.queries.labels.rolls import RollRow, get_roll, list_blanks, list_rolls
from scanner_app.services.labels.prints import print_labels
from scanner_app.services.labels.rolls import make_roll, note_printed, withdraw
from scanner_app.storage.database import reading, transact

SHOWN = 25
USUAL = 1000


@blueprint.get("/rolls")
@allow(Action.PRINT_LABELS)
def show_rolls() -> Response:
    """Show the rolls, newest first."""
    return _show_list({"prefix": "L-", "count": str(USUAL)})


@blueprint.post("/rolls")
@allow(Action.PRINT_LABELS)
def create_roll() -> Response:
    """Make a roll of blank labels."""
    form = {name: request.form.get(name, "").strip() for name in ("prefix", "count")}
    count = read_id(form["count"]) or 0
    name, now = require_actor().name, g.now
    try:
        roll_id = transact(
            lambda s: make_roll(
                s,
                prefix=form["prefix"].upper(),
                count=min(count, MAX_ROLL + 1),
                actor=name,
                now=now,
            )
        )
    except Invalid as error:
        return _show_list(form, error)
    flash(f"{count:,} blank labels are made. Print them.", "ok")
    return redirect(f"/labels/rolls/{roll_id}", 303)


@blueprint.get("/rolls/<id:roll_id>")
@allow(Action.PRINT_LABELS)
def show_roll(roll_id: int) -> Response:
    """Show one roll and how to print it."""
    return _show_roll(roll_id, PrintOrder().to_texts())


@blueprint.post("/rolls/<id:roll_id>/print")
@allow(Action.PRINT_LABELS)
def print_roll(roll_id: int) -> Response:
    """Return the labels of a roll, or a part of them, as a file."""
    values = dict(request.form)
    now = g.now
    try:
        with reading() as session:
            known = known_designs(session)
        order = read_order(values, known)
        if order.content is None:
            # Nobody knows yet what a link on it would open.
            order = replace(order, content=Content.CODE)
        form = PrintForm.ZPL if values.get("form") == "zpl" else PrintForm.PDF
        with reading() as session:
            roll = get_roll(session, roll_id)
            first, last = _read_part(values, roll)
            things = list_blanks(session, roll_id, first=first, last=last)
        contents = describe_contents(things, owner=order.owner)
        data = print_labels(contents, order, form, fonts=label_fonts())
    except Invalid as error:
        return _show_roll(roll_id, values, error)
    transact(lambda session: note_printed(session, roll_id, now=now))
    return label_response(data, order, form)


@blueprint.post("/rolls/<id:roll_id>/withdrawal")
@allow(Action.PRINT_LABELS)
def withdraw_label(roll_id: int) -> Response:
    """Withdraw a label that was spoilt before anybody used it."""
    code = request.form.get("code", "").strip().upper()
    try:
        transact(lambda session: withdraw(session, code=code))
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(f"{code} is withdrawn. Nobody can put it on an asset any more.", "ok")
    return redirect(f"/labels/rolls/{roll_id}", 303)


def _read_part(values: dict[str, str], roll: RollRow) -> tuple[int, int]:
    """Return the first and the last position that are wanted."""
    first = read_id(values.get("first")) or 1
    last = min(read_id(values.get("last")) or roll.count, roll.count)
    if not 1 <= first <= last:
        raise Invalid(
            "Choose a part of the roll.", errors={"first": [f"Use a number from 1 to {last}."]}
        )
    return first, last


def _show_list(values: dict[str, str], error: Invalid | None = None) -> Response:
    with reading() as session:
        before = read_id(request.args.get("before"))
        rolls = list_rolls(session, limit=SHOWN + 1, before=before)
    return page(
        "labels/rolls.html",
        status=422 if error else 200,
        rolls=rolls[:SHOWN],
        next=f"/labels/rolls?before={rolls[SHOWN - 1].id}" if len(rolls) > SHOWN else None,
        values=values,
        errors=error.errors if error else {},
        max_roll=MAX_ROLL,
    )


def _show_roll(roll_id: int, values: dict[str, Any], error: Invalid | None = None) -> Response:
    with reading() as session:
        roll = get_roll(session, roll_id)
        known = known_designs(session)
    return page(
        "labels/roll.html",
        status=422 if error else 200,
        roll=roll,
        values={"first": "1", "last": str(min(roll.count, MAX_LABELS)), **values},
        problem=error.message if error else "",
        errors=error.errors if error else {},
        max_labels=MAX_LABELS,
        stocks=list_stock_groups(),
        designs=[
            (one.key, one.label)
            for one in known.values()
            if not isinstance(one, UsualDesign)
            and (not isinstance(one, OwnDesign) or one.kind == "blank")
        ],
    )
