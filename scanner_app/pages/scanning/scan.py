"""The scan page: one form that works without script, and what the scripted page needs besides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import Blueprint, Response, flash, g, jsonify, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.decoding.codes.read import is_secret
from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NoRoom, TooLarge, TooMany, Unavailable
from scanner_app.domain.numbers import read_id
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.derived_ids import DerivedIds
from scanner_app.domain.scanning.intents import (
    STATE_INTENTS,
    TASK_INTENTS,
    AnswerKind,
    Intent,
    Outcome,
)
from scanner_app.domain.scanning.new_scan import NewScan
from scanner_app.edge.guard import allow, current_actor, public, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import SECRET, tag_rules
from scanner_app.edge.uploads import decode_upload
from scanner_app.edge.web import page
from scanner_app.pages.scanning.phone_facts import CONDITION_LABELS, phone_facts
from scanner_app.pages.scanning.scan_form import (
    read_mode,
    read_photo_scans,
    read_scan,
    read_task,
)
from scanner_app.queries.procurement.expected_work import load_expected_work
from scanner_app.queries.scanning.log import ScanRow, find_answer, list_scans
from scanner_app.queries.scanning.offline_lists import (
    ScanDefaults,
    find_audit_line,
    find_place,
    find_standing,
    load_phone_lists,
)
from scanner_app.services.access.standing import keep_custodian, keep_place
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import reading, transact

SHOWN_SCANS = 12
SHOWN_CODE = 200

blueprint = Blueprint("scan", __name__, url_prefix="/scan")


@blueprint.get("")
@allow(Action.SCAN)
def show() -> Response:
    """Show the page with the person's last scans.

    A link may name a code: it is put into the field, and nothing is recorded before it is sent.
    """
    code = request.args.get("code", "")
    return _show(code="" if is_secret(code) else code[:SHOWN_CODE])


def _show(*, status: int = 200, error: str = "", code: str = "") -> Response:
    actor = require_actor()
    values = request.values
    audit = read_id(values.get("audit"))
    mode = read_mode(values.get("intent") or values.get("mode"), audit=audit)
    task = read_task(values) if audit is None and mode.intent in TASK_INTENTS else None
    with reading() as session:
        standing = find_standing(session, sign_in_id=actor.session_id)
        # "Count here" on a room's page names the place. Reading a page does not store it.
        given = find_place(session, code=values.get("location", "")[:255])
        scans = list_scans(session, actor=actor.key, limit=SHOWN_SCANS)
        line = find_audit_line(session, audit_id=audit) if audit is not None else None
    said = request.args.get("said", "")
    answer = next((scan for scan in scans if str(scan.scan_id) == said), None)
    undoable = next(
        (s for s in scans if not s.is_undone and s.intent != "void" and s.outcome != "refused"),
        None,
    )
    response = page(
        "scanning/scan.html",
        status=status,
        mode=mode,
        is_stock=mode.is_stock,
        facts=phone_facts(),
        custody_modes=STATE_INTENTS,
        conditions=CONDITION_LABELS,
        audit=audit,
        task=task,
        task_page="/deliveries/" if mode.intent is Intent.RECEIVE else "/consignments/",
        line=line,
        standing=replace(standing, place_code=given.code, place_name=given.name)
        if given
        else standing,
        given=given,
        scans=scans,
        answer=answer,
        answer_word=_fine_word(answer),
        undoable=undoable,
        scan_id=uuid4(),
        undo_id=uuid4(),
        photo_id=uuid4(),
        formats=" ".join(sorted(current_settings().effective_decode_formats)),
        error=error,
        code=code,
        due_default=default_due(),
    )
    return response


def _fine_word(scan: ScanRow | None) -> str:
    """Return the word for a scan of an asset with which all is right; empty for any other."""
    if scan is None or scan.asset is None or scan.answer != AnswerKind.FINE:
        return ""
    return Intent(scan.intent).facts.fine


def default_due() -> str:
    """Return the due date that a check-out starts with, in the organisation's time zone."""
    organisation = current_organisation()
    if not organisation.due_days:
        return ""
    today = g.now.astimezone(organisation.zone).date()
    due: date = today + timedelta(days=organisation.due_days)
    return due.isoformat()


