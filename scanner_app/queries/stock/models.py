"""How many assets of each model are in stock, where, and how many were free day by day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.plots.lines import Sparkline
from scanner_app.domain.register.lifecycle import ENDED, Stage
from scanner_app.domain.stock.levels import Leg, is_low
from scanner_app.domain.stock.plots import list_day_ends, plot_free
from scanner_app.models import Asset, AssetModel, Custody
from scanner_app.queries.place_tree import find_children, load_tree


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model: how many of it are in stock in all, and in each part of a location.

    :param cells: by the key of a column; what is elsewhere is in none.
    :param line: how many were assigned to nobody, day by day.
    """

    id: int
    name: str
    total: int
    least: int | None
    cells: Mapping[int | None, int]
    line: Sparkline | None = None

    @property
    def is_low(self) -> bool:
        return is_low(self.total, self.least)


@dataclass(frozen=True, slots=True)
class PlaceColumn:
    """A location in which something is in stock; `id` None: without a location.

    :param has_more: other locations are inside it.
    """

    id: int | None
    code: str | None
    name: str
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Matrix:
    """Models by locations, the low ones first; `low` and `models` count all of them."""

    rows: Sequence[ModelRow]
    columns: Sequence[PlaceColumn]
    models: int
    low: int


def load_matrix(
    session: Session, *, inside: int | None = None, only_low: bool = False,
    first: int = 0, limit: int, now: datetime, zone: ZoneInfo,
) -> Matrix:  # fmt: skip
    """Return models with what of each is in stock in the parts of a location.

    :param inside: the id of the location; None: the sites, and what has no location.
    :param only_low: only models that are at or under their minimum.
    :param first: how many rows an earlier page showed.
    """
    tree = load_tree(session)
    children = find_children(tree, inside)
    cells: dict[int, Counter[int | None]] = defaultdict(Counter)
    totals: Counter[int] = Counter()
    # Not the bare columns: their indexes would lead through the table in their order.
    at, of = Asset.location_id + 0, Asset.model_id + 0
    counts = (
        select(of, at, func.count())
        .where(
            Asset.status == Stage.IN_STOCK,
            Asset.custodian_id.is_(None),
            Asset.model_id.is_not(None),
        )
        .group_by(of, at)
    )
    for model_id, place_id, count in session.execute(counts):
        if model_id is None:
            continue
        totals[model_id] += count
        key = inside if place_id == inside else children.get(place_id or 0)
        if key is not None or (place_id is None and inside is None):
            cells[model_id][key] += count
    rows = _list_rows(session, totals, cells)
    low = sum(row.is_low for row in rows)
    shown = [row for row in rows if row.is_low or not only_low]
    page = shown[first : first + limit]
    lines = _draw_lines(session, [row.id for row in page], now, zone)
    used = {key for row in page for key in row.cells}
    parents = {place.parent_id for place in tree.values()}
    columns = [
        PlaceColumn(
            key,
            tree[key].code if key is not None else None,
            tree[key].name if key is not None else "No location",
            key in parents and key != inside,
        )
        for key in used
    ]
    columns.sort(key=lambda one: (one.id is None, one.id != inside, one.name.casefold()))
    return Matrix([replace(row, line=lines[row.id]) for row in page], columns, len(shown), low)


def _list_rows(
    session: Session, totals: Mapping[int, int], cells: Mapping[int, Mapping[int | None, int]]
) -> list[ModelRow]:
    """Return what is in stock or has a minimum: what is low first, then by name."""
    rows = [
        ModelRow(
            model.id,
            " ".join(filter(None, (model.manufacturer, model.name))),
            totals.get(model.id, 0),
            model.min_in_stock,
            cells.get(model.id, {}),
        )
        for model in session.execute(
            select(AssetModel.id, AssetModel.manufacturer, AssetModel.name, AssetModel.min_in_stock)
        )
        if model.id in totals or model.min_in_stock is not None
    ]
    return sorted(rows, key=lambda row: (not row.is_low, row.name.casefold(), row.id))


def _draw_lines(
    session: Session, ids: Collection[int], now: datetime, zone: ZoneInfo
) -> dict[int, Sparkline]:
    """Return how many of each model were assigned to nobody on each of the last days.

    Worked out backwards from now: what was handed out since was there before.
    """
    ends = list_day_ends(now, zone)
    since = ends[0]
    legs: dict[int, list[Leg]] = {id_: [] for id_ in ids}
    of_models = Asset.model_id.in_(sorted(ids))
    added = select(Asset.model_id, Asset.created_at).where(of_models, Asset.created_at > since)
    ended = select(Asset.model_id, Asset.state_at).where(
        of_models, Asset.status.in_(sorted(ENDED)), Asset.state_at > since
    )
    spans = select(Asset.model_id).join(Custody, Custody.asset_id == Asset.id).where(of_models)
    taken = spans.add_columns(Custody.started_at).where(Custody.started_at > since)
    back = spans.add_columns(Custody.ended_at).where(Custody.ended_at > since)
    changes: tuple[tuple[Any, int], ...] = ((added, 1), (ended, -1), (taken, -1), (back, 1))
    for statement, change in changes:
        for model_id, at in session.execute(statement):
            legs[model_id].append(Leg(at, change))
    free = session.execute(
        select(Asset.model_id, func.count())
        .where(of_models, Asset.custodian_id.is_(None), Asset.status.not_in(sorted(ENDED)))
        .group_by(Asset.model_id)
    )
    levels = {model_id: count for model_id, count in free if model_id is not None}
    return {id_: plot_free(levels.get(id_, 0), legs[id_], ends) for id_ in ids}
