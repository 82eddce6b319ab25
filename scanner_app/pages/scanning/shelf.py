"""The shelf picture: one photo read as many sightings, checked first and recorded by one tap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from flask import Blueprint, Response, flash, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.spans import read_spans, takes_scan
from scanner_app.domain.errors import (
    Invalid,
    NoRoom,
    NotFound,
    ScannerAppError,
    TooLarge,
    TooMany,
    Unavailable,
)
from scanner_app.domain.numbers import read_id
from scanner_app.domain.scanning.answer import Answer, Status
from scanner_app.domain.scanning.intents import Outcome
from scanner_app.domain.text import is_storable
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.uploads import decode_upload
from scanner_app.edge.web import page
from scanner_app.pages.scanning.scan_form import read_uuid
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.scanning.names import PlaceRow
from scanner_app.queries.scanning.offline_lists import find_standing
from scanner_app.queries.shelf import (
    Label,
    Shot,
    find_place,
    find_shot,
    load_picture,
    load_results,
    preview_labels,
)
from scanner_app.services.audits.blind import may_see_expected
from scanner_app.services.shelf.shots import keep_shot, record_shot, undo_shot
from scanner_app.storage.database import reading, transact

# The longer side of the stored picture, in pixels. A label on a wide shelf stays readable.
KEPT_SIDE = 2400
MAX_PLACE = 255
# Up to this many labels, there is room for larger numbers on the picture.
FEW = 12
STATUS: dict[type[ScannerAppError], int] = {
    Invalid: 422,
    TooLarge: 413,
    TooMany: 429,
    Unavailable: 503,
    NoRoom: 507,
}

blueprint = Blueprint("shelf", __name__, url_prefix="/shelf")


# -- taking it ---------------------------------------------------------------------------------


@blueprint.get("")
@allow(Action.DECODE)
def show_form() -> Response:
    """Show the form that asks for a picture of a shelf."""
    return _show_form()


def _show_form(*, status: int = 200, error: str = "") -> Response:
    values = request.values
    with reading() as session:
        audit = _read_audit(session, values.get("audit"))
        place = find_place(session, _read_place(values.get("location")), g.now)
        is_asked = place is not None
        if place is None:
            standing = find_standing(session, sign_in_id=require_actor().session_id)
            place = find_place(session, standing.place_code, g.now)
    return page(
        "shelf/form.html",
        status=status,
        audit=audit,
        place=place,
        is_asked=is_asked,
        shot_id=uuid4(),
        error=error,
    )


@blueprint.post("")
@allow(Action.DECODE)
def take() -> WerkzeugResponse:
    """Read a picture, keep it as a draft, and show what was found in it."""
    actor, now = require_actor(), g.now
    files = [file for file in request.files.getlist("picture") if file.filename]
    if len(files) != 1:
        words = "Take or choose a picture first." if not files else "Choose one picture at a time."
        return _show_form(status=422, error=words)
    upload = files[0].read()
    try:
        decoded = decode_upload(upload, keep_side=KEPT_SIDE)
    except (Invalid, TooLarge, NoRoom, TooMany, Unavailable) as error:
        response = _show_form(status=STATUS[type(error)], error=error.message)
        if isinstance(error, TooMany | Unavailable):
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    if not decoded.symbols:
        words = (
            "No label was found in this picture. Go closer, so that a label is at least as "
            "wide as a finger on the screen, and avoid reflections on it."
        )
        return _show_form(status=422, error=words)
    with reading() as session:
        audit = _read_audit(session, request.form.get("audit"))
    shot_id = transact(
        lambda session: keep_shot(
            session,
            shot_id=read_uuid(request.form.get("shot_id")) or uuid4(),
            upload=upload,
            decoded=decoded,
            audit_id=audit.id if audit else None,
            actor=actor,
            now=now,
            secret=current_settings().secret_key,
        )
    )
    place = _read_place(request.form.get("location"))
    return redirect(f"/shelf/{shot_id}" + (f"?{urlencode({'place': place})}" if place else ""), 303)


def _read_audit(session: Any, text: str | None) -> AuditRow | None:
    number = read_id(text)
    try:
        return get_audit(session, number) if number is not None else None
    except NotFound:
        return None


def _read_place(text: str | None) -> str | None:
    text = (text or "").strip()[:MAX_PLACE]
    return text if text and is_storable(text) else None


# -- one picture -------------------------------------------------------------------------------


@blueprint.get("/<shot>")
@allow(Action.READ_REGISTER)
def show(shot: str) -> Response:
    """Show what was found: before recording what it would be, afterwards what it was."""
    return _show(_load(shot))


def _load(name: str) -> Shot:
    """Return a picture that this person may see: their own draft, or a recorded one."""
    shot_id = read_uuid(name)
    if shot_id is not None:
        with reading() as session:
            shot = find_shot(session, shot_id)
        if shot is not None and (shot.recorded_at is not None or _is_own(shot)):
            return shot
    raise NotFound("That picture does not exist. A picture that is not saved is kept for a day.")


def _is_own(shot: Shot) -> bool:
    return shot.actor == require_actor().key


def _show(shot: Shot, *, status: int = 200, error: str = "") -> Response:
    actor, values = require_actor(), request.values
    with reading() as session:
        audit = get_audit(session, shot.audit_id) if shot.audit_id is not None else None
        is_open = audit is None or may_see_expected(audit, actor)
        place = shot.place if shot.recorded_at else _choose_place(session, shot)
        if shot.recorded_at:
            labels = load_results(session, shot=shot, may_see_expected=is_open)
        else:
            labels = preview_labels(
                session, shot=shot, place=place, rules=tag_rules(), may_see_expected=is_open
            )
        places = [] if shot.recorded_at else list_choices(session)
    # A submitted form names every label to keep. Before that, the sensible ones are kept.
    chosen = _read_keep() if "chosen" in values else None
    kept = {
        label.number
        for label in labels
        if (
            label.can_keep and label.number in chosen if chosen is not None else label.is_kept_first
        )
    }
    return page(
        "shelf/shot.html",
        block="work",
        status=status,
        shot=shot,
        audit=audit,
        is_counting=audit is None
        or takes_scan(audit.state, read_spans(audit.counting_spans), shot.taken_at),
        place=place,
        places=_with(places, place),
        labels=labels,
        groups=_group(labels),
        few=FEW,
        kept=kept,
        counts=Counter(label.found for label in labels),
        is_own=_is_own(shot),
        standing=sum(1 for label in labels if _can_undo(label)),
        # On a picture as wide as a phone, a number is as tall as small text.
        unit=max(shot.width, shot.height * 0.75) / (30 if len(labels) <= FEW else 36),
        error=error,
    )


# What a person has to decide comes first, what is in order last.
GROUPS_FIRST = ("refused", "ambiguous", "unknown", "two_rooms", "wrong_place", "not_expected")
GROUPS_LAST = ("already_scanned", "seen", "fine")


def _group(labels: list[Label]) -> list[tuple[str, list[Label]]]:
    """Return the labels by what was found of each."""
    groups: dict[str, list[Label]] = {}
    for label in labels:
        groups.setdefault(label.found, []).append(label)
    between = sorted(set(groups) - {*GROUPS_FIRST, *GROUPS_LAST})
    return [
        (found, groups[found])
        for found in (*GROUPS_FIRST, *between, *GROUPS_LAST)
        if found in groups
    ]


def _with(places: list[tuple[str, str]], place: PlaceRow | None) -> list[tuple[str, str]]:
    """Return the locations to choose from. A chosen one that is no longer in use is added."""
    if place is not None and place.code not in {code for code, _ in places}:
        return [*places, (place.code, place.name)]
    return places


def _choose_place(session: Any, shot: Shot) -> PlaceRow | None:
    """Return the location to record at: asked for, else set before, else in the picture."""
    values = request.values
    asked = _read_place(values.get("use")) or _read_place(values.get("place"))
    if asked or "chosen" in values:
        return find_place(session, asked, g.now)
    standing = find_standing(session, sign_in_id=require_actor().session_id)
    place = find_place(session, standing.place_code, g.now)
    if place is not None:
        return place
    labels = preview_labels(
        session, shot=shot, place=None, rules=tag_rules(), may_see_expected=True
    )
    found = {label.place_code for label in labels if label.place_code}
    return find_place(session, found.pop(), g.now) if len(found) == 1 else None


def _read_keep() -> Collection[int]:
    texts = request.values.getlist("keep")
    return {int(t) for t in texts if t.isascii() and t.isdecimal() and len(t) < 5}  # noqa: PLR2004 - a picture has at most 400 labels


def _can_undo(label: Label) -> bool:
    return not label.is_undone and label.found not in {
        "dropped",
        "unfit",
        "refused",
        "person",
        "place",
    }


@blueprint.get("/<shot>/picture.jpg")
@allow(Action.READ_REGISTER)
def send_picture(shot: str) -> WerkzeugResponse:
    """Send the stored picture: a JPEG that we made, never the uploaded file."""
    found = _load(shot)
    with reading() as session:
        data = load_picture(session, found.id)
    if not data:
        raise NotFound("This photo is no longer kept. What was found in it is in the log.")
    response = Response(data or b"", content_type="image/jpeg")
    # Asked for again each time: a picture that the browser keeps would outlive the sign-in.
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    response.headers["Content-Disposition"] = f'inline; filename="shelf-{found.id}.jpg"'
    return response.make_conditional(request)


@blueprint.post("/<shot>")
@allow(Action.SCAN)
def record(shot: str) -> WerkzeugResponse:
    """Record the labels that are kept. A second tap records nothing more."""
    found = _load_own(shot)
    actor, now = require_actor(), g.now
    keep = _read_keep()
    spend_budget(actor.key, len(keep), 0)  # the picture was counted when it came
    try:
        recorded = transact(
            lambda session: record_shot(
                session,
                shot_id=found.id,
                keep=keep,
                place=_read_place(request.form.get("place")),
                actor=actor,
                now=now,
                skew=_skew(),
                rules=tag_rules(),
            )
        )
    except Invalid as error:
        return _show(found, status=422, error=error.message)
    if recorded.is_repeat:
        flash("This picture was saved before. Nothing was saved twice.", "ok")
    else:
        count_scans(recorded.results)
        flash(*_describe(recorded.results))
    return redirect(f"/shelf/{found.id}", 303)


def _describe(answers: list[Answer]) -> tuple[str, str]:
    """Return how many were recorded, by what the server answered."""
    count = sum(_was_done(answer) for answer in answers)
    refused = len(answers) - count
    text = f"{count} item{'s' if count != 1 else ''} saved."
    if refused:
        text += f" {refused} refused. See the reasons below."
    return text, "error" if refused else "ok"


@blueprint.post("/<shot>/undo")
@allow(Action.SCAN)
def undo(shot: str) -> WerkzeugResponse:
    """Undo every sighting of a picture, for the shelf that was recorded in the wrong room."""
    found = _load_own(shot)
    actor, now = require_actor(), g.now
    results = transact(
        lambda session: undo_shot(
            session,
            shot_id=found.id,
            actor=actor,
            now=now,
            skew=_skew(),
            rules=tag_rules(),
            secret=current_settings().secret_key,
        )
    )
    failed = [answer for answer in results if not _was_done(answer)]
    if failed:
        flash(f"{len(failed)} of {len(results)} were not undone. {failed[0].message}", "error")
    else:
        flash(
            f"Undone: {len(results)} item{'s' if len(results) != 1 else ''} of this picture.", "ok"
        )
    return redirect(f"/shelf/{found.id}", 303)


def _was_done(answer: Answer) -> bool:
    """Return whether a scan was recorded, now or before, and not refused."""
    is_stored = answer.status in {Status.RECORDED, Status.REPEATED}
    return is_stored and answer.outcome is not Outcome.REFUSED


def _load_own(name: str) -> Shot:
    shot = _load(name)
    if not _is_own(shot):
        raise NotFound("This picture belongs to another person.")
    return shot


def _skew() -> timedelta:
    return timedelta(seconds=current_settings().clock_skew_seconds)
