"""The start page, the phone's menu, and loading the sample office."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import ROLES, Action, Actor
from scanner_app.domain.errors import Conflict
from scanner_app.domain.first_run import FirstStep
from scanner_app.edge.guard import allow, require_actor, signed_in
from scanner_app.edge.web import page
from scanner_app.pages.home.today import load_today
from scanner_app.pages.shell import list_menu
from scanner_app.queries.audits.approval.requests import ApprovalNote, list_waiting
from scanner_app.queries.home.first_run import load_first_steps
from scanner_app.queries.home.work import load_summary
from scanner_app.queries.readers.readers import list_silent
from scanner_app.services.settings import skip_first_steps
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def show_home() -> Response:
    """Show what there is to do today, for the person's role."""
    actor = require_actor()
    with reading() as session:
        # A reader may scan but not see the register, so it gets no figures and no lists.
        sees_register = actor.can(Action.READ_REGISTER)
        summary = load_summary(session, now=g.now) if sees_register else None
        is_empty = summary is not None and not summary.total
        panels = () if is_empty else ROLES[actor.role].today
        today = load_today(session, actor, panels) if panels else None
        return page(
            "home/home.html",
            summary=summary,
            is_empty=is_empty,
            first_steps=load_first_steps(session) if actor.can(Action.MANAGE_SETTINGS) else [],
            panels=panels,
            today=today,
            audits=today.audits if today else [],
            waiting=_list_waiting(session, actor),
            silent=list_silent(session, now=g.now) if actor.can(Action.MANAGE_READERS) else [],
        )


def _list_waiting(session: Session, actor: Actor) -> list[tuple[str, ApprovalNote]]:
    """Return the audits that wait for this person's approval."""
    if actor.person_key is None or not actor.can(Action.CLOSE_AUDITS):
        return []
    return list_waiting(session, actor.person_key)


@blueprint.post("/first-run")
@allow(Action.MANAGE_SETTINGS)
def skip_step() -> Response:
    """Take a step off the list of first steps, or all of them."""
    step = request.form.get("step", "")
    steps = set(FirstStep) if step == "all" else {step} & set(FirstStep)
    actor = require_actor()
    transact(lambda session: skip_first_steps(session, steps=steps, actor=actor, now=g.now))
    return redirect("/", 303)


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
        if load_summary(session, now=g.now).total:
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
