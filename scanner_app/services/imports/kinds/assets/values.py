"""Turns the cells of one asset row into the values that the columns of an asset hold.

Money, dates, model and category, location and holder. The reasons of a refusal gather in the row's
reader. Which asset the row means is decided in `plan`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy.orm import Session

from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import label_of
from scanner_app.domain.register.lifecycle import LABELS, STAGES, Stage
from scanner_app.queries.imports.register_snapshot import AssetNow
from scanner_app.services.imports.cells import (
    check_note,
    is_true,
    looks_like_months,
    parse_months,
    shorten,
)
from scanner_app.services.imports.dates import is_day_number, is_no_date, parse_date
from scanner_app.services.imports.mapping import order_of, read_status
from scanner_app.services.imports.money import (
    guess_currency,
    is_no_amount,
    parse_amount,
    parse_currency,
)
from scanner_app.services.imports.names import (
    CategoryIndex,
    ModelIndex,
    PeopleIndex,
    PersonWords,
    Reference,
    Unresolved,
    match_key,
)
from scanner_app.services.imports.places import PlaceIndex
from scanner_app.services.imports.row import (
    PlanContext,
    RowReader,
    for_display,
    split_reference,
)

PLAIN = ("name", "supplier", "order_number")
# By the table in docs/register.md: in these, nobody has the asset.
HELD_BY_NOBODY = frozenset({Stage.IN_STOCK, *(row.stage for row in STAGES if row.has_ended)})
_END_OF_DAY = time(23, 59, 59)


class AssetValues:
    """Reads rows with the register's names as they were when the run began."""

    def __init__(self, session: Session, context: PlanContext) -> None:
        self.context = context
        mapping = context.mapping
        self.places = PlaceIndex.load(
            session, makes=mapping.make_places, path_sign=mapping.path_sign
        )
        self.people = PeopleIndex.load(session, makes=mapping.make_people)
        self.models = ModelIndex.load(session)
        self.categories = CategoryIndex.load(session)
        self.statuses = mapping.stage_names(context.statuses)

    def read(
        self, reader: RowReader, now: AssetNow | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the values of a row, and the keys of the records that it needs first.

        :param now: the asset as it is; None for a new one.
        """
        values: dict[str, Any] = {}
        refs: dict[str, Any] = {}
        for name in PLAIN:
            if text := reader.plain(name, label_of(ImportKind.ASSETS, name)):
                values[name] = text
        # What the register has is not made another code only because it is read again.
        is_kept = now is not None and now.serial_number == reader.text("serial_number")
        if not is_kept and (serial := reader.maker_code("serial_number", "Serial")):
            values["serial_number"] = serial
        if (notes := reader.parse("notes", "Notes", check_note)) is not None:
            values["notes"] = notes
        self._read_money(reader, values, now)
        self._read_times(reader, values)
        self._read_model(reader, values, refs, now)
        self._read_whereabouts(reader, values, refs, now)
        if reader.custom:
            before = dict(now.custom) if now else {}
            # The API may have stored a number. A table has only texts, so 5 and "5" are the same.
            new = {
                header: text
                for header, text in reader.custom.items()
                if header not in before or str(before[header]).strip() != text
            }
            if new:
                values["custom"] = {**before, **new}
        return values, refs

    def _read_money(self, reader: RowReader, values: dict[str, Any], now: AssetNow | None) -> None:
        sign = self.context.mapping.decimal_sign or None
        if is_no_amount(reader.text("purchase_cost")):
            reader.texts.pop("purchase_cost", None)
        amount = reader.parse(
            "purchase_cost", "Purchase Cost", lambda text: parse_amount(text, sign)
        )
        currency = reader.parse("currency", "Currency", parse_currency)
        if amount is not None:
            values["purchase_cost_cents"] = amount[0]
            currency = currency or amount[1]
            is_same = now is not None and now.purchase_cost_cents == amount[0]
            if currency is None and not is_same and (now is None or now.currency is None):
                text = reader.text("purchase_cost")
                currency, note = guess_currency(text, self.context.currency)
                reader.notes += [note] if note else []
        if currency:
            values["currency"] = currency

    def _read_times(self, reader: RowReader, values: dict[str, Any]) -> None:
        months = reader.parse("warranty_months", "Warranty", parse_months)
        if months is not None:
            values["warranty_months"] = months
        for name in ("purchase_date", "eol_date"):
            text = reader.text(name)
            if name == "eol_date" and text and looks_like_months(text) and not is_day_number(text):
                reader.notes.append(f"the end of life {text!r} is a duration, not a date: left out")
                continue
            if (made := self._read_date(reader, name)) is not None:
                values[name] = made.isoformat()

    def _read_date(self, reader: RowReader, name: str) -> date | None:
        order = order_of(self.context.mapping, name)
        label = label_of(ImportKind.ASSETS, name)
        made = reader.parse(name, label, lambda text: parse_date(text, order))
        text = reader.text(name)
        if text and is_no_date(text):
            reader.notes.append(f"{label} {shorten(text)!r}: taken as blank")
        elif made is not None and is_day_number(text):
            reader.notes.append(f"{label} {text} is the day number of a spreadsheet: {made}")
        return made

    def _read_model(
        self,
        reader: RowReader,
        values: dict[str, Any],
        refs: dict[str, Any],
        now: AssetNow | None,
    ) -> None:
        name, number = reader.plain("model", "Model"), reader.plain("model_number", "Model No.")
        maker = reader.plain("manufacturer", "Manufacturer")
        category = reader.plain("category", "Category")
        if reader.reasons:
            return  # a row that is refused must not add a model
        model: Reference | None = now.model_id if now else None
        try:
            found = self.models.resolve(
                name=name,
                number=number,
                maker=maker,
                category=category,
                current=now.model_id if now else None,
                has_numbers="model_number" in self.context.mapping.columns,
            )
        except Unresolved as error:
            reader.reasons.append(f"Model: {error}")
            return
        if found is not None:
            model = found
            split_reference(values, refs, "model_id", found)
        elif maker:
            reader.notes.append("a manufacturer without a model: left out")
        if category and not (
            (now is None or now.category_id is None)
            and self._is_category_of(category, self.models.category_of(model))
        ):
            split_reference(values, refs, "category_id", self.categories.resolve(category))

    def _is_category_of(self, name: str, category_id: int | None) -> bool:
        return category_id is not None and match_key(
            self.categories.names[category_id]
        ) == match_key(name)

    def _read_whereabouts(
        self,
        reader: RowReader,
        values: dict[str, Any],
        refs: dict[str, Any],
        now: AssetNow | None,
    ) -> None:
        status_text = reader.plain("status", "Status")
        stage = read_status(status_text, self.statuses) if status_text else None
        if status_text and stage is None:
            reader.reasons.append(
                f"Status: {shorten(status_text)!r} is not a known status; "
                "an admin can add it to the status names"
            )
        if now and now.status is Stage.DISPOSED and stage not in {None, Stage.DISPOSED}:
            reader.reasons.append(
                "the asset is disposed of, which is final; its status cannot change"
            )
        home = self._place(reader, "home_location", "Default Location")
        place = self._current_place(reader)
        person, checked_out_place = self._holder(reader)
        place = checked_out_place if checked_out_place is not None else place
        if now is None:
            home, place = home if home is not None else place, place if place is not None else home
        for name, reference in (("home_location_id", home), ("location_id", place)):
            if reference is not None:
                split_reference(values, refs, name, reference)
        stage = self._read_end(reader, stage)
        stage = self._settle_stage(stage, status_text, person, now)
        self._read_holder(reader, values, refs, now, person, stage)
        if stage is not None or now is None:
            values["status"] = (stage or Stage.IN_STOCK).value

    def _read_end(self, reader: RowReader, stage: Stage | None) -> Stage | None:
        """Return the stage, or the one that a column such as Archived or Disposal Date gives."""
        for target, end in (("disposed", Stage.DISPOSED), ("archived", Stage.RETIRED)):
            if is_true(reader.text(target)) and stage not in {Stage.DISPOSED, end}:
                reader.notes.append(
                    f"{label_of(ImportKind.ASSETS, target)} is {shorten(reader.text(target))!r}: "
                    f"{LABELS[end].lower()}"
                )
                return end
        return stage

    @staticmethod
    def _settle_stage(
        stage: Stage | None, status_text: str, person: Reference | None, now: AssetNow | None
    ) -> Stage | None:
        """Return the stage of an asset that somebody has, or the one that the row names.

        Snipe-IT keeps the status "Ready to Deploy" for a laptop that somebody has. Here it is in
        use, unless the file uses our own word.
        """
        if person is None:
            return stage
        is_own_word = match_key(status_text) in {
            Stage.IN_STOCK.value,
            match_key(LABELS[Stage.IN_STOCK]),
        }
        was = now.status if now else Stage.IN_STOCK
        if (stage is Stage.IN_STOCK and not is_own_word) or (
            stage is None and was is Stage.IN_STOCK
        ):
            return Stage.IN_USE
        return stage

    def _read_holder(
        self,
        reader: RowReader,
        values: dict[str, Any],
        refs: dict[str, Any],
        now: AssetNow | None,
        person: Reference | None,
        stage: Stage | None,
    ) -> None:
        """Set the holder by the stage: in stock, retired and disposed mean that nobody has it."""
        status = stage or (now.status if now else Stage.IN_STOCK)
        if person is not None:
            is_kept = now is not None and now.custodian_id == person and now.status is status
            if status in HELD_BY_NOBODY and not is_kept:
                reader.reasons.append(
                    f"{LABELS[status]} means that nobody has the asset, but the row names "
                    f"{self.people.show(person)}; correct one of them"
                )
                return
            split_reference(values, refs, "custodian_id", person)
        elif now is not None and now.custodian_id is not None and stage in HELD_BY_NOBODY:
            values["custodian_id"] = None
            if now.due_at is not None:
                values["due_at"] = None
            reader.notes.append(
                f"{LABELS[status]}: {self.people.show(now.custodian_id)} gives it back"
            )
            return
        is_held = person is not None or (now is not None and now.custodian_id is not None)
        if not is_held and stage is Stage.IN_USE:
            reader.notes.append("in use, but nobody is named who has it")
        day = self._read_date(reader, "due_at")
        if day is not None and is_held:
            values["due_at"] = datetime.combine(day, _END_OF_DAY, UTC).isoformat()
        elif day is not None:
            reader.notes.append(f"due back on {day}, but nobody has it: left out")

    def _current_place(self, reader: RowReader) -> Reference | None:
        """Return where the asset is; beside a site, a location that nobody knows is inside it."""
        site, text = reader.text("site"), reader.text("location")
        if not site or (text and text in self.places.codes.values()):
            return self._place(reader, "location", "Location")
        if not text:
            return self._place(reader, "site", "Site")
        return reader.parse(
            "location", "Location", lambda name: self.places.resolve(f"{site} / {name}")
        )

    def _place(self, reader: RowReader, target: str, label: str) -> Reference | None:
        return reader.parse(target, label, self.places.resolve)

    def _holder(self, reader: RowReader) -> tuple[Reference | None, Reference | None]:
        """Return the person, and the location, that the row has the asset checked out to."""
        kind = match_key(reader.text("checkout_type"))
        if kind == "asset":
            reader.notes.append(
                "checked out to another asset, which cannot be recorded here: left out"
            )
            return None, None
        place = self._place(reader, "checkout_location", "Checked Out To: Location")
        words = PersonWords(
            number=reader.plain("custodian_number", "Employee Number"),
            email=reader.plain("custodian_email", "Email"),
            username=reader.plain("custodian_username", "Username"),
            name=" ".join(
                part
                for part in (
                    reader.plain("custodian_first", "First Name"),
                    reader.plain("custodian_last", "Last Name"),
                )
                if part
            ),
            any=reader.plain("custodian", "Checked Out To"),
        )
        if kind == "location":
            if place is None and words.any:
                place = self._place(reader, "custodian", "Checked Out To")
            return None, place
        if not words:
            return None, place
        try:
            return self._person_or_place(words, place, reader)
        except Unresolved as error:
            reader.reasons.append(f"Checked Out To: {error}")
            return None, None

    def _person_or_place(
        self, words: PersonWords, place: Reference | None, reader: RowReader
    ) -> tuple[Reference | None, Reference | None]:
        person = self.people.find(words)
        only_a_name = not (words.number or words.email or words.username or words.name)
        if person is None and place is None and only_a_name:
            # Snipe-IT's asset list writes a location into the column of people.
            found = self.places.find(words.any)
            if found is not None:
                reader.notes.append(f"checked out to the location {shorten(words.any)!r}")
                return None, found
        return (person if person is not None else self.people.resolve(words)), place

    def show(self, name: str, value: Any) -> str:
        """Return a column's value in words; a list is the key of a record still to be added."""
        if value is None:
            return ""
        if name in {"location_id", "home_location_id"}:
            return self.places.show(value)
        if name == "custodian_id":
            return self.people.show(value)
        if name == "model_id":
            return self.models.show(value)
        if name == "category_id":
            return self.categories.show(value)
        return _show_plain(name, value)


def _show_plain(name: str, value: Any) -> str:
    if name == "status":
        return LABELS[Stage(value)]
    if name == "purchase_cost_cents":
        return f"{value // 100:,}.{value % 100:02d}"
    return for_display(value)
