"""How the columns of one file are read: suggested by its headers, then corrected by a person.

One look at the whole file comes first: only a whole column shows how its dates and amounts are
written, and which statuses are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from scanner_app.domain.errors import Invalid, TooLarge
from scanner_app.domain.imports import FACTS, ImportKind
from scanner_app.domain.imports.columns import (
    count_known,
    find_doubles,
    find_missing,
    is_from_snipe,
    label_of,
    match_headers,
    targets_with,
)
from scanner_app.domain.imports.kind import CUSTOM, IGNORED, Holds
from scanner_app.domain.imports.known_files import recognise_file
from scanner_app.domain.licences.metrics import hint_of
from scanner_app.domain.register.lifecycle import LABELS, Stage
from scanner_app.services.files.tables.open import FIND_OUT, Reading, SourceTable, open_table
from scanner_app.services.files.tables.source_row import Row, clean_cell
from scanner_app.services.imports.cells import is_blank_word
from scanner_app.services.imports.dates import DateColumn, DateOrder
from scanner_app.services.imports.money import AmountColumn
from scanner_app.services.imports.names import match_key
from scanner_app.services.register.codes import holds_secret

MAX_STATUSES = 200
SAMPLES = 3
SAMPLED_ROWS = 50
MAX_SAMPLE = 60
MAX_ENCODINGS = 6

_STAGES = {match_key(text): stage for stage in Stage for text in (stage.value, LABELS[stage])}
_WITH_META = re.compile(r"(.+?)\s*\(([a-z]+)\)")


def read_status(text: str, names: Mapping[str, Stage]) -> Stage | None:
    """Return the stage that a status name means: our own words first, then the table's.

    Snipe-IT's report writes `Ready to Deploy (Deployed)`: the label, then its type. An asset of
    the type "deployed" is in use, whatever its label.
    """
    key = match_key(text)
    if found := _STAGES.get(key) or names.get(key):
        return found
    if parts := _WITH_META.fullmatch(key):
        label, meta = parts[1], parts[2]
        if meta == "deployed":
            return names.get(meta, Stage.IN_USE)
        return names.get(label) or _STAGES.get(label) or names.get(meta)
    return None


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What each column means, and how its values are read; a run keeps it as JSON."""

    columns: tuple[str, ...] = ()
    date_orders: Mapping[str, str] = field(default_factory=dict)
    decimal_sign: str = ""
    make_places: bool = False
    make_people: bool = False
    statuses: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    separator: str = ""
    sheet: str = ""
    header_row: int = 0
    path_sign: str = ""
    # Cells that a person corrected: of each row, by its number, the text of each column.
    mended: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def mend(self, rows: Iterable[Row]) -> Iterator[Row]:
        """Yield the rows of the file with the cells that a person corrected."""
        for row in rows:
            changed = self.mended.get(str(row.number))
            if changed:
                width = max(len(row.cells), *(int(at) + 1 for at in changed))
                cells = [*row.cells, *[""] * (width - len(row.cells))]
                for at, text in changed.items():
                    cells[int(at)] = clean_cell(text)
                yield Row(row.number, cells)
            else:
                yield row

    @property
    def reading(self) -> Reading:
        """How the file is read; what is blank is found out."""
        return Reading(self.encoding, self.separator, self.sheet, self.header_row)

    def as_json(self) -> dict[str, Any]:
        """Return the mapping as a run keeps it."""
        made: dict[str, Any] = msgspec.to_builtins(self, enc_hook=str)
        return made

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> ColumnMapping:
        """Return the mapping that a run keeps."""
        return msgspec.convert(stored, cls)

    def stage_names(self, table: Mapping[str, Stage]) -> dict[str, Stage]:
        """Return the register's status names, overruled by what a person chose for this file."""
        return {**table, **{name: Stage(stage) for name, stage in self.statuses.items()}}


