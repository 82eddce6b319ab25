"""Files of lifecycles and of vulnerabilities, and which names mean which product."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid
from scanner_app.domain.health.exploited import MAX_CATALOGUE_BYTES
from scanner_app.domain.health.matching import RULES_OF
from scanner_app.domain.health.releases import MAX_LIFECYCLE_BYTES
from scanner_app.domain.numbers import read_id
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.health._blueprint import blueprint
from scanner_app.queries.health.lookups import count_loaded, list_rules
from scanner_app.queries.health.overview import list_unknown_systems
from scanner_app.services.health.files import ListKind, Taken, take_file
from scanner_app.services.health.rules import remove_rule, save_rule
from scanner_app.storage.database import reading, transact

LIMIT = max(MAX_CATALOGUE_BYTES, MAX_LIFECYCLE_BYTES)
FORM_OVERHEAD = 100_000


@blueprint.get("/admin/lifecycles")
@allow(Action.MANAGE_SETTINGS)
def show_files() -> Response:
    """Show what was read from files, and the rules."""
    return _show()


@blueprint.post("/admin/lifecycles")
@allow(Action.MANAGE_SETTINGS)
def change_files() -> Response:
    """Read a file, or save or remove a rule."""
    # The files are larger than other forms.
    request.max_content_length = LIMIT + FORM_OVERHEAD
    step = request.form.get("step", "")
    try:
        if step in set(ListKind):
            message = _take_file(ListKind(step))
        elif step == "remove":
            name = transact(_remove)
            message = f"“{name}” means no product any more."
        else:
            name = transact(_save)
            message = f"“{name}” is saved. All devices are looked at again."
    except Invalid as error:
        return _show(error, step)
    flash(message, "ok")
    return redirect("/admin/lifecycles", 303)


def _take_file(kind: ListKind) -> str:
    file = request.files.get("file")
    data = file.read(LIMIT + 1) if file and file.filename else b""
    product = request.form.get("product", "")

    def save(session: Session) -> Taken:
        taken = take_file(session, kind, data, now=g.now, product=product)
        words = f"{kind.value}: {taken.changes:,} of {taken.read:,}"
        note_change(session, Thing.PRODUCT_LIST, Step.ADDED, words)
        return taken

    taken = transact(save)
    return (
        f"{taken.read:,} entries are read: {taken.added:,} new, {taken.changed:,} changed,"
        f" {taken.removed:,} gone."
    )


def _save(session: Session) -> str:
    form = request.form
    row = save_rule(
        session,
        of=form.get("of", ""),
        prefix=form.get("prefix", ""),
        product=form.get("product", ""),
        cycle=form.get("cycle", ""),
        actor=require_actor(),
        now=g.now,
    )
    note_change(session, Thing.PRODUCT_RULE, Step.MADE, f"{row.prefix}: {row.product} {row.cycle}")
    return row.prefix


def _remove(session: Session) -> str:
    name = remove_rule(session, rule_id=read_id(request.form.get("id")) or 0, now=g.now)
    note_change(session, Thing.PRODUCT_RULE, Step.REMOVED, name)
    return name


def _show(error: Invalid | None = None, step: str = "") -> Response:
    with reading() as session:
        rules, loaded = list_rules(session), count_loaded(session)
        unknown = list_unknown_systems(session)
    form: Any = request.form if error else {"prefix": request.args.get("prefix", "")[:100]}
    return page(
        "health/files.html",
        rules=rules,
        rules_of=RULES_OF,
        of_options=[(row.of.value, row.label) for row in RULES_OF.values()],
        loaded=loaded,
        unknown=unknown,
        form=form,
        step=step,
        **describe_problem(error),
    )
