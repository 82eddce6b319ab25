"""Reservations at /reservations: the calendar, the form, drafts, and one with its pick list."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.domain.stockroom.reservations import MAX_UNITS, ReservationState
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.register.asset_list import query_text
from scanner_app.queries.register.assets import list_model_names
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.register.people import list_people
from scanner_app.queries.stockroom.booked import find_substitutes
from scanner_app.queries.stockroom.calendar import load_calendar
from scanner_app.queries.stockroom.reservations import (
    ReservationRow,
    get_reservation,
    list_reservations,
)
from scanner_app.queries.stockroom.reserved_soon import list_at_risk
from scanner_app.services.stockroom.booking.book import (
    book,
    book_draft,
    cancel,
    change_draft,
    find_clashes,
    keep_draft,
)
from scanner_app.services.stockroom.booking.order import Booking
from scanner_app.storage.database import reading, transact

# The API uses the plain name.
blueprint = Blueprint("reservation_pages", __name__, url_prefix="/reservations")

VIEWS = {"week": ("Week", 7), "month": ("Month", 31)}
OFFERED_PEOPLE = 200
# A longer line than any code is refused as unknown, and not read.
MAX_CODE = 256
DRAFTS = 50
# A line of the form that asks for units of a model.
UNITS = re.compile(r"(\d{1,4}) x (.+)", re.ASCII)
FIELDS = ("person", "starts_at", "ends_at", "things", "model", "quantity", "place", "note")


@blueprint.get("")
@allow(Action.READ_REGISTER)
def show_calendar() -> Response:
    """Show what is booked, by day and thing, and as a list."""
    view = request.args.get("view", "week")
    view = view if view in VIEWS else "week"
    only = query_text("thing")
    organisation = current_organisation()
    today = g.now.astimezone(organisation.zone).date()
    first = _read_day(request.args.get("from", "")) or today
    days = VIEWS[view][1]
    with reading() as session:
        rows, reservations = load_calendar(session, first, days, organisation.zone, only=only)
        drafts = list_reservations(session, is_open=True, is_draft=True, limit=DRAFTS).rows

    def link(**parts: str) -> str:
        kept = {"from": first.isoformat(), "view": view, "thing": only, **parts}
        return "/reservations?" + urlencode({name: text for name, text in kept.items() if text})

    return page(
        "stockroom/reservations.html",
        rows=rows,
        reservations=reservations,
        drafts=drafts,
        view=view,
        views=VIEWS,
        only=only,
        first=first,
        last=first + timedelta(days=days - 1),
        today=today,
        link=link,
        earlier=link(**{"from": (first - timedelta(days=days)).isoformat()}),
        later=link(**{"from": (first + timedelta(days=days)).isoformat()}),
    )


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2200 else None  # noqa: PLR2004 - years


@blueprint.get("/new")
@allow(Action.CHANGE_CUSTODY)
def show_new() -> Response:
    """Show the empty form. A link may name the person and a thing."""
    return _show_form({name: request.args.get(name, "")[:255] for name in FIELDS})


@blueprint.post("/new")
@allow(Action.CHANGE_CUSTODY)
def add() -> Response:
    """Reserve things, or keep them as a draft."""
    form = {name: request.form.get(name, "") for name in FIELDS}
    is_draft, booking = request.form.get("as") == "draft", _booking()
    save = keep_draft if is_draft else book
    try:
        values = _read_values(form)
        number = transact(lambda session: save(session, values, booking))
    except NotFound as error:
        return _show_form(form, Invalid(error.message, errors={"person": [error.message]}))
    except (Invalid, Conflict) as error:
        return _show_form(form, error)
    flash(f"{number} is kept as a draft." if is_draft else f"{number} is reserved.", "ok")
    return redirect(f"/reservations/{number}", 303)


def _booking() -> Booking:
    return Booking(require_actor(), g.now, current_organisation().time_zone, tag_rules())


@blueprint.get("/<string:number>/edit")
@allow(Action.CHANGE_CUSTODY)
def show_draft(number: str) -> Response:
    """Show the form with what a draft says."""
    with reading() as session:
        draft = get_reservation(session, number)
    if draft.state is not ReservationState.DRAFT:
        return redirect(f"/reservations/{draft.number}", 303)
    return _show_form(_write_form(draft), draft=draft.number)


@blueprint.post("/<string:number>/edit")
@allow(Action.CHANGE_CUSTODY)
def change(number: str) -> Response:
    """Change a draft."""
    form = {name: request.form.get(name, "") for name in FIELDS}
    with reading() as session:
        number = get_reservation(session, number).number
    try:
        values = _read_values(form)
        transact(lambda session: change_draft(session, number, values, _booking()))
    except NotFound as error:
        return _show_form(form, Invalid(error.message, errors={"person": [error.message]}), number)
    except (Invalid, Conflict) as error:
        return _show_form(form, error, number)
    flash(f"{number} is changed.", "ok")
    return redirect(f"/reservations/{number}", 303)


@blueprint.post("/<string:number>/booking")
@allow(Action.CHANGE_CUSTODY)
def book_it(number: str) -> Response:
    """Reserve what a draft asks for."""
    with reading() as session:
        number = get_reservation(session, number).number
    try:
        transact(lambda session: book_draft(session, number, _booking()))
    except (Invalid, Conflict, NotFound) as error:
        flash(error.message, "error")
    else:
        flash(f"{number} is reserved.", "ok")
    return redirect(f"/reservations/{number}", 303)


def _write_form(draft: ReservationRow) -> dict[str, str]:
    """Return what the form holds for a draft: units of models as lines beside the codes."""
    zone = current_organisation().zone
    return {
        "person": draft.person_ref,
        "starts_at": draft.starts_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "ends_at": draft.ends_at.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "things": "\n".join(
            line.thing if line.model_id is not None else line.ref for line in draft.lines
        ),
        "model": "",
        "quantity": "",
        "place": draft.place or "",
        "note": draft.note,
    }


def _read_thing(line: str) -> dict[str, Any]:
    units = UNITS.fullmatch(line)
    if units is not None:
        return {"model": units[2][:MAX_CODE], "quantity": int(units[1])}
    return {"code": line[:MAX_CODE]}


def _read_values(form: dict[str, str]) -> dict[str, Any]:
    """Return what the form asks for.

    :raises Invalid: nobody is named, or a number of units is none.
    """
    zone = current_organisation().zone
    if not form["person"].strip():
        raise _invalid("person", "Say who it is for.")
    lines = [line.strip() for line in form["things"].splitlines()]
    things = [_read_thing(line) for line in lines if line]
    number, model = form["quantity"].strip(), form["model"].strip()
    units = read_id(number) if number else 1
    if not units:
        raise _invalid("quantity", f"Give a number of units from 1 to {MAX_UNITS}.")
    if model:
        things.append({"model": model, "quantity": units})
    elif number:
        raise _invalid("model", "Choose the model of these units.")
    return {
        "person": form["person"],
        "starts_at": _read_moment(form["starts_at"], zone),
        "ends_at": _read_moment(form["ends_at"], zone),
        "place": form["place"],
        "note": form["note"],
        "things": things,
    }


def _invalid(field: str, problem: str) -> Invalid:
    return Invalid(problem, errors={field: [problem]})


def _read_moment(text: str, zone: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _show_form(
    form: dict[str, str], error: Invalid | Conflict | None = None, draft: str = ""
) -> Response:
    with reading() as session:
        return page(
            "stockroom/reservation_form.html",
            form=form,
            draft=draft,
            people=list_people(session, limit=OFFERED_PEOPLE).rows,
            models=list_model_names(session),
            places=list_choices(session),
            zone=current_organisation().time_zone,
            **describe_problem(error, conflict_field="things"),
        )


@blueprint.get("/<string:number>")
@allow(Action.READ_REGISTER)
def show(number: str) -> Response:
    """Show one reservation: what to pick, what was picked up, and what somebody else still has."""
    with reading() as session:
        row = get_reservation(session, number)
        is_draft = row.state is ReservationState.DRAFT
        clashes = find_clashes(session, row, _booking()) if is_draft else []
        risks = list_at_risk(session, [row]) if row.state.facts.holds else []
        free = {
            line.id: find_substitutes(session, line.model_id)
            for line in row.lines
            if line.model_id is not None and not line.is_filled
        }
    return page(
        "stockroom/reservation.html",
        row=row,
        risks=risks,
        is_draft=is_draft,
        clashes=clashes,
        free=free,
        lines=sorted(row.lines, key=lambda line: (bool(line.place), line.place, line.id)),
    )


@blueprint.post("/<string:number>/cancellation")
@allow(Action.CHANGE_CUSTODY)
def end(number: str) -> Response:
    """Cancel what was not picked up."""
    try:
        row = transact(lambda session: cancel(session, number, now=g.now))
    except Conflict as error:
        flash(error.message, "error")
        return redirect(f"/reservations/{number}", 303)
    flash(f"{row.number} is cancelled.", "ok")
    return redirect(f"/reservations/{row.number}", 303)
