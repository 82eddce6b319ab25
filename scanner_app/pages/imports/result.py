"""How far an import is, what its dry run found row by row, and the steps that end it."""

from __future__ import annotations

from flask import flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict
from scanner_app.domain.imports.runs import VERDICTS, RunState
from scanner_app.edge.guard import allow
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.imports.runs import (
    blueprint,
    drop_file,
    find_run,
    is_outdated,
    stamp_run,
)
from scanner_app.queries.imports.runs import RowPage, RunView, find_applied_twin, list_rows
from scanner_app.services.imports import files, life
from scanner_app.storage.database import reading, transact

MAX_DIGITS = 9  # row numbers have 32 bits


@blueprint.get("/<int:run_id>")
@allow(Action.IMPORT)
def show_import(run_id: int) -> Response:
    """Show how far an import is, what its dry run found row by row, and what it did."""
    run = find_run(run_id)
    if run.state == RunState.UPLOADED:
        return redirect(url_for("imports.show_mapping", run_id=run.id), 303)
    return render_import(run)


def render_import(run: RunView, error: str = "", status: int = 200) -> Response:
    """Show an import, with what was wrong with the last step."""
    counts = run.counts
    verdict = request.args.get("verdict", "")
    if verdict not in counts:
        verdict = next((name for name, count in counts.items() if count), "")
    start = read_start()
    with reading() as session:
        rows = (
            list_rows(session, run.id, verdict=verdict or None, after=start)
            if run.state_facts.has_rows
            else RowPage((), None)
        )
        twin = find_applied_twin(session, run) if run.state == RunState.CHECKED else None
    done, total = find_progress(run)
    return page(
        "imports/result.html",
        block="result",
        status=status,
        error=error,
        run=run,
        counts=counts,
        verdicts=VERDICTS,
        verdict=verdict,
        rows=rows,
        after=start,
        twin=twin,
        done=done,
        total=total,
        added=describe_added(run),
        seen=stamp_run(run),
    )


def read_start() -> int:
    """Return the row number after which the page begins; 0 for anything that is not one."""
    text = request.args.get("after", "0")
    is_number = text.isdecimal() and text.isascii() and len(text) <= MAX_DIGITS
    return int(text) if is_number else 0


def find_progress(run: RunView) -> tuple[int, int]:
    """Return how many rows are done, and of how many."""
    if run.state == RunState.APPLYING:
        done = files.read_progress(current_settings().instance_dir, run.id) or 0
        return done, run.created_count + run.changed_count
    return run.rows_done, run.rows_total


def describe_added(run: RunView) -> list[str]:
    """Return the records that an import adds first, such as "2 locations"."""
    counts = {name: len(items) for name, items in run.notes.to_make.items()}
    return [
        f"{count:,} {related.one if count == 1 else related.many}"
        for related in run.facts.adds
        if (count := counts.get(related.name, 0))
    ]


@blueprint.post("/<int:run_id>/application")
@allow(Action.IMPORT)
def apply_import(run_id: int) -> Response:
    """Queue a checked import to be applied."""
    run = find_run(run_id)
    if run.state == RunState.CHECKED and is_outdated(run):
        words = "This import was checked again in another window. Look through it, then apply it."
        return render_import(run, words, 409)
    leave_out = bool(request.form.get("leave_out_refused"))
    now = g.now
    try:
        transact(
            lambda session: life.ask_apply(
                session, run_id=run.id, leave_out_refused=leave_out, now=now
            )
        )
    except Conflict as error:
        # The page of the import shows what it is about and what can be done.
        return render_import(find_run(run_id), error.message, 409)
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


@blueprint.post("/<int:run_id>/check")
@allow(Action.IMPORT)
def check_again(run_id: int) -> Response:
    """Queue the dry run again, with the register as it is now."""
    run = find_run(run_id)
    now = g.now
    transact(lambda session: life.ask_check(session, run_id=run.id, now=now))
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


@blueprint.post("/<int:run_id>/cancellation")
@allow(Action.IMPORT)
def cancel_import(run_id: int) -> Response:
    """Cancel an import, and delete its rows and its file."""
    run = find_run(run_id)
    sha256 = transact(lambda session: life.cancel_run(session, run_id=run.id))
    drop_file(sha256)
    flash(f"The import of {run.filename} was given up. Nothing was changed.", "ok")
    return redirect(url_for("imports.list_imports"), 303)
