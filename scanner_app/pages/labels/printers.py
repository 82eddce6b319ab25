"""Printers on the network, and the jobs that were sent to them."""

from __future__ import annotations

from flask import flash, g, redirect, request
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.labels.jobs import JOB_STATES, PORTS
from scanner_app.domain.labels.stock import DOTS_PER_INCH
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.pages.labels._blueprint import blueprint
from scanner_app.queries.labels.print_jobs import list_jobs, list_printers
from scanner_app.services.labels.jobs import add_printer, settle, switch_printer
from scanner_app.storage.database import reading, transact

SHOWN = 25
USUAL = {"name": "", "host": "", "port": str(PORTS[0]), "dpi": "203"}


@blueprint.get("/jobs")
@allow(Action.PRINT_LABELS)
def show_jobs() -> Response:
    """Show what was sent to printers, newest first."""
    with reading() as session:
        jobs = list_jobs(session, limit=SHOWN + 1, before=read_id(request.args.get("before")))
    return page(
        "labels/jobs.html",
        block="jobs",
        jobs=jobs[:SHOWN],
        next=f"/labels/jobs?before={jobs[SHOWN - 1].id}" if len(jobs) > SHOWN else None,
        states=JOB_STATES,
    )


@blueprint.post("/jobs/<id:job_id>")
@allow(Action.PRINT_LABELS)
def settle_job(job_id: int) -> Response:
    """Take what a person saw at the printer, or cancel a job."""
    now = g.now
    is_cancelled = request.form.get("act") == "cancel"
    printed = None if is_cancelled else read_id(request.form.get("printed"))
    if not is_cancelled and request.form.get("printed", "").strip() == "0":
        printed = 0
    try:
        if printed is None and not is_cancelled:
            raise Invalid("Enter how many labels came out whole.", errors={"printed": ["Missing."]})
        transact(lambda session: settle(session, job_id=job_id, printed=printed, now=now))
    except (Conflict, Invalid) as error:
        flash(error.message, "error")
    else:
        flash("The job is cancelled." if is_cancelled else "Noted. What is left is printed.", "ok")
    return redirect("/labels/jobs", 303)


@blueprint.get("/printers")
@allow(Action.MANAGE_PRINTERS)
def show_printers() -> Response:
    """Show the printers and the form to add one."""
    return _show_printers(USUAL)


@blueprint.post("/printers")
@allow(Action.MANAGE_PRINTERS)
def create_printer() -> Response:
    """Add a printer."""
    form = {name: request.form.get(name, "").strip() for name in USUAL}
    now = g.now
    try:
        transact(
            lambda session: add_printer(
                session,
                name=form["name"],
                host=form["host"],
                port=read_id(form["port"]) or 0,
                dpi=read_id(form["dpi"]) or 0,
                now=now,
            )
        )
    except Invalid as error:
        return _show_printers(form, error)
    flash(f"{form['name']} is added. Print a label on it.", "ok")
    return redirect("/labels/printers", 303)


@blueprint.post("/printers/<id:printer_id>")
@allow(Action.MANAGE_PRINTERS)
def change_printer(printer_id: int) -> Response:
    """Take a printer into use, or out of it."""
    is_active = request.form.get("act") == "on"
    now = g.now
    transact(lambda s: switch_printer(s, printer_id=printer_id, is_active=is_active, now=now))
    return redirect("/labels/printers", 303)


def _show_printers(values: dict[str, str], error: Invalid | None = None) -> Response:
    with reading() as session:
        printers = list_printers(session)
    return page(
        "labels/printers.html",
        status=422 if error else 200,
        printers=printers,
        values=values,
        errors=error.errors if error else {},
        ports=[(port, str(port)) for port in PORTS],
        dpis=[(dpi, f"{dpi} dpi") for dpi in sorted(DOTS_PER_INCH) if dpi in {203, 300, 600}],
    )
