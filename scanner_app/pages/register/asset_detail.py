"""One asset as an object: what it is, what may be done with it, its history, files and audits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any, TypeVar

from flask import g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action, Actor
from scanner_app.domain.asset_page import (
    CODE_LABELS,
    SHOWN_ROWS,
    Shown,
    Step,
    Tab,
    is_told,
    list_steps,
)
from scanner_app.domain.contracts.states import CONTRACT_KINDS
from scanner_app.domain.register.attachments import ATTACHMENT_KINDS, AttachmentKind
from scanner_app.domain.register.kinds import AssetKindRow
from scanner_app.domain.register.life import measure_life
from scanner_app.domain.scanning.intents import INTENTS, OUTCOMES
from scanner_app.edge.guard import require_actor
from scanner_app.edge.web import page
from scanner_app.pages.circulation.offer import offer_lending
from scanner_app.queries.contracts.parts import list_covering
from scanner_app.queries.disposal.sanitizations import list_sanitizations
from scanner_app.queries.labels.requests import find_asked
from scanner_app.queries.licences.licences import list_held
from scanner_app.queries.licences.software import find_kind, list_software
from scanner_app.queries.lifecycle.facts import list_facts
from scanner_app.queries.lifecycle.tasks import list_tasks
from scanner_app.queries.paging import Page
from scanner_app.queries.readers.watches import has_readers
from scanner_app.queries.register.asset_rows import AssetRow
from scanner_app.queries.register.attachments import AttachmentRow, list_attachments
from scanner_app.queries.register.history import list_history
from scanner_app.queries.register.life.event import Event
from scanner_app.queries.stockroom.booked import list_of_asset
from scanner_app.queries.stockroom.kits import find_of_asset
from scanner_app.queries.tags import TAG_SCHEMES

_Choice = TypeVar("_Choice", Tab, Shown)
EVENTS = 60
# The newest events that the overview shows.
NEWEST = 5


def show_detail(session: Session, asset: AssetRow, path: str) -> Response:
    """Return the page of an asset, or for htmx the next events of its history."""
    tab, shown = _read(Tab, "tab"), _read(Shown, "events")
    cursor = request.args.get("cursor")
    history = _load_history(session, asset.id, tab=tab, shown=shown, cursor=cursor)
    chosen = f"&events={shown.value}" if shown.value else ""
    more = f"{path}?tab=history{chosen}&cursor={history.next}" if history.next else None
    files = list_attachments(session, asset.id)
    actor, kind = require_actor(), find_kind(session, asset.id).facts
    return page(
        "register/assets/detail.html",
        block="events" if cursor else None,
        asset=asset,
        path=path,
        tab=tab.value,
        tabs=[
            *((one.label, _link(path, tab=one.value), one is tab) for one in Tab),
            *_link_more(path, is_physical=kind.is_physical),
        ],
        events=history.rows,
        days=_by_day(history.rows),
        filters=[
            (row.label, _link(path, tab="history", events=one.value), one is shown)
            for one, row in SHOWN_ROWS.items()
        ],
        code_labels=CODE_LABELS,
        intents=INTENTS,
        outcomes=OUTCOMES,
        more=more if tab is Tab.HISTORY else None,
        steps=_offer_steps(asset, actor) if kind.is_physical else [],
        **offer_lending(session, [asset]),
        **_load_lending(session, asset.id),
        tasks=list_tasks(session, asset_id=asset.id) if actor.can(Action.SCAN) else [],
        facts=list_facts(session, asset.id),
        rows=list_sanitizations(session, asset.id),
        **_load_rights(session, asset.id, kind),
        can_locate=_can_locate(session, asset),
        life=measure_life(
            bought=asset.purchase_date,
            cost_cents=asset.purchase_cost_cents,
            currency=asset.currency,
            warranty_months=asset.warranty_months,
            ends=asset.eol_date,
            today=g.now.date(),
        ),
        photo=next((f for f in files if f.kind is AttachmentKind.PICTURE), None),
        pictures=_of_kind(files, AttachmentKind.PICTURE),
        documents=_of_kind(files, AttachmentKind.DOCUMENT),
        accepts={kind.value: facts.accept for kind, facts in ATTACHMENT_KINDS.items()},
    )


def _link_more(path: str, *, is_physical: bool) -> list[tuple[str, str, bool]]:
    """Return the parts of the page that are pages by themselves."""
    names = ("costs", "health") if is_physical else ("costs",)
    return [(name.capitalize(), f"{path}/{name}", False) for name in names]


def _load_lending(session: Session, asset_id: int) -> dict[str, Any]:
    """Return the kits that an asset is a piece of, who has reserved it, and asked for its label."""
    return {
        "asked_label": find_asked(session, asset_id),
        "kits": find_of_asset(session, asset_id),
        "reservations": list_of_asset(session, asset_id, now=g.now),
    }


def _load_rights(session: Session, asset_id: int, kind: AssetKindRow) -> dict[str, Any]:
    """Return an asset's kind, contracts, seats, and what it has installed, as its page shows."""
    return {
        "covering": list_covering(session, asset_id),
        "contract_kinds": CONTRACT_KINDS,
        "asset_kind": kind,
        "held_seats": list_held(session, asset_id=asset_id),
        "software": list_software(session, asset_id),
    }


def _read(choices: type[_Choice], name: str) -> _Choice:
    text = request.args.get(name, "")
    return choices(text) if text in set(choices) else choices("")


def _link(path: str, **parts: str) -> str:
    given = "&".join(f"{name}={value}" for name, value in parts.items() if value)
    return f"{path}?{given}" if given else path


def _load_history(
    session: Session, asset_id: int, *, tab: Tab, shown: Shown, cursor: str | None
) -> Page[Event]:
    if tab is Tab.DOCUMENTS:
        return Page([], None)

    def is_wanted(event: Event) -> bool:
        if tab is Tab.AUDITS:
            return event.kind == "finding"
        return is_told(
            shown,
            kind=event.kind,
            intent=event.details.get("intent"),
            outcome=event.details.get("outcome"),
            is_undone=event.is_undone,
        )

    limit = NEWEST if tab is Tab.OVERVIEW else EVENTS
    return list_history(session, asset_id=asset_id, cursor=cursor, limit=limit, wanted=is_wanted)


def _by_day(events: Sequence[Event]) -> list[tuple[date, list[Event]]]:
    return [(day, list(found)) for day, found in groupby(events, key=lambda one: one.at.date())]


def _offer_steps(asset: AssetRow, actor: Actor) -> list[Step]:
    if not actor.can(Action.SCAN) or not actor.can(Action.CHANGE_CUSTODY):
        return []
    return [one for one in list_steps(asset.status) if actor.can(INTENTS[one.intent].action)]


def _can_locate(session: Session, asset: AssetRow) -> bool:
    """Return whether a reader could hear the asset: it has an RFID tag, and a reader is on."""
    if not any(scheme in TAG_SCHEMES for scheme, _ in asset.identifiers):
        return False
    return has_readers(session)


def _of_kind(files: list[AttachmentRow], kind: AttachmentKind) -> list[AttachmentRow]:
    return [file for file in files if file.kind is kind]