@blueprint.post("")
@allow(Action.SCAN)
def record() -> WerkzeugResponse:
    """Record one scan of the form and go back to the page, which shows the answer."""
    actor = require_actor()
    with reading() as session:
        standing = find_standing(session, sign_in_id=actor.session_id)
    try:
        scan = read_scan(request.form, standing=standing, now=g.now)
    except Invalid as error:
        code = request.form.get("code", "")
        # A password is not shown again.
        return _show(
            status=422, error=error.message, code="" if is_secret(code) else code[:SHOWN_CODE]
        )
    [answer] = _record([scan], standing, size=request.content_length or 0)
    if scan.voids is not None and answer.outcome is Outcome.APPLIED:
        _leave_undone(scan.voids, standing)
    given = request.form.get("location", "").strip()
    if given and actor.session_id is not None and answer.kind != "location":
        sign_in_id = actor.session_id
        transact(lambda s: keep_place(s, sign_in_id=sign_in_id, code=given[:255]))
    if answer.status is Status.CONFLICT:
        flash(answer.message, "error")
    return _go_back(said=str(scan.scan_id))


@blueprint.post("/photo")
@allow(Action.SCAN)
def record_photo() -> WerkzeugResponse:
    """Record a scan of each code in a picture."""
    files = [file for file in request.files.getlist("photo") if file.filename]
    if len(files) != 1:
        flash("Choose one picture first.", "error")
        return _go_back()
    actor = require_actor()
    with reading() as session:
        standing = find_standing(session, sign_in_id=actor.session_id)
    try:
        decoded = decode_upload(files[0].read())
    except (Invalid, TooLarge, NoRoom, TooMany, Unavailable) as error:
        flash(error.message, "error")
        return _go_back()
    ids = DerivedIds(current_settings().secret_key, actor.key)
    scans = read_photo_scans(decoded, request.form, standing=standing, ids=ids, now=g.now)
    if any(is_secret(symbol.text) for symbol in decoded.symbols):
        flash(f"A code in this picture: {SECRET}", "error")
        if not scans:
            return _go_back()
    if not scans:
        flash(
            "No code was found in this picture. Hold the label 20 cm away and try again.", "error"
        )
        return _go_back()
    answers = _record(scans, standing, size=0)
    count = sum(answer.status is not Status.CONFLICT for answer in answers)
    flash(f"{count} code{'s' if count != 1 else ''} read from the picture.", "ok")
    if count < len(answers):
        flash(f"{len(answers) - count} could not be recorded. Take the picture again.", "error")
    return _go_back(said=answers[-1].scan_id)


@blueprint.post("/standing")
@allow(Action.SCAN)
def clear_standing() -> WerkzeugResponse:
    """Clear the location or the person that is kept between scans."""
    actor = require_actor()
    if actor.session_id is not None:
        sign_in_id = actor.session_id
        if request.form.get("clear") == "custodian":
            transact(lambda s: keep_custodian(s, sign_in_id=sign_in_id, number=None))
        else:
            transact(lambda s: keep_place(s, sign_in_id=sign_in_id, code=None))
    return _go_back()


def _record(scans: Sequence[NewScan], standing: ScanDefaults, *, size: int) -> list[Answer]:
    """Record scans and return their answers. `size`: bytes that nothing has counted yet."""
    actor = require_actor()
    spend_budget(actor.key, len(scans), size)
    settings = current_settings()
    rules, zone = tag_rules(), current_organisation().time_zone
    answers = transact(
        lambda session: record_scans(
            session,
            scans=scans,
            actor=actor,
            now=g.now,
            skew=timedelta(seconds=settings.clock_skew_seconds),
            rules=rules,
            zone=zone,
        )
    )
    count_scans(answers)
    if actor.session_id is not None:
        # A badge may be scanned before the mode is chosen, so a lookup ends no hand-over.
        has_left = any(scan.intent.facts.ends_hand_over for scan in scans)
        _keep_standing(actor.session_id, answers, forget=has_left and standing.custodian_id)
    return answers


