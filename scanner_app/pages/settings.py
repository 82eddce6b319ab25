"""The settings page, and the organisation's logo."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from flask import Blueprint, Response, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid, NotFound, ScannerAppError
from scanner_app.domain.settings import (
    LANGUAGES,
    SETTINGS,
    SettingGroup,
    SettingKind,
    show_setting,
    write_setting,
)
from scanner_app.edge.errors import classify
from scanner_app.edge.guard import allow, public, require_actor
from scanner_app.edge.organisation import current_organisation, forget_organisation
from scanner_app.edge.state import current_settings
from scanner_app.edge.uploads import decode_upload
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import errors_of
from scanner_app.queries.settings import LOGO, TrailRow, list_last_changes, list_trail, load_logo
from scanner_app.services.settings import SettingChange, change_logo, change_settings
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("settings", __name__)

LOGO_SIDE = 256
SHOWN_CHANGES = 20
WAS = "was:"


@blueprint.get("/settings")
@allow(Action.MANAGE_SETTINGS)
def show_settings() -> Response:
    """Show every setting: what the environment set as fixed, the others as a form."""
    return _show()


def _show(
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
) -> Response:
    organisation, fixed = current_organisation(), current_settings().fixed
    in_force = {key: write_setting(getattr(organisation, key)) for key in SETTINGS}
    with reading() as session:
        changes = list_last_changes(session)
        trail = list_trail(session, limit=SHOWN_CHANGES)
    return page(
        "settings/settings.html",
        status=status,
        groups=[
            (group.value, [(key, row) for key, row in SETTINGS.items() if row.group is group])
            for group in SettingGroup
        ],
        in_force=in_force,
        form=form or in_force,
        fixed=fixed,
        changes=changes,
        trail=[_describe(row) for row in trail],
        errors=errors or {},
        zones=sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        languages=list(LANGUAGES.items()),
    )


def _describe(row: TrailRow) -> dict[str, Any]:
    """Return a change as the page shows it. The key may be of a setting that is gone."""
    if row.key == LOGO:
        old, new = ("a picture" if text else "none" for text in (row.old, row.new))
        return {"label": "Logo", "old": old, "new": new, "at": row.at, "by": row.by}
    label = SETTINGS[row.key].label if row.key in SETTINGS else row.key
    old, new = show_setting(row.key, row.old), show_setting(row.key, row.new)
    return {"label": label, "old": old, "new": new, "at": row.at, "by": row.by}


@blueprint.post("/settings")
@allow(Action.MANAGE_SETTINGS)
def save_settings() -> WerkzeugResponse:
    """Set what was changed in the form."""
    actor = require_actor()
    seen = {key: request.form[WAS + key] for key in SETTINGS if WAS + key in request.form}
    texts = _read_texts(seen)

    def change(session: Session) -> list[SettingChange]:
        return change_settings(
            session,
            texts=texts,
            seen=seen,
            fixed=current_settings().fixed,
            actor=actor,
            now=g.now,
        )

    try:
        changes = transact(change)
    except (Invalid, Conflict) as error:
        forget_organisation()
        form = {key: write_setting(getattr(current_organisation(), key)) for key in SETTINGS}
        if isinstance(error, Invalid):
            form |= texts
        return _show(status=classify(error).status, errors=errors_of(error), form=form)
    said = [f"{SETTINGS[one.key].label}: {show_setting(one.key, one.new)}." for one in changes]
    flash(" ".join(["Saved.", *said]) if said else "Nothing was changed.", "ok")
    return redirect("/settings", 303)


def _read_texts(seen: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of the form. A box that is not ticked is not sent: it means no."""
    texts = {key: request.form[key] for key in SETTINGS if key in request.form}
    for key in seen:
        if SETTINGS[key].kind is SettingKind.YES_NO:
            texts.setdefault(key, "no")
    return texts


@blueprint.post("/settings/logo")
@allow(Action.MANAGE_SETTINGS)
def save_logo() -> WerkzeugResponse:
    """Keep a picture, made small, as the organisation's logo."""
    upload = request.files.get("logo")
    if upload is None or not upload.filename:
        return _show(status=422, errors={"logo": "Choose a picture first."})
    try:
        _keep_logo(decode_upload(upload.read(), keep_side=LOGO_SIDE).picture)
    except ScannerAppError as error:
        return _show(status=classify(error).status, errors={"logo": error.message})
    flash("The logo is saved.", "ok")
    return redirect("/settings", 303)


@blueprint.post("/settings/logo/remove")
@allow(Action.MANAGE_SETTINGS)
def remove_logo() -> WerkzeugResponse:
    """Take the logo away."""
    _keep_logo(None)
    flash("The logo is removed.", "ok")
    return redirect("/settings", 303)


def _keep_logo(picture: bytes | None) -> None:
    actor = require_actor()
    transact(lambda session: change_logo(session, picture=picture, actor=actor, now=g.now))


@blueprint.get("/organisation/logo.jpg")
@public
def send_logo() -> WerkzeugResponse:
    """Send the logo. The sign-in page shows it too."""
    with reading() as session:
        picture = load_logo(session)
    if picture is None:
        raise NotFound("There is no logo.")
    response = Response(picture, content_type="image/jpeg")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)
