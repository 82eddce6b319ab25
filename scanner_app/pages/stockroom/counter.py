"""The counter: scan the badge and the things, then one press. It works without script too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.decoding.codes.read import is_secret
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.numbers import read_id
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.intents import Intent
from scanner_app.domain.scanning.new_scan import MAX_TEXT_LENGTH, NewScan
from scanner_app.domain.signatures.strokes import read_signature_form
from scanner_app.domain.stock.acts import name_unit
from scanner_app.domain.stock.items import MAX_QUANTITY
from scanner_app.domain.stockroom.handovers import HANDOVER_KINDS, HandoverKind
from scanner_app.domain.stockroom.new_handover import parse_handover, read_ticked
from scanner_app.domain.stockroom.tray import (
    COMMANDS,
    QUANTITIES,
    Command,
    Tray,
    TrayLine,
    fold_tray,
    read_command,
    read_quantity,
    set_pieces,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.stockroom.recording import record_now, record_scan_now
from scanner_app.edge.web import page
from scanner_app.pages.register.labels import draw_code
from scanner_app.pages.scanning.phone_facts import phone_facts
from scanner_app.pages.scanning.scan import default_due
from scanner_app.pages.scanning.scan_form import DEVICE, check_scan, read_due, read_uuid
from scanner_app.pages.stockroom.counter_json import counter_facts, tray_json
from scanner_app.queries.circulation.rules import has_length, load_rules
from scanner_app.queries.stockroom.handovers import get_handover_by_row
from scanner_app.queries.stockroom.trays import load_tray
from scanner_app.services.stockroom.agreed import list_tray_terms
from scanner_app.services.stockroom.booking.pick_list import list_to_pick
from scanner_app.services.stockroom.handed_kits import list_tray_kits
from scanner_app.services.stockroom.judge import judge_tray
from scanner_app.services.stockroom.returned import list_tray_questions
from scanner_app.storage.database import reading

blueprint = Blueprint("counter", __name__, url_prefix="/counter")


@blueprint.get("")
@allow(Action.CHANGE_CUSTODY)
def show() -> Response:
    """Show the tray; without one in the address, an empty one.

    A link may name a code, such as a person's badge. It is put into the field, and nothing is
    recorded before it is sent: the scripted page does so at once.
    """
    return _show(_tray_id() or uuid4())


def _tray_id() -> UUID | None:
    return read_uuid(request.values.get("tray"))


def _kind() -> HandoverKind | None:
    given = request.values.get("kind")
    return next((kind for kind in HandoverKind if kind.value == given), None)


def _quantity() -> int | None:
    """Return how many pieces the next code stands for, as a command code set it."""
    number = read_id(request.values.get("quantity"))
    return number if number is not None and number <= MAX_QUANTITY else None


def _load(tray_id: UUID) -> Tray:
    """Return a tray, with the numbers of pieces that a person typed."""
    with reading() as session:
        tray = fold_tray(load_tray(session, tray_id), kind=_kind())
    lines = (
        set_pieces(line, pieces, tray.kind) if line.stock and (pieces := _pieces(line)) else line
        for line in tray.lines
    )
    return replace(tray, lines=tuple(lines))


def _pieces(line: TrayLine) -> int | None:
    """Return how many pieces of a line the form says; None if it says no such number."""
    number = read_id(request.form.get(f"quantity-{line.scan.scan_id}", "").strip())
    return number if number is not None and 1 <= number <= MAX_QUANTITY else None


def _show(
    tray_id: UUID,
    *,
    status: int = 200,
    error: str = "",
    refused: Mapping[UUID, str] | None = None,
) -> Response:
    """Show a tray.

    :param refused: why the server refused a line, by the id of its scan.
    """
    tray, code = _load(tray_id), request.args.get("code", "")
    with reading() as session:
        is_due_by_rule = has_length(load_rules(session))
        zone = current_organisation().time_zone
        judged = judge_tray(session, tray, due_at=None, zone=zone, now=g.now)
        kits = list_tray_kits(session, tray)
        pick_lists = list_to_pick(session, tray, now=g.now)
        questions = list_tray_questions(session, tray)
    return page(
        "stockroom/counter.html",
        status=status,
        tray_id=tray_id,
        tray=tray,
        kinds=HANDOVER_KINDS,
        facts={**phone_facts(), "counter": counter_facts()},
        scan_id=uuid4(),
        error=error,
        refused=refused or {},
        judgements={line.scan.scan_id: one for line, one in zip(tray.lines, judged, strict=True)},
        quantity=_quantity(),
        name_unit=name_unit,
        terms=list_tray_terms(tray, judged),
        # A date in the form comes before any rule, so none is put there where a rule decides.
        due_default="" if is_due_by_rule else default_due(),
        is_due_by_rule=is_due_by_rule,
        form=request.form,
        kits=kits,
        questions=questions,
        pick_lists=pick_lists,
        link=_link,
        tray_json=tray_json(tray),
        code="" if is_secret(code) else code[:MAX_TEXT_LENGTH],
        formats=" ".join(sorted(current_settings().effective_decode_formats)),
    )


def _link(tray_id: UUID, kind: HandoverKind | None) -> str:
    query = {"tray": str(tray_id), **({"kind": kind.value} if kind else {})}
    return f"/counter?{urlencode(query)}"


def _go_on(tray_id: UUID, kind: HandoverKind | None) -> WerkzeugResponse:
    return redirect(_link(tray_id, kind), 303)


@blueprint.post("")
@allow(Action.CHANGE_CUSTODY)
def put() -> WerkzeugResponse:
    """Put one scan into the tray, or do what a command code says."""
    tray_id = _tray_id() or uuid4()
    code = request.form.get("code", "")
    try:
        number = read_quantity(code)
        if number is not None:
            return redirect(f"{_link(tray_id, _kind())}&quantity={number}", 303)
        command = read_command(code)
        if command is not None:
            return _obey(command, tray_id)
        scan = _read(code, tray_id)
        answer = record_scan_now(scan, require_actor(), g.now)
    except ValueError:
        return _show(tray_id, status=422, error=f"The counter does not know the command {code}.")
    except Invalid as error:
        return _show(tray_id, status=422, error=error.message)
    # A badge or a label of a location is not stock: the number waits for the next scan.
    waits = scan.quantity if answer.person or answer.place else None
    return redirect(_link(tray_id, _kind()) + (f"&quantity={waits}" if waits else ""), 303)


def _read(code: str, tray_id: UUID) -> NewScan:
    if not code.strip():
        raise Invalid("Type or scan a code first.", errors={"code": ["Must not be empty."]})
    return check_scan(
        {
            "scan_id": str(read_uuid(request.form.get("scan_id")) or uuid4()),
            "code": code,
            "intent": Intent.LOOKUP.value,
            "scanned_at": g.now.isoformat(),
            "source": "typed",
            "device": DEVICE,
            "handover": str(tray_id),
            "quantity": _quantity(),
        }
    )


def _obey(command: Command, tray_id: UUID) -> WerkzeugResponse:
    """Do what a command code says, without script."""
    tray = _load(tray_id)
    if command is Command.CLEAR:
        return redirect("/counter", 303)
    if command is Command.UNDO and tray.scans:
        last = next(scan for scan in reversed(tray.scans) if not scan.of_kit)
        _void(last.scan_id, last.code)
        return _go_on(tray_id, _kind())
    wanted = command.facts.kind or tray.kind
    if command is Command.NEXT or (tray.ready and wanted is tray.kind and wanted):
        return _complete(tray_id, tray)
    if command is Command.DAMAGED:
        return _show(tray_id, status=422, error="Tick Damaged at the thing, then check it in.")
    return _go_on(tray_id, wanted)


@blueprint.post("/removal")
@allow(Action.CHANGE_CUSTODY)
def take_off() -> WerkzeugResponse:
    """Take a thing off the tray: its scan is undone."""
    tray_id = _tray_id()
    scan_id = read_uuid(request.form.get("take_off"))
    if tray_id is None or scan_id is None:
        return redirect("/counter", 303)
    tray = _load(tray_id)
    line = next((one for one in tray.lines if scan_id in one.scans), None)
    wanted = line.scans if line else (scan_id,)  # pieces of stock were put there by several scans
    of_kits = {one.of_kit.code for one in tray.scans if one.scan_id in wanted and one.of_kit}
    if of_kits:  # a piece has no scan in the log: the label of its kit goes
        wanted = tuple(one.scan_id for one in tray.scans if one.kit and one.kit.code in of_kits)
    for found in tray.scans:
        if found.scan_id in wanted:
            _void(found.scan_id, found.code)
    return _go_on(tray_id, _kind())


def _void(scan_id: UUID, code: str) -> None:
    ids = DerivedIds(current_settings().secret_key, require_actor().key)
    undo = NewScan(
        ids.make(scan_id, "undo"), code, Intent.VOID, g.now, source="typed", voids=scan_id,
        device=DEVICE,
    )  # fmt: skip
    record_scan_now(undo, require_actor(), g.now)


@blueprint.post("/handover")
@allow(Action.CHANGE_CUSTODY)
def complete() -> WerkzeugResponse:
    """Hand over what is ready, and show the document."""
    tray_id = _tray_id()
    if tray_id is None:
        return redirect("/counter", 303)
    return _complete(tray_id, _load(tray_id))


def _complete(tray_id: UUID, tray: Tray) -> WerkzeugResponse:
    if tray.kind is None or not tray.ready:
        return _show(tray_id, status=422, error="Nothing here can change hands. Scan a thing.")
    if tray.kind.facts.needs_person and tray.person is None:
        return _show(tray_id, status=422, error="Scan the person's badge first.")
    try:
        _require_pieces(tray)
        handover = parse_handover(_build(tray_id, tray))
        spend_budget(require_actor().key, len(handover.lines), request.content_length or 0)
        recorded = record_now(handover, require_actor(), g.now)
    except Invalid as error:
        return _show(tray_id, status=422, error=" ".join(error.texts))
    if recorded.id is None:
        said = {
            tray.ready[one.index].scan.scan_id: one.message
            for one in recorded.refused
            if one.answer
        }
        asked = [one.message for one in recorded.refused if one.answer is None]
        told = " ".join(["Nothing changed hands.", *asked])
        return _show(tray_id, status=409, error=told, refused=said)
    with reading() as session:
        number = get_handover_by_row(session, recorded.id).number
    flash(f"{number} is recorded. Scan the next badge or thing.", "ok")
    return redirect(url_for("handover_pages.show", number=number, next="counter"), 303)


def _require_pieces(tray: Tray) -> None:
    """Raise Invalid if the form has something else than a number of pieces for a line."""
    for line in tray.ready:
        name = f"quantity-{line.scan.scan_id}"
        if line.stock and name in request.form and _pieces(line) is None:
            problem = f"{line.tag}: give a number of pieces from 1 to {MAX_QUANTITY:,}."
            raise Invalid(problem, errors={name: [problem]})


def _build(tray_id: UUID, tray: Tray) -> dict[str, Any]:
    """Return the hand-over as the API takes it. The same form again makes the same one."""
    form = request.form
    ids = DerivedIds(current_settings().secret_key, require_actor().key)
    is_return = tray.kind is HandoverKind.RETURN
    signature = read_signature_form(form)
    due = None if is_return else read_due(form.get("due_at"))
    lines = []
    for line in tray.ready:
        key = str(line.scan.scan_id)
        damaged = is_return and form.get(f"damaged-{key}") == "on"
        lines.append(
            {
                "scan_id": str(ids.make(line.scan.scan_id, _purpose(line))),
                "code": line.stock.code if line.stock else line.scan.code,
                "quantity": line.quantity if line.stock else None,
                "scanned_at": line.scan.at.isoformat(),
                "source": "typed",
                "device": DEVICE,
                "location": line.place,
                "due_at": due,
                "condition": ("damaged" if damaged else "good") if is_return else None,
                "note": form.get(f"note-{key}", "").strip() or None,
                "checklist": _read_answers(form.getlist(f"asked-{key}"), form.getlist(f"no-{key}")),
                "override": form.getlist(f"override-{key}") or None,
            }
        )
    return {
        "handover_id": str(tray_id),
        "kind": tray.kind.value if tray.kind else "",
        "person": tray.person[0] if tray.person else None,
        "place": tray.place[0] if tray.place else None,
        "scans": lines,
        "at": tray.scans[-1].at.isoformat(),
        "signature": signature.to_json() if signature else None,
        "signed_by": form.get("signed_by", "").strip() or None,
        "kits": [kit.code for kit in tray.kits] or None,
        **({} if is_return else _read_terms()),
    }


def _read_answers(asked: list[str], no: list[str]) -> dict[str, bool] | None:
    """Return what was asked of a thing that comes back, all yes but for what is ticked as no."""
    return {question: question not in no for question in asked} or None


def _purpose(line: TrayLine) -> str:
    """Return what the id of a line is made for: fewer pieces after a refusal are another scan."""
    made_for = "line of its hand-over"
    return f"{made_for}: {line.quantity}" if line.stock else made_for


def _read_terms() -> dict[str, Any]:
    """Return the ticked terms and whether a link is asked for, as the API takes them."""
    ticked = sorted(read_ticked(request.form.getlist("terms")))
    terms = [{"id": id_, "version": version} for id_, version in ticked]
    return {"terms": terms or None, "by_link": True if request.form.get("by_link") else None}


@blueprint.get("/card")
@allow(Action.CHANGE_CUSTODY)
def show_card() -> Response:
    """Show the desk card: the command codes, to print and to put beside the scanner."""
    return page("stockroom/card.html", commands=COMMANDS, quantities=QUANTITIES)


@blueprint.get("/card/<command>.svg")
@allow(Action.CHANGE_CUSTODY)
def draw_command(command: str) -> WerkzeugResponse:
    """Draw the code of a command.

    :raises NotFound: there is no such command.
    """
    if read_quantity(command) in QUANTITIES:
        return draw_code(command)
    try:
        return draw_code(Command(command).value)
    except ValueError:
        raise NotFound("The counter has no such command.") from None
