"""Jobs: what the worker runs, what waits for it, and what failed."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Conflict
from scanner_app.domain.jobs import WORK_STATES, WorkState
from scanner_app.edge.guard import allow
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.queries import jobs as queries
from scanner_app.services.jobs.queue import drop, run_again
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("jobs", __name__, url_prefix="/admin/jobs")

MAX_OPEN = 100
MAX_ENDED = 25


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def show() -> Response:
    """Show the workers and the jobs: those that failed first, those that are done last."""
    with reading() as session:
        found = queries.list_open_jobs(session, limit=MAX_OPEN)
        progress = {job.id: queries.find_progress(session, job) for job in found}
        ended = queries.list_ended_jobs(session, limit=MAX_ENDED)
        workers = queries.list_nodes(session, now=g.now)
        figures = queries.count_line(session, now=g.now)
    return page(
        "jobs/list.html",
        block="jobs",
        jobs=[job for job in found if job.facts.every is None or job.error],
        scheduled=[job for job in found if job.facts.every is not None],
        progress=progress,
        ended=ended,
        workers=workers,
        figures=figures,
        states=WORK_STATES,
        is_busy=any(job.state is WorkState.WORKING for job in found) or figures.due > 0,
    )


@blueprint.post("/<id:job_id>")
@allow(Action.MANAGE_SETTINGS)
def change(job_id: int) -> Response:
    """Run a job now, or take it out of the line."""
    now = g.now
    is_drop = request.form.get("act") == "drop"

    def act(session: Session) -> None:
        if is_drop:
            drop(session, job_id=job_id, now=now)
            note_change(session, Thing.JOB, Step.DROPPED, f"{job_id}")
        else:
            run_again(session, job_id=job_id, now=now)

    try:
        transact(act)
    except Conflict as error:
        flash(error.message, "error")
    else:
        flash(
            "The job is dropped." if is_drop else "The job runs as soon as a worker is free.", "ok"
        )
    return redirect("/admin/jobs", 303)
