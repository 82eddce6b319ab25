"""Loans that are extended or handed on from the page of an asset or a person, each by one scan."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote
from uuid import UUID, uuid4

from flask import Blueprint, flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid
from scanner_app.domain.scanning.intents import Intent, Outcome
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.metrics import count_scans
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.tag_rules import tag_rules
from scanner_app.pages.scanning.scan_form import check_scan
from scanner_app.services.scanning.record import record_scans
from scanner_app.storage.database import transact

blueprint = Blueprint("loans", __name__, url_prefix="/loans")

DEVICE = "loans page"


@blueprint.post("/extend")
@allow(Action.CHANGE_CUSTODY)
def extend() -> Response:
    """Extend a loan: to a day, or by the rule of lending if no day is given."""
    try:
        due_at = _read_due(request.form.get("due_on", "").strip())
    except Invalid as error:
        flash(error.message, "error")
        return _go_back()
    return _record(Intent.EXTEND, due_at=due_at)


@blueprint.post("/transfer")
@allow(Action.CHANGE_CUSTODY)
def hand_on() -> Response:
    """Hand on what somebody has to another person."""
    person = request.form.get("person", "").strip()[:255]
    if not person:
        flash("Choose who gets it.", "error")
        return _go_back()
    return _record(Intent.TRANSFER, custodian=person)


def _record(
    intent: Intent, *, custodian: str | None = None, due_at: datetime | None = None
) -> Response:
    actor, tag = require_actor(), request.form.get("asset_tag", "").strip()[:255]
    if not tag:
        raise Invalid("Name the asset.", errors={"asset_tag": ["Missing."]})
    try:
        scan = check_scan(
            {
                # A form that is sent twice is one scan.
                "scan_id": str(_read_id(request.form.get("scan_id", ""))),
                "code": tag,
                "intent": intent.value,
                "scanned_at": g.now.isoformat(),
                "source": "typed",
                "custodian": custodian,
                "due_at": due_at.isoformat() if due_at else None,
                "device": DEVICE,
            }
        )
    except Invalid as error:
        if "code" in error.errors:  # there is no page of such an asset to go back to
            raise
        flash(error.message, "error")
        return _go_back()
    spend_budget(actor.key, 1, 0)
    rules, zone = tag_rules(), current_organisation().time_zone
    skew = timedelta(seconds=current_settings().clock_skew_seconds)
    [answer] = transact(
        lambda session: record_scans(
            session, scans=[scan], actor=actor, now=g.now, skew=skew, rules=rules, zone=zone
        )
    )
    count_scans([answer])
    flash(answer.message, "ok" if answer.outcome is Outcome.APPLIED else "error")
    return _go_back()


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _read_due(text: str) -> datetime | None:
    """Return the end of a day in the organisation's time zone; None if no day is given."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
        zone = current_organisation().zone
        return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
    except (ValueError, OverflowError):  # the last day of 9999 ends in another year
        raise Invalid("Enter the day as year-month-day.") from None


def _go_back() -> Response:
    """Return to the page that the form was on: the person's if it names one, else the asset's."""
    person = request.form.get("back_to", "").strip()[:255]
    tag = request.form.get("asset_tag", "").strip()[:255]
    path = f"/people/{quote(person, safe='')}" if person else f"/assets/{quote(tag, safe='')}"
    return redirect(path, 303)
