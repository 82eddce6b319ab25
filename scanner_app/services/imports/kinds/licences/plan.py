"""Plans licence rows: which licence each means, what would change, and whose seat it is.

Several rows may name one licence, each with another holder. The first of them says what the licence
is; the others bring a seat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports.kind import CATEGORIES, PEOPLE
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.money import MAX_CENTS
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import ENDED
from scanner_app.queries.imports.licences_snapshot import (
    LicenceNow,
    list_left_people,
    list_licences_now,
    load_seat_holders,
)
from scanner_app.queries.imports.register_snapshot import list_takers
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import shorten
from scanner_app.services.imports.kinds.licences.show import show_changes
from scanner_app.services.imports.kinds.licences.values import LicenceCells, read_cells
from scanner_app.services.imports.names import (
    CategoryIndex,
    PeopleIndex,
    Reference,
    Unresolved,
    match_key,
)
from scanner_app.services.imports.row import (
    PlanContext,
    PlannedRow,
    leave_deleted,
    refuse,
    split_reference,
)

# As a row names the licence: by its id, or by what makes rows of the file one licence.
LicenceKey = int | tuple[str, str]
TAKES_SEATS = frozenset({AssetKind.HARDWARE, AssetKind.CLOUD})
DEFAULTS: dict[str, Any] = {"seats": 0, "allows_overuse": False}


class LicencePlanner:
    """Plans chunks of licence rows in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        self.people = PeopleIndex.load(session, makes=context.mapping.make_people)
        self.categories = CategoryIndex.load(session)
        self.left = list_left_people(session)
        found = list_licences_now(session)
        self.by_tag = {one.tag_key: one for one in found}
        self.by_product: dict[str, list[LicenceNow]] = defaultdict(list)
        for one in found:
            self.by_product[one.product_key].append(one)
        self.holders: set[tuple[LicenceKey, str, str]] = {
            (licence, column, str(id_)) for licence, column, id_ in load_seat_holders(session)
        }
        # What earlier rows of the file said, and how many seats they give.
        self.first: dict[LicenceKey, LicenceCells] = {}
        self.seats: dict[LicenceKey, int] = {}
        self.given: dict[LicenceKey, int] = {one.id: one.given for one in found}
        self.used_people: dict[str, list[str]] = {}
        self.used_categories: dict[str, list[str]] = {}

    def prepare(self, rows: Iterable[Row]) -> None:
        """Do nothing: licences are planned row by row, without a look ahead."""

    def to_make(self) -> Additions:
        """Return the people and categories that rows wait for which are not refused."""
        return {PEOPLE.name: self.used_people, CATEGORIES.name: self.used_categories}

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with one statement for the devices that they name."""
        read = [read_cells(row, self.context) for row in rows]
        devices = list_takers(session, {tag_key(one.device) for one in read if one.device})
        return [self._plan(cells, devices) for cells in read]

    def _plan(self, cells: LicenceCells, devices: dict[str, Any]) -> PlannedRow:
        reader = cells.reader
        row = PlannedRow(reader.number, shorten(cells.product or cells.tag))
        licence = self._find(cells)
        key: LicenceKey = licence.id if licence else cells.key
        values = self._find_values(cells, key, licence)
        holder, shown = self._find_holder(cells, devices)
        if not reader.reasons:
            self._count_seats(cells, key, licence, holder)
        if reader.reasons:
            return refuse(row, reader)
        if reader.is_deleted:
            return leave_deleted(row, reader)
        self.first.setdefault(key, cells)
        detail: dict[str, Any] = {"licence": key if isinstance(key, int) else list(key)}
        changes = show_changes(licence, values)
        if values:
            self._keep_values(cells, licence, values, detail)
        if holder and (key, *holder) not in self.holders:
            self.holders.add((key, *holder))
            changes["Seat"] = ["", shown]
            detail["seat"] = self._seat(holder)
        if reader.notes:
            detail["notes"] = reader.notes
        if not changes:
            row.detail = {"notes": reader.notes} if reader.notes else {}
            return row
        row.verdict = (Verdict.CREATED if licence is None else Verdict.CHANGED).value
        row.detail = {"changes": changes, **detail}
        return row

    # -- Which licence a row means -----------------------------------------------------------------

    def _find(self, cells: LicenceCells) -> LicenceNow | None:
        """Return the licence that a row means; None if it is a new one, or the row is refused."""
        reasons = cells.reader.reasons
        if cells.tag:
            known = self.by_tag.get(tag_key(cells.tag))
            if known is None:
                reasons.append(f"no licence has the tag {shorten(cells.tag)!r}")
            return known
        if not cells.product:
            if not (reasons and cells.reader.text("product")):
                reasons.append("the row names no product")
            return None
        alike = [
            one
            for one in self.by_product.get(cells.key[0], ())
            if one.status not in ENDED and one.key_hint == cells.key_hint
        ]
        if len(alike) > 1:
            tags = ", ".join(one.asset_tag for one in alike[:4])
            reasons.append(
                f"{len(alike)} licences are of {shorten(cells.product)!r}; write the licence tag"
                f" ({tags})"
            )
        return alike[0] if len(alike) == 1 else None

    # -- What would change -------------------------------------------------------------------------

    def _find_values(
        self, cells: LicenceCells, key: LicenceKey, licence: LicenceNow | None
    ) -> dict[str, Any]:
        """Return what the row sets of the licence: what it says first counts."""
        first = self.first.get(key)
        if first is not None:
            if any(first.values.get(name, value) != value for name, value in cells.values.items()):
                cells.reader.notes.append(
                    f"row {first.reader.number} is the same licence and says something else:"
                    " that is taken"
                )
            return {}
        values = dict(cells.values)
        self._price_seats(cells, licence, values)
        if licence is None:
            if "seats" not in values and not cells.reader.reasons:
                cells.reader.reasons.append("the row does not say how many seats were bought")
            starts, ends = values.get("purchase_date"), values.get("ends_on")
            if starts is not None and (ends is None or ends >= starts):
                values["starts_on"] = starts
            values |= {"product": cells.product, "key_hint": cells.key_hint}
            if cells.custom:
                values["custom"] = cells.custom
        else:
            if cells.cost_cents is not None:
                values["purchase_cost_cents"] = cells.cost_cents
            values = {n: value for n, value in values.items() if getattr(licence, n) != value}
            custom = {**licence.custom, **cells.custom}
            if custom != licence.custom:
                values["custom"] = custom
            starts, ends = licence.starts_on, values.get("ends_on")
            if starts is not None and ends is not None and ends < starts:
                cells.reader.reasons.append("its last day would be before its first day")
        if cells.category and match_key(cells.category) != match_key(
            (licence.category if licence else None) or ""
        ):
            values["category"] = cells.category
        return values

    def _price_seats(
        self, cells: LicenceCells, licence: LicenceNow | None, values: dict[str, Any]
    ) -> None:
        """Work the price of one seat out of what all of them cost."""
        if cells.cost_cents is None or "unit_price_cents" in values:
            return
        seats = values.get("seats", licence.seats if licence else 0)
        if not seats:
            cells.reader.notes.append("without seats, its cost is not taken")
            return
        exact = Decimal(cells.cost_cents) / seats
        values["unit_price_cents"] = int(exact.quantize(Decimal(1), ROUND_HALF_UP))
        if values["unit_price_cents"] * seats != cells.cost_cents:
            cells.reader.notes.append(
                "the cost of all seats is not a whole number of cents for one"
            )
        if cells.cost_cents >= MAX_CENTS:
            cells.reader.reasons.append("the cost of all seats is too large")

    def _keep_values(
        self,
        cells: LicenceCells,
        licence: LicenceNow | None,
        values: dict[str, Any],
        detail: dict[str, Any],
    ) -> None:
        refs: dict[str, Any] = {}
        kept = {name: _as_json(value) for name, value in values.items() if name != "category"}
        if "category" in values:
            reference = self.categories.resolve(values["category"])
            split_reference(kept, refs, "category_id", reference)
            if not isinstance(reference, int):
                self.used_categories[reference[0]] = [values["category"]]
        if cells.cost_cents is not None and licence is None:
            kept["purchase_cost_cents"] = cells.cost_cents
        detail["values"] = kept
        if refs:
            detail["refs"] = refs
        if licence is not None:
            detail["was"] = {n: _as_json(getattr(licence, n)) for n in values}

    # -- Whose seat it is --------------------------------------------------------------------------

    def _find_holder(
        self, cells: LicenceCells, devices: dict[str, Any]
    ) -> tuple[tuple[str, str] | None, str]:
        """Return who gets a seat, as a column and an id or the key of a new person; and in words.

        A row that names a device means the device: the person beside it is who has that.
        """
        reasons = cells.reader.reasons
        if cells.device:
            taker = devices.get(tag_key(cells.device))
            if taker is None:
                reasons.append(f"no asset has the tag {shorten(cells.device)!r}")
                return None, ""
            if taker.status in ENDED or taker.kind not in TAKES_SEATS:
                reasons.append(f"{taker.asset_tag} takes no seat")
            return ("asset_id", str(taker.id)), taker.asset_tag
        if cells.person is None:
            return None, ""
        try:
            person: Reference = self.people.resolve(cells.person)
        except Unresolved as error:
            reasons.append(f"Person: {error}")
            return None, ""
        if isinstance(person, int) and person in self.left:
            reasons.append(f"{shorten(self.left[person])} has left, so gets no seat")
        found = str(person) if isinstance(person, int) else person[0]
        column = "person_id" if isinstance(person, int) else "new_person"
        return (column, found), self.people.show(person)

    def _count_seats(
        self,
        cells: LicenceCells,
        key: LicenceKey,
        licence: LicenceNow | None,
        holder: tuple[str, str] | None,
    ) -> None:
        """Add a reason if more seats are given than there are."""
        before = licence.seats if licence else 0
        seats = self.seats.setdefault(key, cells.values.get("seats", before))
        given = self.given.setdefault(key, 0)
        may_be_over = licence is not None and licence.allows_overuse
        if seats < given and not may_be_over and seats != before:
            cells.reader.reasons.append(
                f"{given:,} seats are given, and it would have {seats:,}. Take"
                f" {given - seats:,} back first"
            )
            return
        if holder is None or (key, *holder) in self.holders:
            return
        if licence is not None and licence.status in ENDED:
            cells.reader.reasons.append("the licence has ended")
        elif given + 1 > seats and not may_be_over:
            cells.reader.reasons.append(
                f"no seat is free: {given:,} of {seats:,} are given. Raise the seats, or leave the"
                " person or device out"
            )
        else:
            self.given[key] = given + 1

    def _seat(self, holder: tuple[str, str]) -> dict[str, Any]:
        column, found = holder
        if column == "new_person":
            self.used_people[found] = self.people.to_make[found]
            return {"new_person": found}
        return {column: int(found)}


def _as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
