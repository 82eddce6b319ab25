"""Refused rows: corrected in place and checked again, or downloaded with all their reasons."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any

from flask import g, redirect, request, url_for
from flask.wrappers import Response
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.imports import ImportKind
from scanner_app.edge.guard import allow
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.imports.result import read_start
from scanner_app.pages.imports.runs import blueprint, find_run
from scanner_app.services.files.formula_guard import add_guard
from scanner_app.services.imports import files, life, refused
from scanner_app.services.imports.mapping import ColumnMapping, inspect_file
from scanner_app.services.imports.status_names import load_status_names
from scanner_app.storage.database import reading, transact

PAGE_ROWS = 50
_CELL = re.compile(r"cell-([0-9]{1,9})-([0-9]{1,3})", re.ASCII)


@blueprint.get("/<int:run_id>/refused")
@allow(Action.IMPORT)
def show_refused(run_id: int) -> Response:
    """Show the refused rows with fields for the cells that mean something."""
    run = find_run(run_id)
    start = read_start()
    table = refused.open_source(run, current_settings().instance_dir)
    with reading() as session:
        rows = list(islice(refused.stream_refused(session, run, table, after=start), PAGE_ROWS + 1))
    columns = ColumnMapping.from_json(run.mapping).columns
    return page(
        "imports/refused.html",
        run=run,
        headers=[(at, name) for at, name in enumerate(table.headers) if columns[at]],
        rows=rows[:PAGE_ROWS],
        next_after=rows[PAGE_ROWS - 1].number if len(rows) > PAGE_ROWS else None,
    )


@blueprint.post("/<int:run_id>/refused")
@allow(Action.IMPORT)
def mend_refused(run_id: int) -> WerkzeugResponse:
    """Keep the corrected cells, and check the file again with them."""
    run = find_run(run_id)
    kind, settings = ImportKind(run.kind), current_settings()
    mapping = ColumnMapping.from_json(run.mapping)
    changed: dict[int, dict[int, str]] = {}
    for name, text in request.form.items():
        found = _CELL.fullmatch(name)
        if found and text.strip() != request.form.get(f"was-{found[1]}-{found[2]}", "").strip():
            changed.setdefault(int(found[1]), {})[int(found[2])] = text
    mended = refused.keep_mended(mapping, changed, width=len(run.notes.names))
    with reading() as session:
        names = load_status_names(session)
    inspection = inspect_file(
        files.file_path(settings.instance_dir, run.file_sha256),
        kind,
        statuses=names,
        max_rows=settings.import_max_rows,
        mapping=replace(mapping, mended=mended),
    )

    now = g.now

    def keep(session: Any) -> None:
        life.change_mapping(session, run_id=run.id, kind=kind, inspection=inspection)
        life.ask_check(session, run_id=run.id, now=now)

    transact(keep)
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


@blueprint.get("/<int:run_id>/refused.csv")
@allow(Action.IMPORT)
def download_refused(run_id: int) -> Response:
    """Send the refused rows as a table that can be imported again, with all reasons of each."""
    run = find_run(run_id)
    table = refused.open_source(run, current_settings().instance_dir)
    with SpooledTemporaryFile(max_size=1 << 20) as kept:
        text = io.TextIOWrapper(kept, encoding="utf-8-sig", newline="", write_through=True)
        writer = csv.writer(text)
        writer.writerow([*map(add_guard, table.headers), refused.REASONS])
        with reading() as session:
            for row in refused.stream_refused(session, run, table):
                writer.writerow([*map(add_guard, row.cells), ". ".join(row.reasons)])
        text.detach()
        kept.seek(0)
        body = kept.read()
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="refused-{run.id}.csv"'
    return response
