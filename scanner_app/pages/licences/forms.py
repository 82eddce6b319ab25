"""Add a licence, and change one."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.licences.metrics import METRICS
from scanner_app.domain.money import show_money
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.web import page
from scanner_app.models import Asset
from scanner_app.pages.form_errors import describe_problem
from scanner_app.pages.licences._blueprint import blueprint, licence_path
from scanner_app.queries.licences.licences import LicenceRow, get_licence
from scanner_app.queries.register.known_values import list_suppliers
from scanner_app.services.licences.fields import read_licence
from scanner_app.services.licences.write import add_licence, change_licence
from scanner_app.storage.database import reading, transact


@blueprint.get("/new/licence")
@allow(Action.PURCHASE)
def show_new() -> Response:
    """Show the empty form."""
    return _show_form(None, {"reassignable": "on"})


@blueprint.post("/licences")
@allow(Action.PURCHASE)
def create() -> Response:
    """Add a licence."""
    actor, form = require_actor(), request.form

    def save(session: Session) -> str:
        fields = read_licence(_with_boxes(form), currency=current_organisation().currency)
        record = {"asset_tag": form.get("asset_tag", ""), "supplier": form.get("supplier", "")}
        asset_id = add_licence(session, fields=fields, record=record, actor=actor, now=g.now)
        return session.get_one(Asset, asset_id).asset_tag

    try:
        tag = transact(save)
    except (Invalid, Conflict) as error:
        return _show_form(None, form, error)
    flash(f"{tag} is added.", "ok")
    return redirect(licence_path(tag), 303)


@blueprint.get("/licences/<path:asset_tag>/edit")
@allow(Action.PURCHASE)
def show_edit(asset_tag: str) -> Response:
    """Show the form of a licence."""
    with reading() as session:
        row = get_licence(session, asset_tag)
    return _show_form(row, _texts(row))


@blueprint.post("/licences/<path:asset_tag>/edit")
@allow(Action.PURCHASE)
def change(asset_tag: str) -> Response:
    """Change a licence."""
    actor, form = require_actor(), request.form
    with reading() as session:
        row = get_licence(session, asset_tag)
    try:
        fields = read_licence(_with_boxes(form), currency=current_organisation().currency)
        transact(
            lambda s: change_licence(
                s,
                asset_tag=row.asset_tag,
                fields=fields,
                accept_overuse=form.get("accept_overuse") == "on",
                actor=actor,
                now=g.now,
            )
        )
    except (Invalid, Conflict) as error:
        return _show_form(row, form, error)
    flash("Saved.", "ok")
    return redirect(licence_path(row.asset_tag), 303)


def _with_boxes(form: Mapping[str, str]) -> dict[str, str]:
    """Return a form whose empty boxes say so: a browser sends only those that are ticked."""
    return {"reassignable": "", "allows_overuse": "", **form}


def _show_form(
    row: LicenceRow | None, form: Mapping[str, str], error: Invalid | Conflict | None = None
) -> Response:
    with reading() as session:
        suppliers = list_suppliers(session)
    code = error.code if error is not None else ""
    return page(
        "licences/form.html",
        licence=row,
        path=licence_path(row.asset_tag) if row else "/licences",
        form=form,
        metrics=[(one.value, one_row.label) for one, one_row in METRICS.items()],
        suppliers=suppliers,
        currency=current_organisation().currency,
        is_below=code == "seats_below_assigned",
        **describe_problem(
            error, conflict_field="seats" if code == "seats_below_assigned" else "asset_tag"
        ),
    )


def _texts(row: LicenceRow) -> dict[str, str]:
    """Return what the form of a licence shows."""
    price = None if row.unit_price_cents is None else show_money(row.unit_price_cents)
    found = {
        "product": row.product,
        "metric": row.metric.value,
        "seats": row.seats,
        "min_free": row.min_free or None,
        "min_cores": row.min_cores or None,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "maintained_until": row.maintained_until,
        "termination_on": row.termination_on,
        "unit_price": price,
        "currency": row.currency,
        "reassignable": "on" if row.reassignable else "",
        "allows_overuse": "on" if row.allows_overuse else "",
    }
    return {name: "" if value is None else str(value) for name, value in found.items()}