@dataclass(frozen=True, slots=True)
class Profile:
    """What one look at the whole file showed."""

    rows: int
    samples: tuple[tuple[str, ...], ...]
    unknown_statuses: tuple[str, ...] = ()
    ambiguous_dates: Mapping[str, str] = field(default_factory=dict)
    date_orders: Mapping[str, str] = field(default_factory=dict)
    decimal_sign: str = ""
    encodings: Mapping[str, str] = field(default_factory=dict)
    blank: frozenset[int] = frozenset()  # columns without any value
    dropped: tuple[str, ...] = ()
    kept_beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file, how it is read by default, and what it holds."""

    table: SourceTable
    mapping: ColumnMapping
    profile: Profile


def inspect_file(
    path: Path,
    kind: ImportKind,
    *,
    statuses: Mapping[str, Stage],
    max_rows: int,
    mapping: ColumnMapping | None = None,
    reading: Reading = FIND_OUT,
) -> Inspection:
    """Read a file once: find out how it is read, and which questions its columns leave open.

    :param mapping: what a person chose; None takes what the header row suggests.
    :param reading: how the file is read, where no mapping says so.
    :raises BadTable: the file is not a table.
    :raises TooLarge: the file has too many rows.
    """
    table = open_table(
        path,
        count_known=lambda headers: count_known(kind, headers),
        reading=mapping.reading if mapping else reading,
    )
    refuse_other_things(kind, table)
    chosen = mapping or suggest_mapping(kind, table)
    if len(chosen.columns) != len(table.headers):  # another separator or row makes other columns
        chosen = suggest_mapping(kind, table)
    profile = profile_table(kind, table, chosen, statuses=statuses, max_rows=max_rows)
    return Inspection(table, settle(chosen, profile), profile)


def refuse_other_things(kind: ImportKind, table: SourceTable) -> None:
    """Raise if the file lists things that are not kept here, or that another kind of import reads.

    :raises Invalid: the message says what the file is and what to do.
    """
    known = recognise_file(table.headers)
    if known is None or kind.value in {known.kind, *known.also}:
        return
    if not known.kind:
        raise Invalid(
            f"This file holds {known.title}. {known.not_kept} Nothing of it can be imported.",
            code="file_not_kept",
        )
    label = FACTS[ImportKind(known.kind)].label.lower()
    raise Invalid(
        f"This file holds {known.title}. Import it as {label}, not as {FACTS[kind].label.lower()}.",
        code="file_of_another_kind",
    )


def suggest_mapping(kind: ImportKind, table: SourceTable) -> ColumnMapping:
    """Return the mapping that the header row suggests.

    A file of another program names locations and people that only it knows, so they are added.
    """
    known = recognise_file(table.headers)
    is_foreign = is_from_snipe(kind, table.headers) or known is not None
    return ColumnMapping(
        columns=match_headers(kind, table.headers),
        make_places=is_foreign,
        make_people=is_foreign,
        # Blank as long as a person has to choose it.
        encoding="" if table.encodings else table.encoding,
        separator=table.separator,
        sheet=table.sheet,
        header_row=table.header_row,
        path_sign=known.path_sign if known else "",
    )


def profile_table(
    kind: ImportKind,
    table: SourceTable,
    mapping: ColumnMapping,
    *,
    statuses: Mapping[str, Stage],
    max_rows: int,
) -> Profile:
    """Read the whole file once and return what its columns hold.

    :raises TooLarge: the file has more rows than the setting allows.
    :raises BadTable: a row cannot be read.
    """

    def columns_of(holds: Holds) -> list[int]:
        wanted = targets_with(kind, holds)
        return [at for at, target in enumerate(mapping.columns) if target in wanted]

    dates = {at: DateColumn() for at in columns_of(Holds.DATE)}
    amounts = {at: AmountColumn() for at in columns_of(Holds.AMOUNT)}
    gathered: dict[int, DateColumn | AmountColumn] = {**dates, **amounts}
    status_at = next(iter(columns_of(Holds.STATUS)), None)
    statuses_seen = StatusColumn(mapping.stage_names(statuses))
    samples: list[list[str]] = [[] for _ in table.headers]
    rows = 0
    blank = set(range(len(table.headers)))
    for rows, cells in enumerate(_limit_rows(mapping.mend(table.rows()), max_rows), 1):
        if rows <= SAMPLED_ROWS:
            _gather_samples(samples, cells, columns_of(Holds.KEY))
        for at, column in gathered.items():
            if at < len(cells) and cells[at]:
                column.add(cells[at])
        if status_at is not None and status_at < len(cells):
            statuses_seen.add(cells[status_at])
        blank -= {at for at in blank if at < len(cells) and cells[at]}
    dropped, kept_beside = _tell_columns(kind, table.headers, mapping, blank)
    return Profile(
        rows=rows,
        samples=tuple(tuple(column) for column in samples),
        unknown_statuses=tuple(statuses_seen.unknown.values()),
        ambiguous_dates={
            mapping.columns[at]: seen.example for at, seen in dates.items() if seen.is_ambiguous
        },
        date_orders={mapping.columns[at]: seen.order for at, seen in dates.items() if seen.order},
        decimal_sign=next((seen.decimal_sign or "" for seen in amounts.values()), ""),
        encodings=table.encodings if not mapping.encoding else {},
        blank=frozenset(blank),
        dropped=dropped,
        kept_beside=kept_beside,
    )


def _limit_rows(rows: Iterable[Row], limit: int) -> Iterator[list[str]]:
    for number, row in enumerate(rows, 1):
        if number > limit:
            raise TooLarge(f"The file has more than {limit:,} rows. Import it in parts.")
        yield row.cells


def _tell_columns(
    kind: ImportKind, headers: Sequence[str], mapping: ColumnMapping, blank: Collection[int]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the headers with values that are dropped, and those that yield to others."""
    filled = [
        (name, target)
        for at, (name, target) in enumerate(zip(headers, mapping.columns, strict=False))
        if at not in blank
    ]
    return (
        tuple(name for name, target in filled if target == IGNORED),
        tuple(
            name
            for name, target in filled
            # Alone, the same header would mean something.
            if target == CUSTOM and match_headers(kind, [name])[0] not in {IGNORED, CUSTOM}
        ),
    )


