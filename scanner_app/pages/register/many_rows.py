"""Many people or locations at once: what is to be done, what became of each, and its undo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from urllib.parse import parse_qsl

from flask import Blueprint, abort, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action, authorize
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.many import (
    MANY_ROWS,
    MAX_ROWS,
    ManyRows,
    ManyRowsFacts,
    RowResult,
    read_shown,
)
from scanner_app.domain.register.place_names import PLACE_KINDS
from scanner_app.domain.text import is_storable
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.pages.labels.printing import show_labels
from scanner_app.queries.register.known_values import list_departments
from scanner_app.queries.register.locations import list_choices, list_place_codes
from scanner_app.queries.register.people import list_person_refs
from scanner_app.services.register.many import Value, change_rows, undo_rows
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("many_rows", __name__, url_prefix="/many/<any(people,locations):list_>")


def offer_rows(list_: str) -> list[tuple[ManyRows, ManyRowsFacts]]:
    """Return what the person may do to many rows of a list."""
    actor = require_actor()
    return [
        (one, facts)
        for one, facts in MANY_ROWS.items()
        if facts.list == list_ and actor.can(facts.action)
    ]


def _read_action(list_: str) -> ManyRows:
    try:
        do = ManyRows(request.form.get("do", ""))
    except ValueError:
        raise Invalid("Choose what to do with what is selected.") from None
    if do.facts.list != list_:
        abort(404)
    authorize(require_actor(), do.facts.action)
    return do


def _read_selection(session: Session, list_: str) -> list[str]:
    """Return what names the selected rows: those of the boxes, or all that match the list."""
    form = request.form
    if form.get("all") == "yes":
        parts = dict(parse_qsl(form.get("list", "")))
        query, shown = parts.get("q", "")[:200], read_shown(parts.get("shown", ""), list_)
        find = list_person_refs if list_ == "people" else list_place_codes
        refs = find(session, query=query, shown=shown, most=MAX_ROWS + 1)
    else:
        refs = [ref for ref in form.getlist("pick") if ref and is_storable(ref)]
    if len(refs) > MAX_ROWS:
        raise Invalid(f"Select at most {MAX_ROWS:,} at once.")
    return list(dict.fromkeys(refs))


def _list_path(list_: str) -> str:
    return f"/{list_}?{request.form.get('list', '')}".rstrip("?")


@blueprint.post("")
@allow(Action.READ_REGISTER)
def choose(list_: str) -> Response:
    """Show the form of what is to be done with the selected rows, or print their labels."""
    do = _read_action(list_)
    with reading() as session:
        refs = _read_selection(session, list_)
    if not refs:
        flash("Select rows first: tick their boxes.", "error")
        return redirect(_list_path(list_), 303)
    return show_labels(refs) if do is ManyRows.LABELS else _show_step(do, refs)


def _show_step(do: ManyRows, refs: Sequence[str], error: str = "") -> Response:
    with reading() as session:
        return page(
            "register/many/rows_step.html",
            status=422 if error else 200,
            do=do,
            facts=do.facts,
            refs=refs,
            error=error,
            value=request.form.get("value", ""),
            list_path=_list_path(do.facts.list),
            list_query=request.form.get("list", ""),
            places=list_choices(session) if do is ManyRows.PARENT else [],
            departments=list_departments(session) if do is ManyRows.DEPARTMENT else [],
            kinds=PLACE_KINDS,
        )


@blueprint.post("/change")
@allow(Action.EDIT_REGISTER)
def change(list_: str) -> Response:
    """Carry out an edit of the selected rows."""
    do = _read_action(list_)
    with reading() as session:
        refs = _read_selection(session, list_)
    if do is ManyRows.LABELS or not refs:
        raise Invalid("Choose what to change.")
    value: Value = do.facts.value
    if value is None:
        value = request.form.get("value", "").strip()[:200] or None
        if do is ManyRows.KIND and value is None:
            return _show_step(do, refs, "Choose a kind first.")
    results = transact(
        lambda session: change_rows(session, do=do, refs=refs, value=value, now=g.now)
    )
    return _show_report(do, results, value)


@blueprint.post("/undo")
@allow(Action.EDIT_REGISTER)
def undo(list_: str) -> Response:
    """Take an edit of many rows back."""
    do = _read_action(list_)
    try:
        value, before = json.loads(request.form.get("undo", ""))
        wanted = {str(ref): was for ref, was in before.items() if is_storable(str(ref))}
    except (ValueError, TypeError, AttributeError):
        raise Invalid("It is not known what to undo.") from None
    kinds = (str, bool, type(None))
    if do is ManyRows.LABELS or len(wanted) > MAX_ROWS:
        raise Invalid("It is not known what to undo.")
    if not all(isinstance(one, kinds) for one in (value, *wanted.values())):
        raise Invalid("It is not known what to undo.")
    results = transact(
        lambda session: undo_rows(session, do=do, value=value, before=wanted, now=g.now)
    )
    return _show_report(do, results, value, is_undo=True)


def _show_report(
    do: ManyRows, results: Sequence[RowResult], value: Value, *, is_undo: bool = False
) -> Response:
    before = {result.ref: result.before for result in results if result.kind == "changed"}
    return page(
        "register/many/rows_report.html",
        do=do,
        facts=do.facts,
        results=results,
        counts=Counter(result.kind for result in results),
        undo="" if is_undo or not before else json.dumps([value, before]),
        is_undo=is_undo,
        list_path=_list_path(do.facts.list),
        list_query=request.form.get("list", ""),
    )
