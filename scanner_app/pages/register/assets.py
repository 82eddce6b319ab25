"""Assets: the list with search as you type, one asset with its whole history, and its form."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, g, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import Conflict, Invalid
from scanner_app.domain.numbers import read_id
from scanner_app.domain.register.kinds import AssetKind, kinds_by_form
from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.tag_rules import hide_secrets
from scanner_app.edge.web import page, wants_fragment
from scanner_app.pages.meanwhile import START, ChangedMeanwhile, keep_start, refuse_changed
from scanner_app.pages.register.asset_detail import show_detail
from scanner_app.pages.register.asset_form import CUSTOM, offer_stages, read_form, show_form
from scanner_app.pages.register.asset_list import (
    COLUMNS,
    holds_empty_parts,
    offer_many,
    read_filter,
)
from scanner_app.queries.licences.software import find_kind
from scanner_app.queries.register import assets as queries
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.queries.register.known_values import list_suppliers, suggest_category
from scanner_app.queries.register.locations import list_choices
from scanner_app.queries.register.next_tag import suggest_tag
from scanner_app.queries.register.people import list_people
from scanner_app.queries.register.saved_views import list_views
from scanner_app.services.register.by_hand import create_asset, edit_asset
from scanner_app.storage.database import reading, transact

# The API uses the plain name.
blueprint = Blueprint("asset_pages", __name__)

PAGE = 50
MAX_PEOPLE_OFFERED = 500
# Views that every register needs, as pairs of words and address.
VIEWS = (
    ("All", ""),
    ("Overdue", "overdue=yes&sort=due"),
    ("Not seen for a year", "seen=older"),
    ("Never seen", "seen=never"),
    ("In use, no holder", "lacks=holder"),
    ("Missing", "status=missing"),
)
# What matches is counted up to here: an exact number would read the whole register.
MAX_COUNTED = 10_000
STAGES = [(stage.value, LABELS[stage]) for stage in Stage]
# Beside which field of the form an error of a service is shown.
FIELD_OF = {"tag_taken": "asset_tag", "identifier_taken": "identifiers", "no_such_step": "status"}


def asset_path(asset_tag: str) -> str:
    """Return the address of an asset's page. A slash in a tag stays part of the tag."""
    return f"/assets/{quote(asset_tag, safe='')}"


@blueprint.get("/assets")
@allow(Action.READ_REGISTER)
def show_list() -> Response:
    """Show the assets that match the filters."""
    with reading() as session:
        address = read_filter(session)
        if holds_empty_parts() and not wants_fragment():
            # A form writes every field, an address that people keep holds only what it needs.
            return redirect(address.link("/assets"), 303)
        cursor = request.args.get("cursor")
        found = queries.list_assets(
            session, wanted=address.filter, sort=address.sort, cursor=cursor, limit=PAGE
        )
        total = queries.count_found(session, wanted=address.filter, most=MAX_COUNTED + 1)
        first = read_id(request.args.get("from")) if cursor else None
        first = first or 1
        following = str(first + len(found.rows))
        response = page(
            "register/assets/list.html",
            block="rows",
            address=address,
            columns=COLUMNS,
            assets=found.rows,
            first=first,
            total=min(total, MAX_COUNTED),
            is_cut=total > MAX_COUNTED,
            is_first=cursor is None,
            next_page=(
                address.link("/assets", cursor=found.next, **{"from": following})
                if found.next
                else None
            ),
            stages=STAGES,
            many=offer_many(),
            builtin_views=VIEWS,
            views=list_views(session, list_="assets", user_id=require_actor().user_id or 0),
            categories=queries.list_categories(session),
            places=list_choices(session),
        )
        if wants_fragment():
            response.headers["HX-Push-Url"] = address.link("/assets")
        return response


@blueprint.get("/assets/<path:asset_tag>")
@allow(Action.READ_REGISTER)
def show_asset(asset_tag: str) -> Response:
    """Show one asset: what it is, what may be done with it, and all that happened to it."""
    with reading() as session:
        asset = queries.get_asset(session, asset_tag)
        return show_detail(session, asset, asset_path(asset.asset_tag))


@blueprint.get("/new/asset")
@allow(Action.EDIT_REGISTER)
def show_new() -> Response:
    """Show the empty form of a kind. A scanned code that is unknown may fill in the tag."""
    organisation = current_organisation()
    tag, kind = request.args.get("asset_tag", "")[:64], _read_kind(request.args.get("kind", ""))
    if not tag:
        prefix = kind.facts.prefix or organisation.tag_prefix
        with reading() as session:
            tag = suggest_tag(session, prefix, digits=organisation.tag_digits)
    status = Stage.IN_STOCK if kind.facts.is_physical else Stage.IN_USE
    form = {"asset_tag": tag, "status": status.value, "currency": organisation.currency}
    return _show_form(None, form, kind=kind)


