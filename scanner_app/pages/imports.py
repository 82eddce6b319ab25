"""Imports on the web: upload, say what columns mean, read the dry run, apply, read the end."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, flash, g, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.wrappers import Response
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound, TooLarge
from scanner_app.domain.import_columns import CUSTOM, TARGETS, ImportKind, label_of
from scanner_app.domain.lifecycle import LABELS, Stage
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.extensions.jobs import init_jobs, wake_jobs
from scanner_app.queries import imports as queries
from scanner_app.services import import_files, import_statuses, imports
from scanner_app.services.import_mapping import ColumnMapping, check_mapping
from scanner_app.services.import_references import fold
from scanner_app.services.tabular import ENCODINGS, SEPARATORS
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("imports", __name__, url_prefix="/imports")

MEGABYTE = 1_000_000
# Room for the other fields and the boundaries of a multipart body.
FORM_OVERHEAD = 64 * 1024
SEPARATOR_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
KIND_LABELS = {
    ImportKind.ASSETS: "Assets",
    ImportKind.LOCATIONS: "Locations",
    ImportKind.PEOPLE: "People",
}
LARGEST_ID = 2**31 - 1


@blueprint.record
def attach(state: BlueprintSetupState) -> None:
    """Let the requests of this app find imports that wait for work."""
    init_jobs(state.app)  # type: ignore[arg-type] # the app that registers is a Flask


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column on the mapping page."""

    at: int
    header: str
    samples: tuple[str, ...]
    target: str


def find_run(run_id: int) -> queries.RunView:
    if run_id > LARGEST_ID:  # PostgreSQL would raise on it
        raise NotFound("There is no such import.")
    with reading() as session:
        return queries.find_run(session, run_id)


@blueprint.get("")
@allow(Action.IMPORT)
def list_imports() -> Response:
    """Show the imports so far and the form for a new one."""
    return show_list()


