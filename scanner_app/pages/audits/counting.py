"""An audit while it is counted: the overview, a room, and what a phone needs without a network."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from flask import Response, g, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.audits.accuracy import count_found
from scanner_app.domain.audits.acts import STATEMENTS_OF, StatementOf
from scanner_app.domain.audits.plots import plot_progress
from scanner_app.domain.audits.policy import holds_late, needs_statements
from scanner_app.domain.audits.rounds.steps import SIGN_OFF_TEXT
from scanner_app.domain.errors import NotFound
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.late.taking import load_waiting
from scanner_app.pages.audits.trail import load_trail
from scanner_app.queries.audits.findings import FindingRow
from scanner_app.queries.audits.holdings.holdings import load_totals
from scanner_app.queries.audits.late.phones import list_counting_now
from scanner_app.queries.audits.list import AuditRow, get_audit
from scanner_app.queries.audits.offline_list import load_expected
from scanner_app.queries.audits.pace import load_pace
from scanner_app.queries.audits.rooms import (
    RoomProgress,
    find_next_room,
    find_path,
    list_rooms,
    list_seen_here,
    list_seen_rooms,
    load_room,
)
from scanner_app.queries.audits.rounds.comparing import compare_place
from scanner_app.queries.audits.rounds.progress import find_place, list_scanning_users
from scanner_app.queries.audits.tallies import load_counts
from scanner_app.queries.readers.readers import count_foreign
from scanner_app.queries.readers.watches import has_readers
from scanner_app.queries.register.attachments import load_thumbs
from scanner_app.queries.register.locations import find_location_id
from scanner_app.queries.scanning.log import list_scans
from scanner_app.services.audits.blind import (
    is_recounted,
    may_see_expected,
    may_see_place,
    require_not_blind,
)
from scanner_app.storage.database import reading


def show_counting(audit: AuditRow) -> WerkzeugResponse:
    """Show how far the count is, by room, with the newest scans."""
    with reading() as session:
        counts = load_counts(session, [audit.id])[audit.id]
        is_open = may_see_expected(audit, require_actor())
        rooms = list_rooms(session, audit.id)
        seen_rooms = [] if is_open else list_seen_rooms(session, audit.id)
        scans = list_scans(session, audit_id=audit.id, without_strangers=True, limit=8)
        foreign = count_foreign(session, audit_id=audit.id)
        pace = plot_progress(
            load_pace(session, audit.id),
            expected=counts["expected"],
            due_on=audit.due_on,
            now=g.now,
        )
        trail = load_trail(session, audit)
        waits = load_waiting(session, audit.id, g.now)
        people = list_counting_now(session, audit.id, g.now)
        held = load_totals(session, audit.id)
    return page(
        "audits/counting.html",
        block="live",
        pace=pace,
        audit=audit,
        counts=counts,
        found=count_found(counts),
        rooms=rooms if is_open else seen_rooms,
        scans=scans,
        foreign=foreign,
        trail=trail,
        is_open=is_open,
        held=held,
        needs_statement=needs_statements(audit.policy),
        proposed=STATEMENTS_OF[StatementOf.LEAD].proposed,
        holds_late=holds_late(audit.policy),
        left={
            "rooms": sum(1 for room in rooms if room.expected and not room.seen),
            "unseen": counts["expected"] - count_found(counts),
            "people": people,
        },
        **waits,
    )


@blueprint.get("/<id:audit_id>/pace")
@allow(Action.READ_AUDITS)
def show_pace(audit_id: int) -> WerkzeugResponse:
    """Return the plot of the count over time. Without htmx, go to the audit's page."""
    with reading() as session:
        audit = get_audit(session, audit_id)
        require_not_blind(audit, require_actor())
        expected = load_counts(session, [audit_id])[audit_id]["expected"]
        pace = plot_progress(
            load_pace(session, audit_id), expected=expected, due_on=audit.due_on, now=g.now
        )
    if request.headers.get("HX-Request") != "true":
        return redirect(f"/audits/{audit_id}", 303)
    return page("audits/_pace.html", audit=audit, pace=pace)


