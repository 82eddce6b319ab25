"""Readers: which reader looks where, whether it is alive, and what it just read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, g, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import MAX_ID
from scanner_app.domain.scanning.intents import READ_INTENTS, Intent
from scanner_app.edge.guard import allow
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.readers import readers as queries
from scanner_app.queries.register.locations import list_choices
from scanner_app.services.readers.setup import (
    add_reader,
    remove_read_point,
    set_read_point,
    set_reader,
)
from scanner_app.storage.database import reading, transact

# The API uses the plain name.
blueprint = Blueprint("reader_pages", __name__, url_prefix="/readers")

MAX_NAME = 120
MAX_ANTENNAS = 65535
WEAKEST, STRONGEST = -120, 0
# The lower limit of a minute is two heartbeats of an agent in trouble. Nobody waits longer than a
# week for a silent reader.
MIN_SILENCE, MAX_SILENCE = 1, 7 * 24 * 60
KINDS = [("rfid", "RFID, UHF"), ("nfc", "NFC or HF"), ("barcode", "Barcode scanner")]
READ_LABELS = [(intent.value, intent.facts.read_label) for intent in READ_INTENTS]


@blueprint.get("")
@allow(Action.MANAGE_READERS)
def show_readers() -> Response:
    """List the readers with their current state."""
    return _show_list()


@blueprint.post("")
@allow(Action.MANAGE_READERS)
def add() -> Response:
    """Set up a reader."""
    try:
        name = _read_name(request.form.get("name", ""))
        kind, silent_after = _read_kind(), _read_silence()

        def make(session: Session) -> int:
            silence = silent_after * 60
            reader = add_reader(session, name=name, kind=kind, silent_after=silence, now=g.now)
            note_change(session, Thing.READER, Step.ADDED, name, {"kind": ("", kind)})
            return reader.id

        reader_id = transact(make)
    except (Invalid, Conflict) as error:
        return _show_list(form=request.form, error=error)
    flash(f"{name} is set up. Now set where it looks.", "ok")
    return redirect(url_for("reader_pages.show_reader", reader_id=reader_id), 303)


@blueprint.get("/<id:reader_id>")
@allow(Action.MANAGE_READERS)
def show_reader(reader_id: int) -> Response:
    """Show one reader. For htmx, show only what it just read and its state."""
    return _show_reader(reader_id)


@blueprint.post("/<id:reader_id>")
@allow(Action.MANAGE_READERS)
def change(reader_id: int) -> Response:
    """Change a reader, or switch it off and on."""
    is_active = request.form.get("is_active") == "on"

    def write(session: Session) -> None:
        row = queries.get_reader(session, reader_id, now=g.now)
        name, before = row.name, _show_reader_row(row)
        kind, silent_after = _read_kind(), _read_silence() * 60
        set_reader(
            session,
            name=name,
            kind=kind,
            is_active=is_active,
            silent_after=silent_after,
            token_id=_read_choice("token"),
            carrier_id=_read_choice("carrier"),
            now=g.now,
        )
        after = _show_reader_row(queries.get_reader(session, reader_id, now=g.now))
        changes = {word: (before[word], after[word]) for word in after}
        note_change(session, Thing.READER, Step.CHANGED, name, changes)

    try:
        transact(write)
    except Invalid as error:
        return _show_reader(reader_id, form=request.form, error=error)
    flash("Saved.", "ok")
    return redirect(url_for("reader_pages.show_reader", reader_id=reader_id), 303)


@blueprint.post("/<id:reader_id>/points")
@allow(Action.MANAGE_READERS)
def set_point(reader_id: int) -> Response:
    """Set where an antenna looks and what its reads mean."""

    def write(session: Session) -> None:
        form = request.form
        place = form.get("place", "").strip()
        set_read_point(
            session,
            reader_id=reader_id,
            antenna=_read_whole("antenna", 0, MAX_ANTENNAS),
            location_id=queries.find_place_id(session, place) if place else None,
            intent=_read_intent(),
            audit_id=_read_choice("audit"),
            rssi_floor=(
                _read_whole("rssi_floor", WEAKEST, STRONGEST) if form.get("rssi_floor") else None
            ),
        )
        antenna = _read_whole("antenna", 0, MAX_ANTENNAS)
        _note_point(session, reader_id, Step.CHANGED, antenna, {"location": ("", place)})

    try:
        transact(write)
    except Invalid as error:
        return _show_reader(reader_id, point=request.form, error=error)
    flash("The read point is set.", "ok")
    return redirect(url_for("reader_pages.show_reader", reader_id=reader_id), 303)


@blueprint.post("/<id:reader_id>/points/<int(max=65535):antenna>/removal")
@allow(Action.MANAGE_READERS)
def remove_point(reader_id: int, antenna: int) -> Response:
    """Remove a read point."""

    def remove(session: Session) -> None:
        remove_read_point(session, reader_id=reader_id, antenna=antenna)
        _note_point(session, reader_id, Step.REMOVED, antenna)

    transact(remove)
    flash("The read point is removed.", "ok")
    return redirect(url_for("reader_pages.show_reader", reader_id=reader_id), 303)


def _show_reader_row(row: queries.ReaderRow) -> dict[str, str]:
    """Return what the trail of admins says of a reader."""
    return {
        "kind": str(row.kind),
        "state": "on" if row.is_active else "off",
        "silent after": f"{row.silent_after_seconds} s",
    }


def _note_point(
    session: Session,
    reader_id: int,
    step: Step,
    antenna: int,
    changes: dict[str, tuple[str, str]] | None = None,
) -> None:
    name = queries.get_reader(session, reader_id, now=g.now).name
    note_change(session, Thing.READ_POINT, step, f"{name}, antenna {antenna}", changes)


def _read_name(text: str) -> str:
    name = text.strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        message = f"Use 1 to {MAX_NAME} printable characters, as the agent sends them."
        raise Invalid("The reader needs a name.", errors={"name": [message]})
    return name


def _read_kind() -> str:
    kind = request.form.get("kind", "rfid")
    if kind not in dict(KINDS):
        raise Invalid("This kind does not exist.", errors={"kind": ["Choose one from the list."]})
    return kind


def _read_silence() -> int:
    return _read_whole("silent_after", MIN_SILENCE, MAX_SILENCE)


def _read_choice(name: str) -> int | None:
    return _read_whole(name, 1, MAX_ID) if request.form.get(name) else None


def _read_intent() -> Intent:
    try:
        return Intent(request.form.get("intent", ""))
    except ValueError:
        raise Invalid(
            "A read cannot mean this.", errors={"intent": ["Choose one from the list."]}
        ) from None


def _read_whole(name: str, low: int, high: int) -> int:
    text = request.form.get(name, "").strip()
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= len(str(MAX_ID))
    if not is_number or not low <= int(text) <= high:
        message = f"Enter a whole number from {low} to {high}."
        raise Invalid(message, errors={name: [message]})
    return int(text)


def _show_list(
    *, form: Mapping[str, str] | None = None, error: Invalid | Conflict | None = None
) -> Response:
    with reading() as session:
        rows = queries.list_readers(session, now=g.now)
    return page(
        "readers/list.html",
        block="rows" if error is None else None,
        readers=rows,
        kinds=KINDS,
        form=form or {},
        **describe_problem(error),
    )


def _show_reader(
    reader_id: int,
    *,
    form: Mapping[str, str] | None = None,
    point: Mapping[str, Any] | None = None,
    error: Invalid | None = None,
) -> Response:
    with reading() as session:
        reader = queries.get_reader(session, reader_id, now=g.now)
        point = point or _choose_point(reader, request.args.get("antenna", "0"))
        chosen = next((p for p in reader.points if str(p.antenna) == str(point["antenna"])), None)
        return page(
            "readers/detail.html",
            block="live" if error is None else None,
            reader=reader,
            reads=queries.list_last_reads(session, reader),
            foreign=queries.count_foreign_of(session, reader),
            current_place=(
                queries.find_current_place(session, reader, now=g.now)
                if reader.is_carried
                else None
            ),
            form=form
            or {
                "kind": reader.kind,
                "silent_after": reader.silent_after_seconds // 60,
                "is_active": "on" if reader.is_active else "",
                "token": reader.token_id or "",
                "carrier": reader.carrier_id or "",
            },
            tokens=queries.list_token_choices(session, also=reader.token_id),
            carriers=queries.list_carrier_choices(session, also=reader.carrier_id),
            point=point,
            is_of_point=error is not None and form is None,
            kinds=KINDS,
            intents=READ_LABELS,
            sayings=dict(READ_LABELS),
            places=list_choices(session),
            audits=queries.list_audit_choices(session, also=chosen.audit_id if chosen else None),
            **describe_problem(error),
        )


def _choose_point(reader: queries.ReaderRow, antenna: str) -> dict[str, Any]:
    for point in reader.points:
        if str(point.antenna) == antenna:
            return {
                "antenna": point.antenna,
                "place": point.location_code or "",
                "intent": point.intent.value,
                "audit": point.audit_id or "",
                "rssi_floor": "" if point.rssi_floor is None else point.rssi_floor,
            }
    is_number = antenna.isascii() and antenna.isdigit() and len(antenna) <= len(str(MAX_ANTENNAS))
    return {"antenna": antenna if is_number else "0", "intent": Intent.SIGHTING.value}