def _keep_standing(sign_in_id: int, answers: list[Answer], *, forget: object) -> None:
    """Keep the location of a room label, and the person of a badge, for later scans.

    After one that was refused, nothing goes to the room or the person before.

    :param forget: the check-out is over: the next item is not for the same person.
    """
    places = [answer.place for answer in answers if answer.kind == "location"]
    people = [answer.person for answer in answers if answer.kind == "person"]
    if places:
        code = places[-1].code if places[-1] else None
        transact(lambda s: keep_place(s, sign_in_id=sign_in_id, code=code))
    if people or forget:
        person = people[-1] if people else None
        number, name = (person.number, person.name) if person else (None, None)
        transact(lambda s: keep_custodian(s, sign_in_id=sign_in_id, number=number, name=name))


def _leave_undone(voided: UUID, standing: ScanDefaults) -> None:
    """Stop keeping the location or the person that the scan which is undone had set."""
    sign_in_id = require_actor().session_id
    with reading() as session:
        answer = find_answer(session, scan_id=voided)
    if sign_in_id is None or answer is None:
        return
    if answer.place is not None and answer.place.code == standing.place_code:
        transact(lambda s: keep_place(s, sign_in_id=sign_in_id, code=None))
    person = answer.person
    kept = (standing.custodian_number, standing.custodian_name)
    if person is not None and (person.number, person.name) == kept:
        transact(lambda s: keep_custodian(s, sign_in_id=sign_in_id, number=None))


def _go_back(*, said: str | None = None) -> WerkzeugResponse:
    audit = read_id(request.form.get("audit"))
    intent = request.form.get("mode") or request.form.get("intent")
    query = {"mode": read_mode(intent, audit=audit).value}
    if audit is not None:
        query["audit"] = str(audit)
    task = read_task(request.form)
    if task is not None:
        query["task"] = task
    if said:
        query["said"] = said
    return redirect(f"/scan?{urlencode(query)}", 303)


# -- for the scripted page ---------------------------------------------------------------------


@blueprint.get("/session.json")
@public
def send_session() -> Response:
    """Return who is signed in and the server's time.

    A phone asks this before it sends its queue.
    """
    actor = current_actor()
    may_scan = actor is not None and actor.user_id is not None and actor.can(Action.SCAN)
    return jsonify(
        user={"id": actor.user_id, "name": actor.name} if actor is not None and may_scan else None,
        now=g.now.isoformat(),
    )


@blueprint.get("/places.json")
@allow(Action.SCAN)
def send_places() -> Response:
    """Return every location and badge with its codes, for a phone without a network."""
    rules = tag_rules()
    with reading() as session:
        lists = load_phone_lists(session, rules=rules, now=g.now)
    return _send_list(
        {
            "rules": {
                "base_url": rules.base_url,
                "prefix": rules.prefix,
                "digits": rules.digits,
                "code39_check": rules.code39_check,
                "code39_full_ascii": rules.code39_full_ascii,
                "foreign_hosts": sorted(rules.foreign_hosts),
            },
            **asdict(lists),
        }
    )


@blueprint.get("/expected.json")
@allow(Action.SCAN)
def send_expected() -> Response:
    """Return the open tasks, and to who may receive the open deliveries, for a phone offline."""
    actor = require_actor()
    with reading() as session:
        work = load_expected_work(
            session, rules=tag_rules(), now=g.now, with_deliveries=actor.can(Action.RECEIVE)
        )
    return _send_list(work)


def _send_list(content: dict[str, Any]) -> Response:
    """Return a list that a phone keeps; its revision is its `ETag`, so the same is sent once."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, content_type="application/json")
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