@dataclass(slots=True)
class StatusColumn:
    """Gathers the status names whose meaning is unknown."""

    names: Mapping[str, Stage]
    known: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)

    def add(self, cell: str) -> None:
        if cell in self.known or holds_secret(cell):
            return  # a password is refused in its row; asking what it means would show it
        text = cell
        # A status with control characters is refused in its row; kept here it would break JSON.
        if is_blank_word(text):
            return  # taken as blank in its row
        if not text or not text.isprintable() or read_status(text, self.names) is not None:
            if len(self.known) < MAX_STATUSES:
                self.known.add(cell)
        elif len(self.unknown) < MAX_STATUSES:
            self.unknown.setdefault(match_key(text), text[:100])


def _gather_samples(samples: list[list[str]], cells: Sequence[str], keys: Collection[int]) -> None:
    for at, (column, cell) in enumerate(zip(samples, cells, strict=False)):
        text = " ".join(cell[:MAX_SAMPLE].split())
        if at in keys and text:
            text = f"…{hint_of(cell)}"
        if holds_secret(cell):
            continue  # a password is refused in its row, and must not be shown as a sample
        if text and text.isprintable() and len(column) < SAMPLES and text not in column:
            column.append(text)


def check_mapping(
    kind: ImportKind, headers: Sequence[str], mapping: ColumnMapping, profile: Profile
) -> None:
    """Raise unless the mapping answers every question; the error names all open ones.

    :raises Invalid: `errors` by field: columns, dates, statuses.
    """
    errors: dict[str, list[str]] = {}
    if len(mapping.columns) != len(headers):
        errors.setdefault("columns", []).append(
            "The file does not have these columns. Upload it again."
        )
    if missing := find_missing(kind, mapping.columns):
        errors.setdefault("columns", []).append(
            f"Choose the column that is the {', '.join(missing)}."
        )
    doubles = find_doubles(mapping.columns)
    for target in dict.fromkeys(doubles.values()):
        rivals = [repr(headers[at]) for at, name in doubles.items() if name == target]
        errors.setdefault("columns", []).append(
            f"{' and '.join(rivals)} may both be the {label_of(kind, target)}. "
            "Choose one; leave the other out or keep it as its own column."
        )
    if profile.encodings and not mapping.encoding:
        errors.setdefault("encoding", []).append(
            "The file does not show how it is encoded, so letters may come out wrong. Choose the "
            "encoding in which they look right: " + _list_encodings(profile.encodings)
        )
    for target, example in profile.ambiguous_dates.items():
        if target not in mapping.date_orders:
            errors.setdefault("dates", []).append(
                f"{label_of(kind, target)}: {example} can be read two ways. "
                "Choose whether the day or the month is first."
            )
    if profile.unknown_statuses:
        names = ", ".join(profile.unknown_statuses[:8])
        errors.setdefault("statuses", []).append(f"Choose what each status means: {names}.")
    if errors:
        raise Invalid("The columns are not clear yet.", code="mapping_open", errors=errors)


def _list_encodings(encodings: Mapping[str, str]) -> str:
    shown = list(encodings.items())[:MAX_ENCODINGS]
    return "; ".join(f"{name}: {sample}" for name, sample in shown) + "."


def settle(mapping: ColumnMapping, profile: Profile) -> ColumnMapping:
    """Return the mapping with what the columns themselves show; what a person chose is kept."""
    doubles = find_doubles(mapping.columns)
    return replace(
        mapping,
        # A second column of a meaning asks nothing if no row has anything in it.
        columns=tuple(
            IGNORED if at in doubles and at in profile.blank and len(doubles) > 1 else target
            for at, target in enumerate(mapping.columns)
        ),
        date_orders={**profile.date_orders, **mapping.date_orders},
        decimal_sign=mapping.decimal_sign or profile.decimal_sign,
    )


def order_of(mapping: ColumnMapping, target: str) -> DateOrder | None:
    """Return whether the day or the month is first in a column; None where that is open."""
    order = mapping.date_orders.get(target)
    return DateOrder(order) if order else None
