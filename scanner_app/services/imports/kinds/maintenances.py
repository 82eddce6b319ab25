"""Imported maintenances: each a task of its asset, with what was paid for it as an expense."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Row as DbRow
from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.costs.expenses import Expense, ExpenseKind
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.imports.maintenances import FAILURES
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.lifecycle.maintenances import find_state, name_imported
from scanner_app.domain.money import show_money
from scanner_app.models import Asset, ImportRun, Task
from scanner_app.queries.imports.maintenances_snapshot import MaintenanceNow, load_maintenances
from scanner_app.queries.imports.register_snapshot import Named, list_by_serial, list_takers
from scanner_app.queries.imports.runs import stream_planned
from scanner_app.services.costs.expenses import withdraw_expense
from scanner_app.services.costs.tasks import add_task_cost
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import BadCell, check_note, check_tag, is_true, shorten
from scanner_app.services.imports.dates import parse_date
from scanner_app.services.imports.kinds.author import ImportAuthor, author_of
from scanner_app.services.imports.life import register_moved_error
from scanner_app.services.imports.mapping import order_of
from scanner_app.services.imports.money import (
    guess_currency,
    is_no_amount,
    parse_amount,
    parse_currency,
)
from scanner_app.services.imports.names import match_key
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    Progress,
    RowReader,
    for_display,
    leave_deleted,
    refuse,
)
from scanner_app.services.lifecycle.past import PastMaintenance, keep_maintenance
from scanner_app.services.lifecycle.tasks import MAX_NOTE

# What is known of a maintenance by its target, and the name under which its task keeps it.
_ABOUT = {"type": "type", "supplier": "supplier", "url": "external_ref"}


@dataclass(slots=True)
class _Cells:
    """What one row says."""

    reader: RowReader
    tag: str = ""
    serial: str = ""
    title: str = ""
    started_on: date | None = None
    ended_on: date | None = None
    cost: tuple[int, str] | None = None
    about: dict[str, Any] = field(default_factory=dict)
    note: str = ""


class MaintenancePlanner:
    """Plans chunks of maintenance rows in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:  # noqa: ARG002
        self.context = context
        self.today = context.now.astimezone(context.zone).date() if context.now else date.min
        self.seen: dict[str, int] = {}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Do nothing: maintenances are planned row by row, without a look ahead."""

    def to_make(self) -> Additions:
        """Return nothing: assets that a file names are not added by it."""
        return {}

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with one statement for the assets that they name."""
        read = [_read_cells(row, self.context) for row in rows]
        by_tag = list_takers(session, {tag_key(one.tag) for one in read if one.tag})
        by_serial = list_by_serial(session, {tag_key(one.serial) for one in read if one.serial})
        assets = [_find_asset(one, by_tag, by_serial) for one in read]
        keys = [
            name_imported(asset.id, one.title, one.started_on) if asset and one.started_on else ""
            for one, asset in zip(read, assets, strict=True)
        ]
        known = load_maintenances(session, {key for key in keys if key})
        return [
            self._plan(one, asset, key, known.get(key))
            for one, asset, key in zip(read, assets, keys, strict=True)
        ]

    def _plan(
        self, cells: _Cells, asset: Named | None, key: str, before: MaintenanceNow | None
    ) -> PlannedRow:
        reader = cells.reader
        name = f"{asset.asset_tag if asset else cells.tag or cells.serial}: {cells.title}"
        row = PlannedRow(reader.number, shorten(name))
        if key and not reader.reasons:
            twin = self.seen.setdefault(key, reader.number)
            if twin != reader.number:
                reader.reasons.append(f"row {twin} is the same maintenance")
        if reader.reasons or asset is None or cells.started_on is None:
            return refuse(row, reader)
        if reader.is_deleted:
            return leave_deleted(row, reader)
        changes = _compare(cells, before, self.today)
        if not changes:
            row.detail = {"notes": reader.notes} if reader.notes else {}
            return row
        row.verdict = (Verdict.CREATED if before is None else Verdict.CHANGED).value
        past = PastMaintenance(
            asset.id, cells.title, cells.started_on, cells.ended_on, cells.about, cells.note
        )
        row.detail = {
            "changes": changes,
            "past": {
                n: v.isoformat() if isinstance(v, date) else v for n, v in asdict(past).items()
            },
            "cost": list(cells.cost) if cells.cost else None,
            "was": _stamp(before),
            "zone": self.context.zone.key,
        }
        if reader.notes:
            row.detail["notes"] = reader.notes
        return row