def _read_kind(text: str) -> AssetKind:
    """Return the kind that a form adds; hardware if it is not one of those."""
    return AssetKind(text) if text in kinds_by_form() else AssetKind.HARDWARE


@blueprint.post("/assets")
@allow(Action.EDIT_REGISTER)
def create() -> Response:
    """Create an asset."""
    actor, kind = require_actor(), _read_kind(request.form.get("kind", ""))
    try:
        values = {**read_form(request.form, was=None), "kind": kind}

        def make(session: Session) -> int:
            refuse_new_category(session, values.get("category"))
            return create_asset(session, values=values, actor=actor, now=g.now)

        asset_id = transact(make)
    except (Invalid, Conflict) as error:
        return _show_form(None, hide_secrets(request.form), error, kind=kind)
    with reading() as session:
        tag = queries.get_asset_by_id(session, asset_id).asset_tag
    flash(f"{tag} is in the register.", "ok")
    return redirect(asset_path(tag), 303)


@blueprint.get("/assets/<path:asset_tag>/edit")
@allow(Action.EDIT_REGISTER)
def show_edit(asset_tag: str) -> Response:
    """Show the form of an asset."""
    with reading() as session:
        asset = queries.get_asset(session, asset_tag)
    texts = _texts(asset)
    return _show_form(asset, {**texts, START: keep_start(texts)})


@blueprint.post("/assets/<path:asset_tag>/edit")
@allow(Action.EDIT_REGISTER)
def edit(asset_tag: str) -> Response:
    """Change an asset."""
    actor = require_actor()
    with reading() as session:
        asset = queries.get_asset(session, asset_tag)

    def save(session: Session) -> int:
        refuse_changed(request.form, _texts(queries.get_asset(session, asset_tag)))
        refuse_new_category(session, values.get("category"))
        return edit_asset(session, asset_tag=asset_tag, values=values, actor=actor, now=g.now)

    try:
        values = read_form(request.form, was=asset)
        asset_id = transact(save)
    except ChangedMeanwhile as error:
        return _show_form(asset, hide_secrets(error.form), error)
    except (Invalid, Conflict) as error:
        return _show_form(asset, hide_secrets(request.form), error)
    with reading() as session:
        after = queries.get_asset_by_id(session, asset_id)
    is_changed = after.updated_at != asset.updated_at
    flash("Saved." if is_changed else "Nothing was changed.", "ok")
    return redirect(asset_path(after.asset_tag), 303)


def refuse_new_category(session: Session, name: str | None) -> None:
    """Raise unless a category is known, or its box says that it is to be created.

    :raises Invalid: it is not known; the known one that is most like it is named.
    """
    if not name or "new_category" in request.form:
        return
    known = {one.casefold() for one in queries.list_categories(session)}
    if " ".join(name.split()).casefold() in known:
        return
    meant = suggest_category(session, name)
    hint = f" Did you mean “{meant}”?" if meant else ""
    raise Invalid(
        f"“{name}” is not a category yet.{hint}",
        errors={"category": [f"Not a category yet.{hint} Correct it, or tick the box below."]},
    )


def _texts(asset: AssetRow) -> dict[str, str]:
    """Return the texts with which the form of an asset starts."""
    return {**show_form(asset), **{f"{CUSTOM}{k}": str(v) for k, v in asset.custom.items()}}


def _show_form(
    asset: AssetRow | None,
    form: Any,
    error: Invalid | Conflict | None = None,
    *,
    kind: AssetKind = AssetKind.HARDWARE,
) -> Response:
    errors: dict[str, str] = {}
    if isinstance(error, Invalid):
        errors = {name.split(".")[0]: texts[0] for name, texts in error.errors.items()}
    elif error is not None and error.code in FIELD_OF:
        errors = {FIELD_OF[error.code]: error.message}
    with reading() as session:
        if asset is not None:
            kind = find_kind(session, asset.id)
        custom = dict(asset.custom) if asset else {}
        return page(
            "register/assets/form.html",
            status=422 if isinstance(error, Invalid) else 409 if error else 200,
            asset=asset,
            path=asset_path(asset.asset_tag) if asset else "/assets",
            form=form,
            errors=errors,
            problem=error.message if error else None,
            changes=error.changes if isinstance(error, ChangedMeanwhile) else [],
            custom={**dict.fromkeys(kind.facts.asks, ""), **custom},
            kind=kind,
            kind_links=[
                (one.facts.label, f"/new/asset?kind={one.value}", one is kind)
                for one in (AssetKind.HARDWARE, *kinds_by_form())
            ],
            stages=offer_stages(asset.status if asset else None),
            places=list_choices(session),
            people=list_people(session, limit=MAX_PEOPLE_OFFERED).rows,
            categories=queries.list_categories(session),
            models=queries.list_models(session),
            suppliers=list_suppliers(session),
            new_category=form.get("category") if "category" in errors else "",
        )