def show_list(errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    settings = current_settings()
    with reading() as session:
        runs = queries.list_runs(session)
    kind = request.values.get("kind", "")
    return page(
        "imports/list.html",
        block="runs",
        status=status,
        runs=runs,
        kinds=KIND_LABELS,
        kind=kind if kind in set(ImportKind) else ImportKind.ASSETS.value,
        most_mb=settings.import_max_mb,
        most_rows=settings.import_max_rows,
        errors=errors or {},
        is_busy=any(run.is_busy for run in runs),
    )


@blueprint.post("")
@allow(Action.IMPORT)
def upload_file() -> WerkzeugResponse:
    """Take a file, find out how it is read, and go on to its columns."""
    settings = current_settings()
    # An import may be larger than a picture, which the app's own limit is for.
    request.max_content_length = settings.import_max_mb * MEGABYTE + FORM_OVERHEAD
    try:
        upload = request.files.get("file")
        kind_text = request.form.get("kind", "")
    except RequestEntityTooLarge:
        raise TooLarge(
            f"The file is larger than {settings.import_max_mb} MB. Import it in parts."
        ) from None
    if kind_text not in set(ImportKind):
        return show_list({"kind": ["Say what the rows are."]}, 422)
    if upload is None or not upload.filename:
        return show_list({"file": ["Choose a CSV or XLSX file."]}, 422)
    kind = ImportKind(kind_text)
    sha256 = ""
    try:
        sha256 = import_files.keep_file(
            upload.stream, settings.instance_dir, most_bytes=settings.import_max_mb * MEGABYTE
        )
        run_id = add_run(kind, upload.filename, sha256)
    except (Invalid, TooLarge) as error:
        if sha256:
            drop_file(sha256)
        return show_list({"file": [error.message]}, 413 if isinstance(error, TooLarge) else 422)
    return redirect(url_for("imports.show_mapping", run_id=run_id), 303)


def add_run(kind: ImportKind, filename: str, sha256: str) -> int:
    settings = current_settings()
    with reading() as session:
        names = imports.status_names(session)
    inspection = imports.inspect_file(
        import_files.file_path(settings.instance_dir, sha256),
        kind,
        statuses=names,
        most_rows=settings.import_max_rows,
    )
    actor = require_actor()
    return transact(
        lambda session: imports.add_run(
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


def drop_file(sha256: str) -> None:
    """Remove a kept file that no import uses."""
    with reading() as session:
        used = queries.is_file_used(session, sha256, besides=0)
    if not used:
        import_files.file_path(current_settings().instance_dir, sha256).unlink(missing_ok=True)


# -- Columns --------------------------------------------------------------------------------------


@blueprint.get("/<int:run_id>/mapping")
@allow(Action.IMPORT)
def show_mapping(run_id: int) -> WerkzeugResponse:
    """Show what each column means, as far as it is known, to be corrected."""
    run = find_run(run_id)
    if run.state in {"checking", "applying", "applied", "cancelled"}:
        return redirect(url_for("imports.show_import", run_id=run.id), 303)
    return render_mapping(run, ColumnMapping.from_json(run.mapping), {})


def render_mapping(
    run: queries.RunView,
    mapping: ColumnMapping,
    errors: dict[str, list[str]],
    status: int = 200,
) -> Response:
    kind = ImportKind(run.kind)
    headers = run.headers
    samples = headers.get("samples", [])
    columns = [
        ColumnView(at, name, tuple(samples[at]) if at < len(samples) else (), target)
        for at, (name, target) in enumerate(zip(headers["names"], mapping.columns, strict=False))
    ]
    ambiguous = {
        target: example
        for target, example in headers.get("ambiguous_dates", {}).items()
        if target in mapping.columns
    }
    with reading() as session:
        twin = queries.find_applied_twin(session, run)
    return page(
        "imports/mapping.html",
        status=status,
        run=run,
        kind_label=KIND_LABELS[kind],
        columns=columns,
        targets=[(target.name, target.label) for target in TARGETS[kind]],
        custom=CUSTOM if kind is ImportKind.ASSETS else None,
        mapping=mapping,
        ambiguous={name: (label_of(kind, name), text) for name, text in ambiguous.items()},
        unknown_statuses=[(fold(name), name) for name in headers.get("unknown_statuses", [])],
        stages=[(stage.value, LABELS[stage]) for stage in Stage],
        encodings=ENCODINGS,
        separators={sign: SEPARATOR_NAMES[sign] for sign in SEPARATORS},
        twin=twin,
        errors=errors,
        may_keep_statuses=require_actor().can(Action.MANAGE_SETTINGS),
    )


@blueprint.post("/<int:run_id>/mapping")
@allow(Action.IMPORT)
def save_mapping(run_id: int) -> WerkzeugResponse:
    """Take what the columns mean; where nothing is left open, start the dry run."""
    run = find_run(run_id)
    kind = ImportKind(run.kind)
    settings = current_settings()
    chosen = read_mapping(run)
    with reading() as session:
        names = imports.status_names(session)
    try:
        inspection = imports.inspect_file(
            import_files.file_path(settings.instance_dir, run.file_sha256),
            kind,
            statuses=names,
            most_rows=settings.import_max_rows,
            mapping=chosen,
        )
    except FileNotFoundError:
        raise NotFound("The uploaded file is gone from the server. Upload it again.") from None
    except (Invalid, TooLarge) as error:
        return render_mapping(run, chosen, {"reading": [error.message]}, 422)
    transact(
        lambda session: imports.change_mapping(
            session, run_id=run.id, kind=kind, inspection=inspection
        )
    )
    run = find_run(run.id)
    try:
        check_mapping(kind, inspection.table.headers, inspection.mapping, inspection.profile)
    except Invalid as error:
        return render_mapping(run, inspection.mapping, error.errors, 422)
    if request.form.get("keep_statuses") and require_actor().can(Action.MANAGE_SETTINGS):
        transact(
            lambda session: import_statuses.keep_status_names(
                session, names={name: Stage(s) for name, s in inspection.mapping.statuses.items()}
            )
        )
    transact(lambda session: imports.ask_check(session, run_id=run.id))
    wake_jobs()
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


def read_mapping(run: queries.RunView) -> ColumnMapping:
    """Read the form; what it does not hold stays as it was suggested."""
    kind = ImportKind(run.kind)
    before = ColumnMapping.from_json(run.mapping)
    known = {target.name for target in TARGETS[kind]} | {""}
    if kind is ImportKind.ASSETS:
        known.add(CUSTOM)
    columns = []
    for at, old in enumerate(before.columns):
        target = request.form.get(f"column-{at}", old)
        columns.append(target if target in known else old)
    orders = {
        name: order
        for name in columns
        if (order := request.form.get(f"order-{name}", "")) in {"mdy", "dmy"}
    }
    stages = {
        fold(name): stage
        for name in run.headers.get("unknown_statuses", [])
        if (stage := request.form.get(f"status-{fold(name)}", "")) in set(Stage)
    }
    encoding = request.form.get("encoding", before.encoding)
    separator = request.form.get("separator", before.separator)
    return replace(
        before,
        columns=tuple(columns),
        date_orders=orders,
        decimal_sign="",
        make_places=bool(request.form.get("make_places")),
        make_people=bool(request.form.get("make_people")),
        statuses={**before.statuses, **stages},
        encoding=encoding if encoding in ENCODINGS else before.encoding,
        separator=separator if separator in tuple(SEPARATORS) else before.separator,
    )


# -- Result ---------------------------------------------------------------------------------------


@blueprint.get("/<int:run_id>")
@allow(Action.IMPORT)
def show_import(run_id: int) -> WerkzeugResponse:
    """Show how far an import is, what its dry run says row by row, and what it did."""
    run = find_run(run_id)
    if run.state == "uploaded":
        return redirect(url_for("imports.show_mapping", run_id=run.id), 303)
    if run.is_busy and run.lease_until is None:
        wake_jobs()
    verdict = request.args.get("verdict", "")
    counts = run.counts
    if verdict not in counts:
        verdict = next((name for name in queries.VERDICTS if counts[name]), "")
    after = request.args.get("after", "0")
    start = int(after) if after.isdecimal() and after.isascii() and len(after) < 10 else 0  # noqa: PLR2004 - 32 bits
    with reading() as session:
        rows = (
            queries.RowPage((), None)
            if run.state not in {"checked", "applied", "failed"}
            else queries.list_rows(session, run.id, verdict=verdict or None, after=start)
        )
        twin = queries.find_applied_twin(session, run) if run.state == "checked" else None
    done = run.rows_done
    if run.state == "applying":
        done = import_files.read_progress(current_settings().instance_dir, run.id) or 0
    return page(
        "imports/result.html",
        block="result",
        run=run,
        kind_label=KIND_LABELS[ImportKind(run.kind)],
        counts=counts,
        verdicts=queries.VERDICTS,
        verdict=verdict,
        rows=rows,
        after=start,
        twin=twin,
        done=done,
        total=run.created_count + run.changed_count if run.state == "applying" else run.rows_total,
        to_make={name: len(items) for name, items in run.headers.get("to_make", {}).items()},
    )


@blueprint.post("/<int:run_id>/application")
@allow(Action.IMPORT)
def apply_import(run_id: int) -> WerkzeugResponse:
    """Put a checked import in line to be applied."""
    run = find_run(run_id)
    leave_out = bool(request.form.get("leave_out_refused"))
    transact(lambda session: imports.ask_apply(session, run_id=run.id, leave_out_refused=leave_out))
    wake_jobs()
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


@blueprint.post("/<int:run_id>/check")
@allow(Action.IMPORT)
def check_again(run_id: int) -> WerkzeugResponse:
    """Make the dry run anew, against the register as it is now."""
    run = find_run(run_id)
    transact(lambda session: imports.ask_check(session, run_id=run.id))
    wake_jobs()
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


@blueprint.post("/<int:run_id>/cancellation")
@allow(Action.IMPORT)
def cancel_import(run_id: int) -> WerkzeugResponse:
    """Give an import up, with its rows and its file."""
    run = find_run(run_id)
    sha256 = transact(lambda session: imports.cancel_run(session, run_id=run.id))
    drop_file(sha256)
    flash(f"The import of {run.filename} was given up. Nothing was changed.", "ok")
    return redirect(url_for("imports.list_imports"), 303)