def _find_asset(
    cells: _Cells, by_tag: dict[str, Named], by_serial: dict[str, list[Named]]
) -> Named | None:
    reasons = cells.reader.reasons
    if cells.tag:
        found = by_tag.get(tag_key(cells.tag))
        if found is None:
            reasons.append(f"no asset has the tag {shorten(cells.tag)!r}; import the assets first")
        return found
    if not cells.serial:
        if not (cells.reader.text("asset_tag") or cells.reader.text("serial_number")):
            reasons.append("the row names no asset")
        return None
    alike = by_serial.get(tag_key(cells.serial), [])
    if len(alike) == 1:
        return alike[0]
    tags = ", ".join(one.asset_tag for one in alike[:4])
    reasons.append(
        f"{len(alike)} assets have the serial number {shorten(cells.serial)!r} ({tags}); "
        "write the asset tag"
        if alike
        else f"no asset has the serial number {shorten(cells.serial)!r}"
    )
    return None


def _label(target: str) -> str:
    return label_of(ImportKind.MAINTENANCES, target)


def _read_cells(row: Row, context: PlanContext) -> _Cells:
    """Return what a row says; what is wrong with it is among the reasons of its reader."""
    reader = RowReader.read(row, context)
    cells = _Cells(reader)
    cells.tag = reader.parse("asset_tag", "Asset Tag", check_tag) or ""
    cells.serial = reader.maker_code("serial_number", "Serial")
    for target, name in _ABOUT.items():
        if text := " ".join(reader.plain(target, _label(target)).split()):
            cells.about[name] = text
    kind = cells.about.get("type", "")
    if kind:
        cells.about["is_failure"] = match_key(kind) in FAILURES
    if word := reader.text("warranty"):
        cells.about["is_warranty"] = is_true(word)
    cells.title = " ".join(reader.plain("title", "Title").split()) or kind
    if not (cells.title or reader.text("title") or reader.text("type")):
        reader.reasons.append("the row has neither a title nor a type")
    count = len(reader.reasons)
    cells.started_on = reader.parse(
        "started_on", _label("started_on"), _reads_day(context, "started_on")
    )
    if cells.started_on is None and len(reader.reasons) == count:
        reader.reasons.append("the row does not say when it began")
    cells.ended_on = reader.parse("ended_on", _label("ended_on"), _reads_day(context, "ended_on"))
    if cells.started_on and cells.ended_on and cells.ended_on < cells.started_on:
        reader.reasons.append("Completion Date is before Start Date")
    cells.note = reader.parse("notes", "Notes", _check_note) or ""
    _read_cost(cells, context)
    return cells


def _check_note(text: str) -> str:
    text = check_note(text)
    if len(text) > MAX_NOTE:
        raise BadCell(f"is longer than {MAX_NOTE:,} characters")
    return text


def _reads_day(context: PlanContext, name: str) -> Any:
    return lambda text: parse_date(text, order_of(context.mapping, name))


def _read_cost(cells: _Cells, context: PlanContext) -> None:
    reader = cells.reader
    sign = context.mapping.decimal_sign or None
    text = reader.text("cost")
    if is_no_amount(text):
        return
    currency = reader.parse("currency", "Currency", parse_currency)
    amount = reader.parse("cost", "Cost", lambda cell: parse_amount(cell, sign))
    if not amount or not amount[0]:
        return
    cents, named = amount
    if named and currency and named != currency:
        reader.reasons.append(
            f"Cost is in {named} and Currency says {currency}; correct one of them"
        )
        return
    if not (currency or named):
        named, note = guess_currency(text, context.currency)
        reader.notes += [note] if note else []
    unit = currency or named
    if unit is None:
        reader.reasons.append("the currency of Cost is not known; add a column Currency")
        return
    cells.cost = (cents, unit)


