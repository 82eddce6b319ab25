"""The start page, the phone's More page, and the sample office one tap away."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect
from werkzeug.wrappers import Response

from scanner_app.domain.access import Action
from scanner_app.domain.errors import Conflict
from scanner_app.extensions.database import reading, unit_of_work
from scanner_app.extensions.guard import allow, require_actor, signed_in
from scanner_app.extensions.web import page
from scanner_app.queries import home, scans
from scanner_app.services.scanning import actor_key

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def show_home() -> Response:
    """Show what there is to do."""
    actor = require_actor()
    with reading() as session:
        return page(
            "home/home.html",
            standing=home.load_standing(session, now=g.now),
            audits=home.list_open_audits(session),
            scans=scans.list_scans(session, actor=actor_key(actor), limit=5),
        )


@blueprint.get("/more")
@signed_in
def show_more() -> Response:
    """Show the sections that the phone's bar has no room for."""
    return page("home/more.html")


@blueprint.post("/demo")
@allow(Action.MANAGE_SETTINGS)
def load_demo() -> Response:
    """Load the sample office into an empty register."""
    from scanner_app.services.demo import load_sample_office

    with unit_of_work() as session:
        if home.load_standing(session, now=g.now).total:
            raise Conflict("The register is not empty; the sample office would mix with it.")
        load_sample_office(session, now=g.now)
    flash("The sample office is loaded: three sites, 60 rooms, 80 people, 1,500 assets.", "ok")
    return redirect("/", 303)
