"""How a person wants to be told: a form of one row a kind, and the hours of their day."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import available_timezones

from flask import Blueprint, flash, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.notices.choices import (
    DIGEST_HOUR,
    DIGESTS,
    Digest,
    read_minutes,
    write_minutes,
)
from scanner_app.domain.notices.kinds import NOTICES, NoticeKind, hears_all
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import require_actor, signed_in
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import errors_of
from scanner_app.pages.notices.bell import own_user_id
from scanner_app.queries.notices.audience import list_category_names
from scanner_app.services.notices.choices import (
    Choices,
    WantedHours,
    WantedKind,
    link_person,
    load_choices,
    save_choices,
    unlink_person,
)
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("notice_choices", __name__, url_prefix="/account/notices")


@blueprint.get("")
@signed_in
def show() -> Response:
    """Show what the person chose."""
    user_id = own_user_id()
    with reading() as session:
        return _show(session, load_choices(session, user_id=user_id))


def _show(
    session: Session,
    choices: Choices,
    *,
    errors: dict[str, str] | None = None,
    times: dict[str, str] | None = None,
) -> Response:
    hours, role = choices.hours, require_actor().role
    return page(
        "notices/choices.html",
        status=422 if errors else 200,
        rows=[
            (kind, NOTICES[kind], wanted, NOTICES[kind].narrows and hears_all(kind, role))
            for kind, wanted in choices.kinds.items()
        ],
        hours=hours,
        times=times
        or {
            "quiet_from": write_minutes(hours.quiet_from),
            "quiet_to": write_minutes(hours.quiet_to),
        },
        person=choices.person,
        proposed=choices.proposed,
        digests=[(kind.value, row.label) for kind, row in DIGESTS.items()],
        digest_hours=[(hour, f"{hour:02}:00") for hour in range(24)],
        digest_hour=DIGEST_HOUR if hours.digest_hour is None else hours.digest_hour,
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        default_zone=current_organisation().time_zone,
        categories=list_category_names(session),
        errors=errors or {},
        has_mail=bool(current_settings().smtp_url),
    )


@blueprint.post("")
@signed_in
def save() -> Response:
    """Keep what the form says."""
    user_id = own_user_id()
    with reading() as session:
        before = load_choices(session, user_id=user_id)
    kinds = {kind: _read_kind(kind, was) for kind, was in before.kinds.items()}
    times = {name: request.form.get(name, "").strip()[:8] for name in ("quiet_from", "quiet_to")}
    errors: dict[str, str] = {}
    minutes: dict[str, int | None] = {}
    for name, text in times.items():
        try:
            minutes[name] = read_minutes(text)
        except ValueError as error:
            errors[name] = str(error)
    hour = request.form.get("digest_hour", "")
    hours = WantedHours(
        minutes.get("quiet_from"),
        minutes.get("quiet_to"),
        int(hour) if hour.isascii() and hour.isdigit() and len(hour) <= 2 else None,  # noqa: PLR2004 - two digits
        request.form.get("time_zone", "").strip()[:64],
    )
    if not errors:
        try:
            transact(lambda s: save_choices(s, user_id=user_id, hours=hours, kinds=kinds))
        except Invalid as error:
            errors = errors_of(error)
    if errors:
        with reading() as session:
            typed = replace(before, hours=hours, kinds=kinds)
            return _show(session, typed, errors=errors, times=times)
    flash("Your choices are saved.", "ok")
    return redirect("/account/notices", 303)


def _read_kind(kind: NoticeKind, was: WantedKind) -> WantedKind:
    """Return what the form says of a kind. A box that is not ticked is not sent: it means no.

    What the form did not show stays: a service without e-mail asks nothing about it.
    """
    form = request.form
    has_mail = f"digest:{kind}" in form
    digest = form.get(f"digest:{kind}", "")
    return WantedKind(
        is_told=f"told:{kind}" in form,
        by_mail=f"mail:{kind}" in form if has_mail else was.by_mail,
        digest=Digest(digest) if digest in DIGESTS else was.digest,
        breaks_quiet=f"breaks:{kind}" in form if has_mail else was.breaks_quiet,
        location=form.get(f"location:{kind}", "").strip()[:64],
        category=form.get(f"category:{kind}", "").strip()[:255],
    )


@blueprint.post("/person")
@signed_in
def choose_person() -> Response:
    """Note who the person is in the register, or forget it."""
    user_id = own_user_id()
    person_id = read_id(request.form.get("person"))
    try:
        if person_id is None:
            transact(lambda session: unlink_person(session, user_id=user_id))
        else:
            transact(lambda session: link_person(session, user_id=user_id, person_id=person_id))
    except (Conflict, NotFound) as error:
        flash(error.message, "error")
    return redirect("/account/notices", 303)
