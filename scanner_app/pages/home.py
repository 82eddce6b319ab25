"""The start page, the phone's menu, and loading the sample office."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.audits.states import is_blind_for
from scanner_app.domain.errors import Conflict
from scanner_app.edge.guard import allow, require_actor, signed_in
from scanner_app.edge.web import page
from scanner_app.pages.shell import list_menu
from scanner_app.queries import home
from scanner_app.queries.readers.readers import list_silent
from scanner_app.queries.scanning.log import list_scans
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("home", __name__)

LAST_SCANS = 5
LAST_OVERDUE = 5


@blueprint.get("/")
@signed_in
def show_home() -> Response:
    """Show what there is to do."""
    actor = require_actor()
    with reading() as session:
        # A reader may scan but not see the register, so it gets no figures and no lists.
        sees_register = actor.can(Action.READ_REGISTER)
        summary = home.load_summary(session, now=g.now) if sees_register else None
        audits = home.list_open_audits(session) if actor.can(Action.READ_AUDITS) else []
        return page(
            "home/home.html",
            summary=summary,
            overdue=(
                home.list_overdue(session, now=g.now, limit=LAST_OVERDUE)
                if summary and summary.overdue and actor.can(Action.CHANGE_CUSTODY)
                else []
            ),
            audits=[(audit, _may_see_expected(audit, actor)) for audit in audits],
            scans=list_scans(session, actor=actor.key, limit=LAST_SCANS),
            silent=list_silent(session, now=g.now) if actor.can(Action.MANAGE_READERS) else [],
        )


def _may_see_expected(audit: home.OpenAudit, actor: Actor) -> bool:
    return not is_blind_for(
        is_blind=audit.is_blind, state=audit.state, may_run=actor.can(Action.RUN_AUDITS)
    )


@blueprint.get("/more")
@signed_in
def show_more() -> Response:
    """Show the sections that do not fit in the phone's bar."""
    return page("home/more.html", groups=list_menu())


@blueprint.post("/demo")
@allow(Action.MANAGE_SETTINGS)
def load_demo() -> Response:
    """Load the sample office into an empty register."""
    from scanner_app.services.sample_office import load_sample_office

    def load(session: Session) -> None:
        if home.load_summary(session, now=g.now).total:
            raise Conflict("The register is not empty. The sample office would mix with it.")
        load_sample_office(session, now=g.now)

    # Retried after a lost race: the second of two taps then finds the register filled.
    transact(load)
    flash(
        "The sample office is loaded: three sites, 60 rooms, 80 people, 1,500 assets. The "
        "page of each location, person and asset shows its code, which you can scan from this"
        " screen.",
        "ok",
    )
    return redirect("/", 303)
