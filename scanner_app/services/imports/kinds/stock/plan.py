"""Plans stock rows: which item each means, and how its count and its minimum would change.

Several rows may name one item at different locations. The first of them says what the item is; the
others bring the number and the minimum of their location.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.imports.kind import CATEGORIES, PLACES
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.imports.stock import class_of_file
from scanner_app.domain.money import show_money
from scanner_app.domain.stock.items import CODE_SCHEME, StockClass
from scanner_app.queries.imports.closed import list_closed_locations
from scanner_app.queries.imports.stock_snapshot import (
    ItemNow,
    Minimum,
    list_items,
    load_levels,
    load_minimums,
)
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import as_reason, shorten
from scanner_app.services.imports.kinds.stock.values import StockCells, read_cells
from scanner_app.services.imports.names import CategoryIndex, Reference, match_key
from scanner_app.services.imports.places import PlaceIndex
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    for_display,
    leave_deleted,
    refuse,
)
from scanner_app.services.register.codes import find_code_owners, find_problem

# As a row names the item: by its id, or by the key under which the file adds it.
ItemKey = int | tuple[str, ...]
NO_MINIMUM = Minimum(None, None)
_SHOWN_AS = {"unit_cost_cents": "unit_cost"}


class StockPlanner:
    """Plans chunks of stock rows in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.file_class = class_of_file(context.headers)
        mapping = context.mapping
        self.places = PlaceIndex.load(
            session, makes=mapping.make_places, path_sign=mapping.path_sign
        )
        self.categories = CategoryIndex.load(session)
        self.closed = list_closed_locations(session)
        self.items = {item.id: item for item in list_items(session)}
        self.by_code = {item.code_key: item for item in self.items.values()}
        self.by_name: dict[str, list[ItemNow]] = defaultdict(list)
        for item in self.items.values():
            self.by_name[match_key(item.name)].append(item)
        self.levels = load_levels(session)
        self.minimums = load_minimums(session)
        # What earlier rows of the file said.
        self.first: dict[ItemKey, StockCells] = {}
        self.seen: dict[tuple[ItemKey, str], int] = {}
        self.used_places: dict[str, None] = {}
        self.used_categories: dict[str, list[str]] = {}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Do nothing: stock is planned row by row, without a look ahead."""

    def to_make(self) -> Additions:
        """Return the locations and categories that rows wait for which are not refused."""
        return {
            PLACES.name: self.places.with_parents(self.used_places),
            CATEGORIES.name: self.used_categories,
        }

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with one statement for the codes that they name."""
        read = [read_cells(row, self.context, self.places, self.file_class) for row in rows]
        owners = find_code_owners(session, {tag_key(cells.code) for cells in read if cells.code})
        for cells in read:
            key = tag_key(cells.code)
            if not cells.code or key in self.by_code:
                continue
            problem = find_problem(owners, (CODE_SCHEME, key), kind="stock item", own_id=None)
            if problem is not None:
                cells.reader.reasons.append(as_reason(problem))
        return [self._plan(cells) for cells in read]

    def _plan(self, cells: StockCells) -> PlannedRow:
        reader = cells.reader
        row = PlannedRow(reader.number, shorten(cells.name or cells.code))
        item = None if reader.reasons else self._find(cells)
        key = item.id if item else self._key_of(cells)
        if not reader.reasons:
            self._refuse_twin(cells, key)
        changes, detail = self._compare(cells, key, item)
        if reader.reasons:
            return refuse(row, reader)
        if reader.is_deleted:
            return leave_deleted(row, reader)
        if reader.notes:
            detail["notes"] = reader.notes
        self.first.setdefault(key, cells)
        self.seen[key, self.places.show(cells.place)] = reader.number
        if not changes:
            row.detail = {"notes": reader.notes} if reader.notes else {}
            return row
        self._note_used(cells, detail)
        row.verdict = (Verdict.CREATED if item is None else Verdict.CHANGED).value
        row.detail = {"changes": changes, **detail}
        return row

    # -- Which item a row means --------------------------------------------------------------------

    @staticmethod
    def _key_of(cells: StockCells) -> tuple[str, ...]:
        if cells.code:
            return ("code", tag_key(cells.code))
        kind = (cells.stock_class or StockClass.CONSUMABLE).value
        return (kind, match_key(cells.name), match_key(cells.category))

    def _find(self, cells: StockCells) -> ItemNow | None:
        """Return the item that a row means; None if it is a new one, or the row is refused."""
        reader = cells.reader
        known = self.by_code.get(tag_key(cells.code)) if cells.code else None
        item = known if cells.code else self._find_by_name(cells)
        if reader.reasons:
            return None
        if item is None and not cells.name:
            reader.reasons.append("no item has this code, and the row has no name to add one")
        elif item is None and cells.stock_class is None:
            reader.notes.append("the row names no class: taken as a consumable, which is used up")
        elif item is not None and cells.stock_class not in {None, item.stock_class}:
            reader.reasons.append(
                f"{item.code} is of the class {item.stock_class.value} here; change it on its page,"
                " or correct the row"
            )
        return item

    def _find_by_name(self, cells: StockCells) -> ItemNow | None:
        if not cells.name:
            cells.reader.reasons.append("the row has neither a code nor a name")
            return None
        alike = [
            item
            for item in self.by_name.get(match_key(cells.name), ())
            if cells.stock_class in {None, item.stock_class}
            and (not cells.category or match_key(cells.category) == match_key(item.category or ""))
        ]
        if len(alike) > 1:
            codes = ", ".join(sorted(item.code for item in alike)[:4])
            cells.reader.reasons.append(
                f"{len(alike)} items are called {shorten(cells.name)!r}; write the code ({codes})"
            )
        return alike[0] if len(alike) == 1 else None

    def _refuse_twin(self, cells: StockCells, key: ItemKey) -> None:
        twin = self.seen.get((key, self.places.show(cells.place)))
        if twin is not None:
            where = " at the same location" if cells.place is not None else ""
            cells.reader.reasons.append(f"row {twin} is the same item{where}")

    # -- What would change -------------------------------------------------------------------------

    def _compare(
        self, cells: StockCells, key: ItemKey, item: ItemNow | None
    ) -> tuple[dict[str, list[str]], dict[str, Any]]:
        """Return old and new in words, and what the apply needs."""
        changes: dict[str, list[str]] = {}
        detail: dict[str, Any] = {"item": key if isinstance(key, int) else list(key)}
        values = self._find_values(cells, key, item)
        if values:
            detail["values"] = values
            if item is not None:
                detail["was"] = {name: getattr(item, name) for name in values}
            changes |= self._show_values(item, values)
        self._compare_level(cells, item, changes, detail)
        self._compare_minimum(cells, item, changes, detail)
        if isinstance(cells.place, int):
            detail["place"] = cells.place
        elif cells.place is not None:
            detail["place_key"] = cells.place[0]
        return changes, detail

    def _find_values(self, cells: StockCells, key: ItemKey, item: ItemNow | None) -> dict[str, Any]:
        """Return the fields of the item that the row sets: what it says first counts."""
        first = self.first.get(key)
        if first is not None:
            other = sorted(
                label_of(ImportKind.STOCK, _SHOWN_AS.get(name, name))
                for name, value in cells.values.items()
                if name in first.values and first.values[name] != value
            )
            if other:
                cells.reader.notes.append(
                    f"row {first.reader.number} is the same item and says another "
                    f"{', '.join(other)}: that one is taken"
                )
            return {}
        values = dict(cells.values)
        if item is None:
            values["stock_class"] = (cells.stock_class or StockClass.CONSUMABLE).value
            return {**values, **({"code": cells.code} if cells.code else {})}
        custom = {**item.custom, **values.pop("custom", {})}
        changed = {name: value for name, value in values.items() if getattr(item, name) != value}
        if match_key(str(changed.get("category", ""))) == match_key(item.category or ""):
            changed.pop("category", None)
        return {**changed, **({"custom": custom} if custom != item.custom else {})}

    def _show_values(self, item: ItemNow | None, values: dict[str, Any]) -> dict[str, list[str]]:
        before = asdict(item) if item else {}
        shown: dict[str, list[str]] = {}
        for name, value in values.items():
            if name == "custom":
                old = before.get("custom", {})
                shown |= {
                    header: [for_display(old.get(header)), for_display(text)]
                    for header, text in value.items()
                    if old.get(header) != text
                }
                continue
            is_money = name == "unit_cost_cents"
            pair = (before.get(name), value)
            shown[label_of(ImportKind.STOCK, _SHOWN_AS.get(name, name))] = [
                show_money(one) if is_money and one is not None else for_display(one)
                for one in pair
            ]
        return shown

    def _compare_level(
        self,
        cells: StockCells,
        item: ItemNow | None,
        changes: dict[str, list[str]],
        detail: dict[str, Any],
    ) -> None:
        reader, quantity = cells.reader, cells.quantity
        if quantity is None:
            return
        if cells.place is None:
            if quantity:
                reader.notes.append(
                    f"no location, so the quantity {quantity} is not taken: count it where it lies"
                )
            return
        level = self._level(item, cells.place)
        if level == quantity:
            return
        if level is not None and self.file_class is not None:
            reader.notes.append(
                f"the quantity {quantity} is not taken: pieces were counted or moved here since, "
                f"and there are {level}"
            )
            return
        if isinstance(cells.place, int) and cells.place in self.closed:
            reader.reasons.append(f"{shorten(self.closed[cells.place])!r} is no longer in use")
        changes["QTY"] = ["" if level is None else str(level), self._say_at(quantity, cells.place)]
        detail["count"] = {"quantity": quantity, "was": level}
        if level is None and quantity:
            detail["count"]["order_number"] = cells.order_number
            detail["count"]["bought_on"] = cells.bought_on.isoformat() if cells.bought_on else ""
            detail["count"]["unit_cost_cents"] = cells.values.get("unit_cost_cents")
            detail["count"]["currency"] = cells.values.get("currency")

    def _level(self, item: ItemNow | None, place: Reference) -> int | None:
        if item is None or not isinstance(place, int):
            return None
        return self.levels.get((item.id, place))

    def _say_at(self, number: int, place: Reference | None) -> str:
        return str(number) if place is None else f"{number} in {self.places.show(place)}"

    def _compare_minimum(
        self,
        cells: StockCells,
        item: ItemNow | None,
        changes: dict[str, list[str]],
        detail: dict[str, Any],
    ) -> None:
        if cells.least is None and cells.target is None:
            return
        place = cells.place
        before = NO_MINIMUM
        if item is not None and not isinstance(place, list):
            before = self.minimums.get((item.id, place), NO_MINIMUM)
        after = Minimum(
            before.least if cells.least is None else cells.least,
            before.target if cells.target is None else cells.target,
        )
        if after.target is not None and after.least is not None and after.target <= after.least:
            after = after._replace(target=None)
            cells.reader.notes.append("the target is not above the new minimum, so it is taken off")
        if after == before:
            return
        for label, old, new in zip(("Min Amount", "Target"), before, after, strict=True):
            if old != new:
                new_text = "" if new is None else self._say_at(new, place)
                changes[label] = ["" if old is None else str(old), new_text]
        detail["minimum"] = {"least": after.least, "target": after.target, "was": list(before)}

    def _note_used(self, cells: StockCells, detail: dict[str, Any]) -> None:
        if isinstance(cells.place, list) and ("count" in detail or "minimum" in detail):
            self.used_places[cells.place[0]] = None
        category = detail.get("values", {}).get("category")
        if category and not isinstance(self.categories.resolve(category), int):
            self.used_categories[match_key(category)] = [category]