def _compare(cells: _Cells, before: MaintenanceNow | None, today: date) -> dict[str, list[str]]:
    """Return old and new in words; what was ended here keeps its end."""
    changes: dict[str, list[str]] = {}
    data = before.data if before else {}
    if before is None:
        changes["Title"] = ["", for_display(cells.title)]
        changes["Start Date"] = ["", str(cells.started_on)]
        if cells.note:
            changes["Notes"] = ["", for_display(cells.note)]
    if cells.ended_on and (before is None or before.closed_at is None):
        planned = data.get("ends_on")
        if planned != cells.ended_on.isoformat():
            changes["Completion Date"] = [planned or "", str(cells.ended_on)]
            cells.about["ends_on"] = cells.ended_on.isoformat()
    if before is not None and before.closed_at is None and cells.started_on:
        # The same file says more once the day of its end, or of its start, has come.
        state = find_state(cells.started_on, cells.ended_on, today, was=before.state)
        if state is not before.state:
            changes["State"] = [before.state.facts.label, state.facts.label]
    for target, name in _ABOUT.items():
        if name in cells.about and data.get(name) != cells.about[name]:
            changes[_label(target)] = [for_display(data.get(name)), for_display(cells.about[name])]
    if (
        "is_warranty" in cells.about
        and data.get("is_warranty", False) != cells.about["is_warranty"]
    ):
        changes["Is Warranty"] = ["", "yes" if cells.about["is_warranty"] else "no"]
    cost = before.cost if before else None
    if cells.cost and cells.cost != cost:
        changes["Cost"] = [_say(cost), _say(cells.cost)]
    return changes


def _say(cost: tuple[int, str] | None) -> str:
    return f"{show_money(cost[0])} {cost[1]}" if cost else ""


def _stamp(before: MaintenanceNow | None) -> dict[str, Any] | None:
    """Return what the apply compares, to see whether somebody changed it since."""
    if before is None:
        return None
    return {
        "state": before.state.value,
        "closed": before.closed_at is not None,
        "cost": list(before.cost) if before.cost else None,
        "about": {name: before.data.get(name) for name in (*_ABOUT.values(), "ends_on")},
    }


def apply_maintenances(
    session: Session, run: ImportRun, *, now: datetime, progress: Progress
) -> None:
    """Write a run's planned maintenances.

    :raises Conflict: one was changed since the check.
    """
    author, done = author_of(run), 0
    for verdict in (Verdict.CREATED, Verdict.CHANGED):
        for chunk in stream_planned(session, run.id, verdict):
            for row in chunk:
                _write(session, row, author=author, now=now)
            done += len(chunk)
            progress(done)


def _write(session: Session, row: DbRow[Any], *, author: ImportAuthor, now: datetime) -> None:
    kept = row.detail["past"]
    past = PastMaintenance(
        **{
            **kept,
            "started_on": date.fromisoformat(kept["started_on"]),
            "ended_on": date.fromisoformat(kept["ended_on"]) if kept["ended_on"] else None,
        }
    )
    before = load_maintenances(session, [past.key]).get(past.key)
    if _stamp(before) != row.detail["was"]:
        raise register_moved_error(f"{row.label} was changed")
    if session.get(Asset, past.asset_id) is None:
        raise register_moved_error(f"the asset of {row.label} is gone")
    today = now.astimezone(ZoneInfo(row.detail.get("zone", "UTC"))).date()
    task = keep_maintenance(session, past, actor=author, today=today, now=now)
    if row.detail["cost"]:
        _pay(session, task, past, tuple(row.detail["cost"]), author=author, now=now)


def _pay(
    session: Session,
    task: Task,
    past: PastMaintenance,
    cost: tuple[int, str],
    *,
    author: ImportAuthor,
    now: datetime,
) -> None:
    """Book what was paid; what the last import said of it counts no more."""
    cents, currency = cost
    on = past.ended_on or past.started_on
    uuid = uuid5(NAMESPACE_URL, f"{past.key}\n{cents} {currency} {on}")
    old = task.data.get("expense")
    if old == str(uuid):
        return
    if old:
        tag = session.get_one(Asset, past.asset_id).asset_tag
        withdraw_expense(session, asset_tag=tag, uuid=UUID(old), actor=author, now=now)
    add_task_cost(
        session,
        task_id=task.id,
        uuid=uuid,
        expense=Expense(ExpenseKind.MAINTENANCE, on, cents, currency),
        note=past.title[:200],
        actor=author,
        now=now,
    )
    task.data = {**task.data, "expense": str(uuid)}
    session.flush()
