"""Categories, models, makers and suppliers in use, and the merge of two spellings of one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.admin_trail import Step, Thing
from scanner_app.domain.errors import Invalid
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.trail import note_change
from scanner_app.edge.web import page
from scanner_app.pages.form_errors import describe_problem
from scanner_app.queries.register import known_values
from scanner_app.services.register.merging.base import Merge
from scanner_app.services.register.merging.categories import merge_categories
from scanner_app.services.register.merging.models import merge_makers, merge_models
from scanner_app.services.register.merging.suppliers import merge_suppliers
from scanner_app.storage.database import reading, transact

blueprint = Blueprint("values", __name__, url_prefix="/admin/values")


@dataclass(frozen=True, slots=True)
class Values:
    """One kind of value that can be merged.

    :param others: what has such a value beside assets and models: the words for one, and for more.
    :param count: the values in use, each with the number of its assets, by name.
    :param filter: the filter of the list of assets by it; empty if there is none.
    """

    kind: str
    title: str
    one: str
    others: tuple[str, str]
    merge: Callable[..., Merge]
    count: Callable[[Session], list[tuple[str, int]]]
    filter: str = ""


VALUES = {
    row.kind: row
    for row in (
        Values("category", "Categories", "category", ("record", "records"),
               merge_categories, known_values.count_categories, "category"),
        Values("supplier", "Suppliers", "supplier",
               ("contract, order or stock item", "contracts, orders or stock items"),
               merge_suppliers, known_values.count_suppliers),
        Values("maker", "Makers", "maker", ("stock item", "stock items"),
               merge_makers, known_values.count_makers),
        Values("model", "Models", "model",
               ("order, kit or other record", "orders, kits or other records"),
               merge_models, known_values.count_models),
    )
}  # fmt: skip


@blueprint.get("")
@allow(Action.MANAGE_SETTINGS)
def show() -> Response:
    """Show the values in use, each with how often."""
    return _show()


@blueprint.post("")
@allow(Action.MANAGE_SETTINGS)
def merge() -> Response:
    """Show what a merge would change, or carry it out."""
    actor, form = require_actor(), request.form
    kind = form.get("kind", "")
    if kind not in VALUES:
        raise Invalid("Choose what to merge.")
    is_forecast = form.get("step") != "apply"
    named: dict[str, Any] = {
        "old": form.get("old", "")[:255],
        "new": form.get("new", "").strip()[:255],
        "actor": actor,
        "now": g.now,
        "is_forecast": is_forecast,
    }
    try:
        if is_forecast:
            with reading() as session:
                foretold = VALUES[kind].merge(session, **named)
            return _show(kind, foretold=foretold)

        def carry_out(session: Session) -> Merge:
            done = VALUES[kind].merge(session, **named)
            note_change(session, Thing(kind), Step.MERGED, f"{named['old']} into {named['new']}")
            return done

        done = transact(carry_out)
    except Invalid as error:
        return _show(kind, error=error)
    count = f"{done.assets:,} asset{'' if done.assets == 1 else 's'}"
    if done.others:
        count += f" and {done.others:,} more {'record' if done.others == 1 else 'records'}"
    flash(f"“{named['old']}” is “{named['new']}” now, in {count}.", "ok")
    return redirect("/admin/values", 303)


def _show(
    kind: str = "", *, foretold: Merge | None = None, error: Invalid | None = None
) -> Response:
    with reading() as session:
        return page(
            "register/values.html",
            kind=kind,
            form=request.form,
            foretold=foretold,
            **describe_problem(error),
            values=[(row, row.count(session)) for row in VALUES.values()],
        )
