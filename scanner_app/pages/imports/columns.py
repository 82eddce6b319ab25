"""What the columns of an uploaded file mean: suggested, corrected by a person, then checked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import flash, g, redirect, request, url_for
from flask.wrappers import Response
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Invalid, NotFound, TooLarge
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import known_targets, label_of
from scanner_app.domain.imports.kind import CUSTOM
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.imports.runs import blueprint, find_run, is_outdated, stamp_run
from scanner_app.queries.imports.runs import RunView, find_applied_twin
from scanner_app.services.files.tables.csv_rows import SEPARATORS
from scanner_app.services.files.tables.encoding import ENCODINGS
from scanner_app.services.imports import files, life
from scanner_app.services.imports.dates import DateOrder
from scanner_app.services.imports.mapping import (
    ColumnMapping,
    Inspection,
    check_mapping,
    inspect_file,
)
from scanner_app.services.imports.names import match_key
from scanner_app.services.imports.status_names import keep_status_names, load_status_names
from scanner_app.storage.database import reading, transact


@dataclass(frozen=True, slots=True)
class ColumnView:
    """One column on the mapping page."""

    at: int
    header: str
    samples: tuple[str, ...]
    target: str


@blueprint.get("/<int:run_id>/mapping")
@allow(Action.IMPORT)
def show_mapping(run_id: int) -> WerkzeugResponse:
    """Show what each column means, as far as it is known, for correction."""
    run = find_run(run_id)
    if run.is_busy or run.state_facts.is_done:
        return redirect(url_for("imports.show_import", run_id=run.id), 303)
    return render_mapping(run, ColumnMapping.from_json(run.mapping), {})


def render_mapping(
    run: RunView,
    mapping: ColumnMapping,
    errors: dict[str, list[str]],
    status: int = 200,
) -> Response:
    """Show the columns with this mapping, and the questions that are open."""
    kind, facts, notes = ImportKind(run.kind), run.facts, run.notes
    samples = notes.samples
    columns = [
        ColumnView(at, name, samples[at] if at < len(samples) else (), target)
        for at, (name, target) in enumerate(zip(notes.names, mapping.columns, strict=False))
    ]
    ambiguous = {
        target: (label_of(kind, target), example)
        for target, example in notes.ambiguous_dates.items()
        if target in mapping.columns
    }
    with reading() as session:
        twin = find_applied_twin(session, run)
    return page(
        "imports/mapping.html",
        status=status,
        run=run,
        columns=columns,
        targets=[(target.name, target.label) for target in facts.targets],
        custom=CUSTOM if facts.keeps_custom else None,
        choices=[related for related in facts.adds if related.choice],
        always=[related for related in facts.adds if not related.choice],
        mapping=mapping,
        ambiguous=ambiguous,
        unknown_statuses=[(match_key(name), name) for name in notes.unknown_statuses],
        stages=[(stage.value, LABELS[stage]) for stage in Stage],
        encodings=ENCODINGS,
        offered=[(name, f"{ENCODINGS[name]}: {text}") for name, text in notes.encodings.items()],
        sheets=[(name, name) for name in notes.sheet_names],
        known=known if (known := recognise_file(notes.names)) and known.kind == kind else None,
        separators=SEPARATORS,
        twin=twin,
        errors=errors,
        seen=stamp_run(run),
        may_keep_statuses=require_actor().can(Action.MANAGE_SETTINGS),
    )


@blueprint.post("/<int:run_id>/mapping")
@allow(Action.IMPORT)
def save_mapping(run_id: int) -> WerkzeugResponse:
    """Keep what the columns mean; if no question is open, start the dry run."""
    run = find_run(run_id)
    if told := _tell_of_other_window(run):
        return told
    kind = ImportKind(run.kind)
    settings = current_settings()
    chosen = read_mapping(run)
    with reading() as session:
        names = load_status_names(session)

    def inspect(mapping: ColumnMapping) -> Inspection:
        return inspect_file(
            files.file_path(settings.instance_dir, run.file_sha256),
            kind,
            statuses=names,
            max_rows=settings.import_max_rows,
            mapping=mapping,
        )

    try:
        inspection = inspect(chosen)
        is_other_table = inspection.table.headers != run.notes.names
        if is_other_table:  # what the old headers meant says nothing about these
            inspection = inspect(replace(chosen, columns=()))
    except FileNotFoundError:
        raise NotFound("The uploaded file is gone from the server. Upload it again.") from None
    except (Invalid, TooLarge) as error:
        return render_mapping(run, chosen, {"reading": [error.message]}, 422)
    transact(
        lambda session: life.change_mapping(
            session, run_id=run.id, kind=kind, inspection=inspection
        )
    )
    run = find_run(run.id)
    if is_other_table:
        return render_mapping(run, inspection.mapping, {})
    try:
        check_mapping(kind, inspection.table.headers, inspection.mapping, inspection.profile)
    except Invalid as error:
        return render_mapping(run, inspection.mapping, error.errors, 422)
    if request.form.get("keep_statuses") and require_actor().can(Action.MANAGE_SETTINGS):
        transact(
            lambda session: keep_status_names(
                session, names={name: Stage(s) for name, s in inspection.mapping.statuses.items()}
            )
        )
    now = g.now
    transact(lambda session: life.ask_check(session, run_id=run.id, now=now))
    return redirect(url_for("imports.show_import", run_id=run.id), 303)


def _tell_of_other_window(run: RunView) -> WerkzeugResponse | None:
    """Return the page that says what became of an import meanwhile; None if it is as shown."""
    if run.is_busy or run.state_facts.is_done:
        flash("This import went on in another window. The columns were not changed.", "error")
        return redirect(url_for("imports.show_import", run_id=run.id), 303)
    if is_outdated(run):
        words = "The columns were changed in another window. Below is how they are now: nothing of "
        words += "what you chose here was kept. Look through them, then continue."
        return render_mapping(run, ColumnMapping.from_json(run.mapping), {"seen": [words]}, 409)
    return None


def read_mapping(run: RunView) -> ColumnMapping:
    """Return the mapping that the form holds; fields that it lacks keep their value."""
    known = known_targets(ImportKind(run.kind))
    before = ColumnMapping.from_json(run.mapping)
    columns = []
    for at, old in enumerate(before.columns):
        target = request.form.get(f"column-{at}", old)
        columns.append(target if target in known else old)
    orders = {
        name: order
        for name in columns
        if (order := request.form.get(f"order-{name}", "")) in set(DateOrder)
    }
    stages = {
        match_key(name): stage
        for name in run.notes.unknown_statuses
        if (stage := request.form.get(f"status-{match_key(name)}", "")) in set(Stage)
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
        sheet=sheet
        if (sheet := request.form.get("sheet", "")) in run.notes.sheet_names
        else before.sheet,
        header_row=read_id(request.form.get("header_row")) or before.header_row,
        separator=separator if separator in SEPARATORS else before.separator,
    )
