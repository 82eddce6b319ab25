"""The dashboard of the stockroom: what waits, what is where, what is used and what lies idle."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from scanner_app.domain.access.roles import Action
from scanner_app.domain.register.narrowing import Due
from scanner_app.domain.register.usage import (
    BY,
    IDLES,
    MAX_BARS,
    SPANS,
    By,
    plot_idle,
    plot_places,
    plot_usage,
)
from scanner_app.edge.guard import allow, require_actor
from scanner_app.edge.web import page
from scanner_app.queries.home.usage import (
    IdleRow,
    PlaceRow,
    UsageRow,
    load_idle,
    load_places,
    load_usage,
)
from scanner_app.queries.home.waiting import Waiting, load_waiting
from scanner_app.queries.register.locations import LocationRow, get_location
from scanner_app.storage.database import reading

blueprint = Blueprint("dashboard", __name__)

KEPT = "dashboard"
# Walks through the whole register are made at most this often by a process; the page says when.
KEPT_SECONDS, MAX_KEPT = 300.0, 200
MAX_ROWS = 50
# What the page calls it, and what addresses called it at first.
SITE, SITE_NAME = By.PLACE, "site"
Key = tuple[object, ...]
Rows = TypeVar("Rows")


@dataclass(frozen=True, slots=True)
class _Wishes:
    """What the address asks for."""

    by: By
    span: int
    idle: int
    place: LocationRow | None

    def link(self, **changes: object) -> str:
        values = {"by": self.by.value, "span": self.span, "idle": self.idle}
        place = {"place": self.place.code} if self.place else {}
        given = {**values, **place, **changes}
        return f"/dashboard?{urlencode({k: v for k, v in given.items() if v})}"


@blueprint.get("/dashboard")
@allow(Action.READ_REGISTER)
def show() -> Response:
    """Show what waits, what is where, and how things are used."""
    actor = require_actor()
    with reading() as session:
        wishes = _read_wishes(session)
        waiting = load_waiting(session, user_id=actor.user_id, now=g.now)
        figures = _load_figures(session, wishes)
    return page(
        "home/dashboard.html",
        wishes=wishes,
        tiles=_list_tiles(waiting),
        bys=[(by.value, facts.label) for by, facts in BY.items()],
        spans=[(days, f"{days} days") for days in SPANS],
        idles=[(days, f"{days} days") for days in IDLES],
        noun=BY[wishes.by].label,
        max_rows=MAX_ROWS,
        **figures,
    )


def _read_wishes(session: Session) -> _Wishes:
    """Return what the address asks for; what is not known is left to the program."""
    args = request.args
    by, code = args.get("by", ""), args.get("place", "")
    place = get_location(session, code) if code else None
    return _Wishes(
        SITE if by == SITE_NAME else By(by) if by in set(By) else By.CATEGORY,
        _read_days("span", SPANS, 90),
        _read_days("idle", IDLES, 90),
        place,
    )


def _read_days(name: str, known: tuple[int, ...], usual: int) -> int:
    text = request.args.get(name, "")
    return int(text) if text in map(str, known) else usual


def _list_tiles(waiting: Waiting) -> list[tuple[int, str, str, str]]:
    """Return each figure of today with its words, its list and its tone."""
    today = g.now.date().isoformat()
    return [
        (waiting.due_today, "due back today", f"/assets?due={today}", ""),
        (waiting.late, "overdue", "/assets?overdue=yes&sort=due", "warn"),
        (waiting.due_week, "due in the next 7 days", f"/assets?due={Due.SOON.value}", ""),
        (waiting.low, "low in stock", "/stock?show=low", "warn"),
        (waiting.to_count, "stock to be counted", "/stock?show=count", "warn"),
        (waiting.contested, "need a person", "/handovers#contested", "bad"),
        (waiting.to_sign, "waiting to be accepted", "/handovers?waiting=yes", ""),
        (waiting.unread, "unread notices", "/notices", ""),
    ]


def _load_figures(session: Session, wishes: _Wishes) -> dict[str, Any]:
    by, now = wishes.by, g.now
    first = now - timedelta(days=wishes.span)
    unseen = datetime.combine(now.date() - timedelta(days=wishes.idle), datetime.min.time(), UTC)
    inside = wishes.place.id if wishes.place else None
    places, at = _keep(("places", inside), lambda: load_places(session, inside))
    usage, _ = _keep(
        ("usage", by, wishes.span), lambda: load_usage(session, by, since=first, now=now)
    )
    idle, _ = _keep(("idle", by, unseen), lambda: load_idle(session, by, unseen_since=unseen))
    idle_list = {"status": "in_stock", "unseen": unseen.date().isoformat()}
    shown_usage = [(row, _list_of(by, row.key)) for row in usage]
    shown_idle = [(row, _list_of(by, row.key, **idle_list)) for row in idle]
    return {
        "counted_at": at,
        "places": [(row, _place_link(row, wishes)) for row in places],
        "plot_places": _plot_places(places, wishes) if places else None,
        "usage": shown_usage,
        "plot_usage": _plot_usage(shown_usage, BY[by].label),
        "idle": shown_idle,
        "idle_all": (sum(row.count for row in idle), f"/assets?{urlencode(idle_list)}"),
        "plot_idle": _plot_idle(shown_idle, BY[by].label),
    }


def _keep(key: Key, load: Any) -> tuple[Any, datetime]:
    """Return figures of the whole register, at most some minutes old, and when they were made."""
    kept: dict[Key, tuple[float, datetime, Any]] = current_app.extensions.setdefault(KEPT, {})
    found = kept.get(key)
    if found is None or time.monotonic() - found[0] >= KEPT_SECONDS:
        if len(kept) >= MAX_KEPT:
            kept.clear()
        found = kept[key] = (time.monotonic(), g.now, load())
    return found[2], found[1]


def _list_of(by: By, key: str | None, **more: str) -> str | None:
    """Return the address of the list of a group; None if no list has exactly it."""
    facts = BY[by]
    # What lacks something is listed of what is there alone: as narrow as what lies in stock.
    if key is None and not (facts.lack and more):
        return None
    group = {"lacks": facts.lack} if key is None else {facts.filter: key}
    return f"/assets?{urlencode({**group, **more})}"


def _place_link(row: PlaceRow, wishes: _Wishes) -> str:
    """Return the address of a location's list; what lies in it directly is on its own page."""
    if row.code is None:
        return "/assets?lacks=location"
    if wishes.place is not None and row.code == wishes.place.code:
        return f"/locations/{row.code}"
    return f"/assets?{urlencode({'location': row.code})}"


def _plot_places(places: list[PlaceRow], wishes: _Wishes) -> Any:
    largest = sorted(places, key=lambda row: -row.total)[:MAX_BARS]
    return plot_places((row.name, row.by_stage, _place_link(row, wishes)) for row in largest)


def _plot_usage(rows: list[tuple[UsageRow, str | None]], noun: str) -> Any:
    shown = rows[:MAX_BARS]
    return plot_usage(((row.name, row.share, href) for row, href in shown), noun) if rows else None


def _plot_idle(rows: list[tuple[IdleRow, str | None]], noun: str) -> Any:
    shown = rows[:MAX_BARS]
    return plot_idle(((row.name, row.count, href) for row, href in shown), noun) if rows else None
