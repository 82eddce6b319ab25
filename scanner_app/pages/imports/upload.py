"""The list of imports, and the form that takes a new file."""

from __future__ import annotations

from flask import g, redirect, request, url_for
from flask.wrappers import Response
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, TooLarge
from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.edge.attachments.import_files import share_import_file
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import current_settings, require_room
from scanner_app.edge.web import page
from scanner_app.pages.imports.runs import blueprint, drop_file
from scanner_app.queries.imports.runs import list_runs
from scanner_app.services.imports import files, life
from scanner_app.services.imports.mapping import inspect_file
from scanner_app.services.imports.status_names import load_status_names
from scanner_app.storage.database import reading, transact

MEGABYTE = 1_000_000
# Room for the other fields and the boundaries of a multipart body.
FORM_OVERHEAD = 64 * 1024


@blueprint.get("")
@allow(Action.IMPORT)
def list_imports() -> Response:
    """Show the imports so far and the form for a new one."""
    return show_list()


def show_list(errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    """Show the list, with what was wrong in the form."""
    settings = current_settings()
    with reading() as session:
        runs = list_runs(session)
    kind = request.values.get("kind", "")
    return page(
        "imports/list.html",
        block="runs",
        status=status,
        runs=runs,
        kinds=FACTS,
        in_order=[facts.label.lower() for facts in sorted(FACTS.values(), key=lambda f: f.order)],
        kind=kind if kind in set(ImportKind) else next(iter(FACTS)).value,
        max_mb=settings.import_max_mb,
        max_rows=settings.import_max_rows,
        errors=errors or {},
        is_busy=any(run.is_busy for run in runs),
    )


@blueprint.post("")
@allow(Action.IMPORT)
def upload_file() -> WerkzeugResponse:
    """Keep a file, find out how it is read, and go on to its columns."""
    settings = current_settings()
    require_room(request.content_length or 0)
    # The app's own limit is for pictures; an import may be larger.
    request.max_content_length = settings.import_max_mb * MEGABYTE + FORM_OVERHEAD
    try:
        upload = request.files.get("file")
        kind_text = request.form.get("kind", "")
    except RequestEntityTooLarge:
        raise TooLarge(
            f"The file is larger than {settings.import_max_mb} MB. Import it in parts."
        ) from None
    if kind_text not in set(ImportKind):
        return show_list({"kind": ["Choose what the rows are."]}, 422)
    if upload is None or not upload.filename:
        return show_list({"file": ["Choose a CSV or XLSX file."]}, 422)
    kind = ImportKind(kind_text)
    sha256 = ""
    try:
        sha256 = files.keep_file(
            upload.stream, settings.instance_dir, max_bytes=settings.import_max_mb * MEGABYTE
        )
        share_import_file(sha256)
        run_id = add_run(kind, upload.filename, sha256)
    except (Invalid, TooLarge) as error:
        if sha256:
            drop_file(sha256)
        return show_list({"file": [error.message]}, 413 if isinstance(error, TooLarge) else 422)
    return redirect(url_for("imports.show_mapping", run_id=run_id), 303)


def add_run(kind: ImportKind, filename: str, sha256: str) -> int:
    """Add an import of a kept file and return its number."""
    settings = current_settings()
    with reading() as session:
        names = load_status_names(session)
    inspection = inspect_file(
        files.file_path(settings.instance_dir, sha256),
        kind,
        statuses=names,
        max_rows=settings.import_max_rows,
    )
    actor = require_actor()
    return transact(
        lambda session: life.add_run(
            session,
            kind=kind,
            filename=filename,
            sha256=sha256,
            inspection=inspection,
            created_by=actor.name,
            actor=actor.key,
            now=g.now,
        )
    )