def _load_room(audit_id: int, location_id: int | None) -> tuple[AuditRow, RoomProgress, bool]:
    """Return the audit, the room, and whether this person may see what is expected.

    :raises NotFound: the audit or the location does not exist.
    """
    with reading() as session:
        audit = get_audit(session, audit_id)
        room = load_room(session, audit_id, location_id) if location_id is not None else None
        path = find_path(session, location_id)
    if room is None:
        raise NotFound("This location does not exist.")
    actor = require_actor()
    is_open = may_see_place(audit, path, actor)
    if not is_open:
        # What was seen here, expected or not: all else would tell counters what is expected. A
        # second count knows nothing of the first one.
        by = actor.key if is_recounted(audit, path) else None
        with reading() as session:
            seen = list_seen_here(session, audit_id, room.location_id, by=by)
        room = replace(room, expected=0, seen=0, missing=[], found=[], strays=seen)
    return audit, room, is_open


@blueprint.get("/<id:audit_id>/rooms/<id:location_id>")
@allow(Action.READ_AUDITS)
def show_room(audit_id: int, location_id: int) -> WerkzeugResponse:
    """Show what was found and what is missing in one location and everything inside it."""
    audit, room, is_open = _load_room(audit_id, location_id)
    with reading() as session:
        place = find_place(session, audit_id, location_id, shows_expected=is_open)
        may_run = require_actor().can(Action.RUN_AUDITS)
        compared = compare_place(session, audit_id, place) if may_run else None
        counters = list_scanning_users(session) if may_run else []
        can_locate = has_readers(session)
        rows = [*room.missing, *room.strays, *room.found]
        thumbs = load_thumbs(session, {row.asset_id for row in rows if row.asset_id is not None})
    by = "tag" if request.args.get("by") == "tag" else "category"
    return page(
        "audits/room.html",
        block="room",
        audit=audit,
        room=room,
        by=by,
        groups={name: _group(getattr(room, name), by) for name in ("missing", "strays", "found")},
        thumbs=thumbs,
        is_open=is_open,
        can_locate=can_locate,
        place=place,
        compared=compared,
        people=counters,
        person=require_actor().doer_key,
        sign_off_text=SIGN_OFF_TEXT,
    )


def _group(rows: Sequence[FindingRow], by: str) -> list[tuple[str, list[FindingRow]]]:
    """Return rows under the name of their category, by name; all in one where they go by tag."""
    named = sorted(rows, key=lambda row: row.asset_tag or row.code or "")
    if by == "tag":
        return [("", named)] if named else []
    groups: dict[str, list[FindingRow]] = {}
    for row in named:
        groups.setdefault(row.category or "", []).append(row)
    return [
        (name or "Without a category", groups[name])
        for name in sorted(groups, key=lambda name: (not name, name.casefold()))
    ]


@blueprint.get("/<id:audit_id>/here")
@allow(Action.SCAN)
def show_here(audit_id: int) -> WerkzeugResponse:
    """Return the panel of the scan page: how far a location is. Without htmx, go to its page."""
    with reading() as session:
        location_id = find_location_id(session, request.args.get("place", "")[:255])
    audit, room, is_open = _load_room(audit_id, location_id)
    if request.headers.get("HX-Request") != "true":
        return redirect(f"/audits/{audit_id}/rooms/{room.location_id}", 303)
    is_whole = is_open and room.expected and room.seen >= room.expected
    with reading() as session:
        can_locate = has_readers(session)
        next_room = (
            find_next_room(list_rooms(session, audit_id), room.location_id) if is_whole else None
        )
    return page(
        "audits/_room.html",
        audit=audit,
        room=room,
        is_open=is_open,
        can_locate=can_locate,
        is_panel=True,
        next_room=next_room,
    )


@blueprint.get("/<id:audit_id>/expected.json")
@allow(Action.SCAN)
def show_expected(audit_id: int) -> WerkzeugResponse:
    """Return what a phone needs to answer scans offline: the expected list and all locations."""
    with reading() as session:
        expected = load_expected(session, audit_id, rules=tag_rules(), now=g.now)
    body = json.dumps(expected, separators=(",", ":"))
    response = Response(body, content_type="application/json")
    response.set_etag(sha256(body.encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)
