"""How all devices do, lists of them, and a maintenance for all that are chosen."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.days import read_day
from scanner_app.domain.errors import Invalid
from scanner_app.domain.health.releases import has_ended
from scanner_app.domain.health.states import DEVICE_STATES, DeviceState
from scanner_app.domain.policies.gates import CHECK_STATES
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.kept.devices import load_kept_overview
from scanner_app.edge.organisation import today_here
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.health._blueprint import blueprint
from scanner_app.pages.register.asset_list import query_text
from scanner_app.pages.register.assets import asset_path
from scanner_app.queries.health.devices import (
    MAX_CHOSEN,
    DeviceFilter,
    list_devices,
    list_ids,
    list_vulnerabilities,
)
from scanner_app.queries.health.lookups import count_loaded
from scanner_app.queries.policies.policies import get_policy
from scanner_app.queries.register.assets import find_asset_id
from scanner_app.services.health.maintenances import open_for_all
from scanner_app.storage.database import reading, transact

PAGE = 50
MAX_NAME = 200
FILTERS = ("state", "product", "cycle", "system", "cve", "policy")


@blueprint.get("/monitoring")
@allow(Action.READ_REGISTER)
def show() -> Response:
    """Show how all devices do, and what they run."""
    today = today_here()
    with reading(fresh=False) as session:
        loaded = count_loaded(session)
        (found, policies), made_at = load_kept_overview(session)
    return page(
        "health/overview.html",
        overview=found,
        made_at=made_at,
        loaded=loaded,
        policies=policies,
        check_states=CHECK_STATES,
        counts=[
            (DEVICE_STATES[state], count) for state, count in found.count_states(today).items()
        ],
        today=today,
        has_ended=has_ended,
        link=lambda **values: f"/monitoring/devices?{urlencode(values)}",
    )


@blueprint.get("/monitoring/devices")
@allow(Action.READ_REGISTER)
def show_devices() -> Response:
    """Show the devices that do as the address says."""
    return _show_devices()


@blueprint.post("/monitoring/devices")
@allow(Action.CHANGE_CUSTODY)
def open_work() -> Response:
    """Plan a maintenance of each device that was chosen, or of all that the list has."""
    actor, form = require_actor(), request.form
    wanted = _read_filter(form)

    def save(session: Session) -> tuple[int, int]:
        if form.get("all") == "on":
            ids = list_ids(session, wanted, now=g.now, today=today_here())
        else:
            ids = [find_asset_id(session, tag) for tag in form.getlist("assets")[: MAX_CHOSEN + 1]]
        return open_for_all(
            session,
            asset_ids=ids,
            title=form.get("title", ""),
            due_on=due_on,
            uuid=number,
            actor=actor,
            now=g.now,
        )

    errors: dict[str, list[str]] = {}
    due_on = read_day(form, "due_on", errors)
    try:
        number = UUID(form.get("id", ""))
    except ValueError:
        raise Invalid("This form is out of date. Open the page again.") from None
    try:
        if errors:
            raise Invalid("No maintenance was opened.", errors=errors)
        opened, running = transact(save)
    except Invalid as error:
        return _show_devices(error)
    words = f"{opened:,} maintenance{'' if opened == 1 else 's'} planned."
    if running:
        words += f" {running:,} had one of this name already."
    flash(words, "ok")
    return redirect("/tasks", 303)


def _show_devices(error: Invalid | None = None) -> Response:
    values = request.form if error else request.args
    wanted, today = _read_filter(values), today_here()
    with reading(fresh=False) as session:
        policy = get_policy(session, wanted.policy) if wanted.policy else None
        found = list_devices(
            session, wanted, now=g.now, today=today, cursor=request.args.get("cursor"), limit=PAGE
        )
    row = DEVICE_STATES[wanted.state] if wanted.state else None
    query = {name: values[name] for name in FILTERS if name in values}
    following = urlencode({**query, "cursor": found.next or ""})
    form: Any = request.form if error else {}
    return page(
        "health/devices.html",
        devices=found.rows,
        state=row,
        heading=policy.title if policy else _find_heading(wanted, found.rows),
        policy=policy,
        filters=query,
        next_page=f"/monitoring/devices?{following}" if found.next else None,
        today=today,
        has_ended=has_ended,
        form=form or {"title": row.work if row else policy.title if policy else ""},
        chosen=set(request.form.getlist("assets")) if error else set(),
        number=uuid4(),
        most=MAX_CHOSEN,
        path_of=lambda tag: f"{asset_path(tag)}/health",
        **describe_problem(error),
    )


def _find_heading(wanted: DeviceFilter, rows: Any) -> str:
    if wanted.state:
        return DEVICE_STATES[wanted.state].label
    if wanted.product:
        return rows[0].title if rows and rows[0].title else f"{wanted.product} {wanted.cycle or ''}"
    return wanted.cve or wanted.system or "All devices"


def _read_filter(values: MultiDict[str, str]) -> DeviceFilter:
    texts = {name: values.get(name, "") for name in FILTERS}
    if any(len(text) > MAX_NAME or not text.isprintable() for text in texts.values()):
        raise Invalid("This address is not one of ours. Open the list again.")
    state = texts["state"]
    return DeviceFilter(
        DeviceState(state) if state in set(DeviceState) else None,
        texts["product"],
        values.get("cycle"),
        texts["system"],
        texts["cve"],
        texts["policy"],
    )


@blueprint.get("/monitoring/vulnerabilities")
@allow(Action.READ_REGISTER)
def show_vulnerabilities() -> Response:
    """Show the catalogue of what is exploited, with how many devices each may touch."""
    query, everything = query_text("q"), request.args.get("all") == "on"
    with reading(fresh=False) as session:
        found = list_vulnerabilities(
            session,
            query=query,
            everything=everything,
            cursor=request.args.get("cursor"),
            limit=PAGE,
        )
        loaded = count_loaded(session)
    words = {"q": query, "all": "on" if everything else ""}
    following = urlencode({**words, "cursor": found.next or ""})
    return page(
        "health/vulnerabilities.html",
        rows=found.rows,
        loaded=loaded,
        query=query,
        everything=everything,
        next_page=f"/monitoring/vulnerabilities?{following}" if found.next else None,
        today=today_here(),
    )
