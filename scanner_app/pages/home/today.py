"""What the parts of the start page show. Which of them a role sees is in its row of ROLES."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, g
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Action, Actor, Panel
from scanner_app.domain.audits.plots import plot_accuracy, plot_progress, plot_rooms
from scanner_app.domain.audits.states import AuditState, is_blind_for
from scanner_app.domain.plots.bars import Columns, StackedBars
from scanner_app.domain.plots.lines import BurnUp, LineChart
from scanner_app.domain.plots.wholes import Ring, Tiles
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.domain.register.narrowing import LACK_ROWS, LackRow
from scanner_app.domain.register.plots import plot_ages, plot_due, plot_late
from scanner_app.queries.audits.pace import load_pace
from scanner_app.queries.audits.rooms import list_rooms
from scanner_app.queries.home import work
from scanner_app.queries.home.totals import RegisterTotals, list_accuracy, load_totals
from scanner_app.queries.readers.readers import ReaderRow, list_readers
from scanner_app.queries.scanning.log import ScanRow, list_scans
from scanner_app.queries.stock.list import StockFilter, StockRow, count_stock, list_stock

TOTALS = "register_totals"
# The whole register is walked at most this often by a process. The page says when it was.
TOTALS_LAST_SECONDS = 300.0
MAX_TILES = 12
_OF_TOTALS = {Panel.STATS, Panel.CONFIDENCE, Panel.QUALITY}
LAST_SCANS, LAST_OVERDUE, LAST_MISSING, LAST_DAMAGED, LAST_AUDITS = 5, 10, 5, 5, 8
LAST_LOW = 5


@dataclass(frozen=True, slots=True)
class AuditCard:
    """An open audit: how far it is, and what is left, unless the person may not see that."""

    audit: work.OpenAudit
    is_open: bool
    days_left: int | None
    rooms: Tiles | None = None
    rooms_done: int = 0
    rooms_all: int = 0
    pace: BurnUp | None = None

    @property
    def is_counting(self) -> bool:
        return self.audit.state is AuditState.COUNTING


@dataclass(frozen=True, slots=True)
class Today:
    """What there is to do. A part that the role does not see is None or empty."""

    audits: list[AuditCard]
    main: AuditCard | None
    scans: list[ScanRow]
    missing: work.MissingNearby | None = None
    late: Columns | None = None
    overdue: list[work.AssetLine] | None = None
    due: Columns | None = None
    damaged: list[work.AssetLine] | None = None
    totals: RegisterTotals | None = None
    seen: Ring | None = None
    ages: StackedBars | None = None
    accuracy: LineChart | None = None
    lacking: list[tuple[LackRow, int]] | None = None
    readers: list[ReaderRow] | None = None
    low: Sequence[StockRow] = ()
    low_count: int = 0
    contested: int = 0


def load_today(session: Session, actor: Actor, panels: Collection[Panel]) -> Today:
    """Return what the parts of the start page show."""
    cards = [_make_card(session, audit, actor, panels) for audit in _open_audits(session, actor)]
    counting = [card for card in cards if card.is_counting]
    has = set(panels)
    totals = load_kept_totals(session) if has & _OF_TOTALS else None
    return Today(
        audits=cards,
        main=counting[0] if len(counting) == 1 and actor.can(Action.SCAN) else None,
        scans=list_scans(session, actor=actor.key, limit=LAST_SCANS) if Panel.SCANS in has else [],
        missing=(
            work.find_missing_nearby(session, actor=actor.key, limit=LAST_MISSING)
            if Panel.MISSING in has
            else None
        ),
        late=plot_late(work.count_due(session, now=g.now)) if Panel.LATE in has else None,
        overdue=(
            work.list_overdue(session, now=g.now, limit=LAST_OVERDUE) if Panel.LATE in has else None
        ),
        due=plot_due(work.count_due_by_day(session, now=g.now)) if Panel.DUE in has else None,
        damaged=(
            work.list_with_status(session, Stage.IN_MAINTENANCE, limit=LAST_DAMAGED)
            if Panel.DAMAGED in has
            else None
        ),
        totals=totals,
        seen=_plot_seen(totals) if totals else None,
        ages=_plot_ages(totals) if totals else None,
        accuracy=_plot_accuracy(session) if Panel.ACCURACY in has else None,
        lacking=_list_lacking(totals) if totals else None,
        readers=list_readers(session, now=g.now) if Panel.READERS in has else None,
        **(_load_low(session) if Panel.LOW in has else {}),
    )


def _load_low(session: Session) -> dict[str, Any]:
    """Return what is low in stock, and how much of it is to be counted."""
    low = StockFilter(is_low=True)
    return {
        "low": list_stock(session, wanted=low, limit=LAST_LOW).rows,
        "low_count": count_stock(session, low),
        "contested": count_stock(session, StockFilter(is_contested=True)),
    }


def load_kept_totals(session: Session) -> RegisterTotals:
    """Return the figures of the whole register, at most some minutes old."""
    known: tuple[float, RegisterTotals] | None = current_app.extensions.get(TOTALS)
    if known is not None and time.monotonic() - known[0] < TOTALS_LAST_SECONDS:
        return known[1]
    totals = load_totals(session, now=g.now)
    current_app.extensions[TOTALS] = (time.monotonic(), totals)
    return totals


def _open_audits(session: Session, actor: Actor) -> list[work.OpenAudit]:
    return work.list_open_audits(session) if actor.can(Action.READ_AUDITS) else []


def _make_card(
    session: Session, audit: work.OpenAudit, actor: Actor, panels: Collection[Panel]
) -> AuditCard:
    is_open = not is_blind_for(
        is_blind=audit.is_blind, state=audit.state, may_run=actor.can(Action.RUN_AUDITS)
    )
    days_left = (audit.due_on - g.now.date()).days if audit.due_on else None
    is_counting = audit.state is AuditState.COUNTING
    if not is_open or not is_counting:
        return AuditCard(audit, is_open, days_left)
    if Panel.COUNT in panels:
        rooms = list_rooms(session, audit.id)
        left = [room for room in rooms if room.seen < room.expected]
        # What was begun comes first: it is nearest to its end.
        left.sort(key=lambda room: room.seen == 0)
        tiles = plot_rooms(
            audit.id, [(r.location_id, r.full_name, r.seen, r.expected) for r in left[:MAX_TILES]]
        )
        done = len(rooms) - len(left)
        return AuditCard(audit, is_open, days_left, tiles if left else None, done, len(rooms))
    pace = plot_progress(
        load_pace(session, audit.id), expected=audit.expected, due_on=audit.due_on, now=g.now
    )
    return AuditCard(audit, is_open, days_left, pace=pace)


def _plot_seen(totals: RegisterTotals) -> Ring:
    return Ring("Seen in the last 12 months", totals.seen_in_a_year, totals.there)


def _plot_ages(totals: RegisterTotals) -> StackedBars:
    return plot_ages((site.code, site.name, site.counts) for site in totals.sites)


def _plot_accuracy(session: Session) -> LineChart | None:
    audits = list_accuracy(session, limit=LAST_AUDITS)
    if not audits:
        return None
    return plot_accuracy((one.id, one.name, one.closed_at, one.share) for one in audits)


def _list_lacking(totals: RegisterTotals) -> list[tuple[LackRow, int]]:
    return [(row, totals.lacking[lack]) for lack, row in LACK_ROWS.items()]
