"""Plans rows of devices: which asset each means, and which facts of it are newer than ours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.imports.devices import SOURCES
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.imports.runs import Additions, Verdict
from scanner_app.domain.lifecycle.facts import FACTS
from scanner_app.queries.imports.facts_snapshot import FactNow, load_newest_facts
from scanner_app.queries.imports.register_snapshot import Named, list_by_serial, list_takers
from scanner_app.services.files.tables.source_row import Row
from scanner_app.services.imports.cells import shorten
from scanner_app.services.imports.kinds.devices.values import DeviceCells, read_cells
from scanner_app.services.imports.row import PlanContext, PlannedRow, for_display, refuse
from scanner_app.services.lifecycle.facts import MAX_AHEAD

IMPORT_SOURCE = "import"
MAX_SHOWN_FACTS = 40


class DevicePlanner:
    """Plans chunks of rows of devices in the order of the file."""

    def __init__(self, session: Session, context: PlanContext) -> None:  # noqa: ARG002
        self.context = context
        known = recognise_file(context.headers)
        self.source = SOURCES.get(known.title, IMPORT_SOURCE) if known else IMPORT_SOURCE
        # Of two devices with one serial number, nobody knows which is meant.
        self.serials: Counter[str] = Counter()

    def prepare(self, rows: Iterable[Row]) -> None:
        """Count how often each serial number occurs in the file."""
        columns = self.context.mapping.columns
        if "serial" not in columns:
            return
        at = columns.index("serial")
        self.serials.update(
            tag_key(row.cells[at]) for row in rows if at < len(row.cells) and row.cells[at]
        )

    def to_make(self) -> Additions:
        """Return nothing: a device that is not an asset here is told, and never registered."""
        return {}

    def plan(self, session: Session, rows: list[Row]) -> list[PlannedRow]:
        """Return the plan of each row, with one statement for the assets and one for the facts."""
        read = [read_cells(row, self.context) for row in rows]
        by_tag = list_takers(session, {tag_key(one.tag) for one in read if one.tag})
        by_serial = list_by_serial(session, {tag_key(one.serial) for one in read if one.serial})
        assets = [self._find(one, by_tag, by_serial) for one in read]
        newest = load_newest_facts(session, {one.id for one in assets if one is not None})
        return [self._plan(cells, asset, newest) for cells, asset in zip(read, assets, strict=True)]

    def _find(
        self, cells: DeviceCells, by_tag: dict[str, Named], by_serial: dict[str, list[Named]]
    ) -> Named | None:
        """Return the asset that a row means; None with a reason, or a note where none is."""
        reader = cells.reader
        if cells.tag and (found := by_tag.get(tag_key(cells.tag))):
            return found
        if not cells.serial:
            named = f"no asset has the tag {shorten(cells.tag)!r}" if cells.tag else (
                "the row names neither a tag nor a serial number"
            )  # fmt: skip
            reader.notes.append(f"{named}: left out")
            return None
        alike = by_serial.get(tag_key(cells.serial), [])
        if not alike:
            reader.notes.append(
                f"no asset has the serial number {shorten(cells.serial)!r}: left out"
            )
            return None
        if len(alike) > 1:
            tags = ", ".join(one.asset_tag for one in alike[:4])
            reader.reasons.append(
                f"{len(alike)} assets have the serial number {shorten(cells.serial)!r} ({tags})"
            )
        if self.serials[tag_key(cells.serial)] > 1:
            reader.reasons.append(
                f"the serial number {shorten(cells.serial)!r} occurs more than once in the file"
            )
        return alike[0]

    def _plan(
        self, cells: DeviceCells, asset: Named | None, newest: dict[tuple[int, str], FactNow]
    ) -> PlannedRow:
        reader = cells.reader
        named = cells.tag or cells.serial
        row = PlannedRow(reader.number, shorten(asset.asset_tag if asset else named))
        now = self.context.now
        if cells.observed_at and now and cells.observed_at > now + MAX_AHEAD:
            reader.reasons.append("its last check-in is in the future")
        if reader.reasons:
            return refuse(row, reader)
        if asset is None:
            row.detail = {"notes": reader.notes}
            return row
        fresh = self._find_fresh(cells, asset, newest)
        if not fresh:
            row.detail = {"notes": reader.notes} if reader.notes else {}
            return row
        is_new = not any(asset_id == asset.id for asset_id, _name in newest)
        row.verdict = (Verdict.CREATED if is_new else Verdict.CHANGED).value
        row.detail = self._describe(cells, asset, newest, fresh)
        return row

    def _find_fresh(
        self, cells: DeviceCells, asset: Named, newest: dict[tuple[int, str], FactNow]
    ) -> dict[str, str]:
        """Return the facts that are newer than ours; without a time, those that are different."""
        fresh: dict[str, str] = {}
        for name, value in cells.facts.items():
            ours = newest.get((asset.id, name))
            if ours is None:
                is_fresh = True
            elif cells.observed_at is None:
                is_fresh = ours.value != value
            else:
                is_fresh = cells.observed_at > ours.observed_at
            if is_fresh:
                fresh[name] = value
        return fresh

    def _describe(
        self,
        cells: DeviceCells,
        asset: Named,
        newest: dict[tuple[int, str], FactNow],
        fresh: dict[str, str],
    ) -> dict[str, Any]:
        shown: dict[str, list[str]] = {}
        for name, value in list(fresh.items())[:MAX_SHOWN_FACTS]:
            ours = newest.get((asset.id, name))
            if ours is None or ours.value != value:
                shown[FACTS[name].label if name in FACTS else name] = [
                    for_display(ours.value if ours else ""),
                    for_display(value),
                ]
        notes = list(cells.reader.notes)
        if cells.observed_at is None:
            notes.append("without a last check-in, it is as of the import")
        return {
            "changes": shown,
            "asset_tag": asset.asset_tag,
            "observed_at": cells.observed_at.isoformat() if cells.observed_at else None,
            "facts": fresh,
            "source": self.source,
            "zone": self.context.zone.key,
            **({"notes": notes} if notes else {}),
        }
