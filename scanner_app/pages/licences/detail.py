"""One licence: its position, who has its seats, and giving and taking them back."""

from __future__ import annotations

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.licences.metrics import MAX_SEATS, UNUSED_DAYS, product_key
from scanner_app.domain.money import say_money
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.licences._blueprint import blueprint, licence_path
from scanner_app.queries.licences.licences import get_licence, list_seats
from scanner_app.queries.licences.positions import list_positions
from scanner_app.services.contracts.fields import Errors
from scanner_app.services.licences.fields import read_count
from scanner_app.services.licences.seats import find_holder, give_seat, take_seat
from scanner_app.storage.database import reading, transact


@blueprint.get("/licences/<path:asset_tag>")
@allow(Action.READ_REGISTER)
def show(asset_tag: str) -> Response:
    """Show one licence."""
    return _show(asset_tag)


@blueprint.post("/licences/<path:asset_tag>/seats")
@allow(Action.CHANGE_CUSTODY)
def give(asset_tag: str) -> Response:
    """Add a seat of a person or an asset."""
    actor, form = require_actor(), request.form
    with reading() as session:
        tag = get_licence(session, asset_tag).asset_tag

    def save(session: Session) -> int:
        errors: Errors = {}
        quantity = read_count(form, "quantity", MAX_SEATS, errors, least=1) or 1
        if errors:
            raise Invalid("No seat is given. Check the fields.", errors=errors)
        holder = find_holder(session, person=form.get("person", ""), asset=form.get("asset", ""))
        return give_seat(
            session, asset_tag=tag, holder=holder, quantity=quantity, actor=actor, now=g.now
        )

    try:
        transact(save)
    except (Invalid, Conflict) as error:
        return _show(tag, error)
    flash("The seat is given.", "ok")
    return redirect(f"{licence_path(tag)}#seats", 303)


@blueprint.post("/licences/<path:asset_tag>/seats/removal")
@allow(Action.CHANGE_CUSTODY)
def take(asset_tag: str) -> Response:
    """Take the seat of somebody back."""
    actor, seat_id = require_actor(), read_id(request.form.get("seat")) or 0
    with reading() as session:
        tag = get_licence(session, asset_tag).asset_tag
    try:
        transact(lambda s: take_seat(s, asset_tag=tag, seat_id=seat_id, actor=actor, now=g.now))
    except NotFound as error:
        flash(error.message, "error")
    except Conflict as error:
        return _show(tag, error)
    else:
        flash("The seat is returned.", "ok")
    return redirect(f"{licence_path(tag)}#seats", 303)


def _show(asset_tag: str, error: Invalid | Conflict | None = None) -> Response:
    today = today_here()
    with reading() as session:
        row = get_licence(session, asset_tag)
        seats = list_seats(session, row.id, today=today)
        positions = list_positions(session, on=today, key=product_key(row.product))
    return page(
        "licences/detail.html",
        licence=row,
        path=licence_path(row.asset_tag),
        seats=seats,
        idle=sum(one.is_gone or one.is_unused for one in seats),
        unused_days=UNUSED_DAYS,
        position=next((one for one in positions if one.metric is row.metric), None),
        say_money=say_money,
        form=request.form,
        today=today,
        **describe_problem(error, conflict_field="person"),
    )
