"""`Bulk`: many rows written by one call, from columns rather than from rows.

SQLAlchemy prepares the parameters of every row, which costs more than the database takes to store
them. Here a statement is compiled once and values are converted column by column. PostgreSQL takes
the rows as one JSON text and takes it apart by the table's own column types. SQLite is in the
process: there one statement takes many rows, and a value that all rows share is passed once. The
plain twin is `execute_plainly`; docs/benchmarks.md has the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import Connection, Insert, Table, Update, bindparam, insert, update

from scanner_app.models.base import Base, UTCDateTime, as_utc
from scanner_app.sql.plain import is_plain

Convert = Callable[[Any], Any] | None
# SQLAlchemy keeps a parameter named as a column for its SET, hence another name for the key.
_KEY = "the_id"
_COLUMN = {_KEY: "id"}
# Rows that one statement takes on SQLite: with all columns of a table still far below its limit of
# 32,766 parameters.
_CHUNK = 100


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement as the driver takes it: its parameters' names, in order, and conversions."""

    sql: str
    names: tuple[str, ...]
    converters: tuple[Convert, ...]
    is_positional: bool


class Bulk:
    """An INSERT, or an UPDATE by `id`, to be run for many rows at once.

    :param names: the columns that every row has; for an update, without `id`.
    """

    def __init__(
        self, model: type[Base], names: Sequence[str], *, kind: Literal["insert", "update"]
    ) -> None:
        self._table = cast("Table", model.__table__)
        self._names = tuple(names)
        self._times = {c.key for c in self._table.columns if isinstance(c.type, UTCDateTime)}
        self._is_insert = kind == "insert"
        self._compiled: dict[str, Compiled] = {}
        self._from_json = self._write_from_json()

    def execute(self, connection: Connection, columns: Mapping[str, Sequence[Any]]) -> None:
        """Run the statement for every row, in order.

        :param columns: the values of each column, as many in each; `id` too for an update.
        """
        count = len(columns[self._names[0]])
        if is_plain():
            self.execute_plainly(connection, columns)
        elif count == 1:
            # For one row a statement that the driver knows is less work than JSON.
            self._write_rows(connection, self._convert(connection, columns))
        elif count and connection.dialect.name == "postgresql":
            self._write_json(connection, columns)
        elif count:
            converted = self._convert(connection, columns)
            whole = count - count % _CHUNK
            if whole:
                self._write_chunks(connection, converted, whole)
            if whole < count:
                self._write_rows(connection, [column[whole:] for column in converted])

    def execute_plainly(self, connection: Connection, columns: Mapping[str, Sequence[Any]]) -> None:
        """Write the same rows by SQLAlchemy's own way."""
        keys = self._keys()
        lines = zip(*[columns[_COLUMN.get(key, key)] for key in keys], strict=True)
        rows = [dict(zip(keys, line, strict=True)) for line in lines]
        if rows:
            connection.execute(self._statement(), rows)

    def _keys(self) -> tuple[str, ...]:
        return self._names if self._is_insert else (_KEY, *self._names)

    def _statement(self) -> Insert | Update:
        if self._is_insert:
            return insert(self._table)
        return (
            update(self._table)
            .where(self._table.c.id == bindparam(_KEY))
            .values({column: bindparam(column) for column in self._names})
        )

    def _convert(
        self, connection: Connection, columns: Mapping[str, Sequence[Any]]
    ) -> list[Sequence[Any]]:
        """Return the columns as the driver takes them, in the order of its parameters."""
        compiled = self._compile(connection)
        return list(_convert_all(columns, compiled.names, compiled.converters))

    def _write_rows(self, connection: Connection, columns: list[Sequence[Any]]) -> None:
        compiled = self._compile(connection)
        lines = zip(*columns, strict=True)
        parameters: list[Any] = (
            list(lines)
            if compiled.is_positional
            else [dict(zip(compiled.names, line, strict=True)) for line in lines]
        )
        # For a list of one row the driver would prepare an executemany.
        connection.exec_driver_sql(
            compiled.sql, parameters if len(parameters) > 1 else parameters[0]
        )

    def _write_chunks(
        self, connection: Connection, columns: list[Sequence[Any]], count: int
    ) -> None:
        """Write the first rows on SQLite, a whole number of chunks of them."""
        names = self._compile(connection).names
        shared = tuple(has_one_value(column) for column in columns)
        sql = _make_chunk(self._table.name, names, shared, is_insert=self._is_insert)
        once = [column[0] for column, is_shared in zip(columns, shared, strict=True) if is_shared]
        own = [column for column, is_shared in zip(columns, shared, strict=True) if not is_shared]
        for start in range(0, count, _CHUNK):
            lines = zip(*[column[start : start + _CHUNK] for column in own], strict=True)
            connection.exec_driver_sql(sql, (*once, *chain.from_iterable(lines)))

    def _write_json(self, connection: Connection, columns: Mapping[str, Sequence[Any]]) -> None:
        given = self._names if self._is_insert else ("id", *self._names)
        # A column that the text leaves out becomes NULL: leave out the empty ones.
        names = [n for n in given if not (columns[n][0] is None and has_one_value(columns[n]))]
        converters = [as_utc if name in self._times else None for name in names]
        lines = zip(*_convert_all(columns, names, converters), strict=True)
        rows = [dict(zip(names, line, strict=True)) for line in lines]
        text = msgspec.json.encode(rows, enc_hook=str).decode()
        connection.exec_driver_sql(self._from_json, {"rows": text})

    def _write_from_json(self) -> str:
        """Return the statement for PostgreSQL, whose one parameter is a JSON list of objects."""
        table = self._table.name
        rows = f"json_populate_recordset(NULL::{table}, %(rows)s::json) AS given"
        if self._is_insert:
            names = ", ".join(self._names)
            return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - names of our tables
        sets = ", ".join(f"{name} = given.{name}" for name in self._names)
        return f"UPDATE {table} SET {sets} FROM {rows} WHERE {table}.id = given.id"  # noqa: S608 - as above

    def _compile(self, connection: Connection) -> Compiled:
        name = connection.dialect.name
        if name not in self._compiled:
            keys = self._keys()
            made = self._statement().compile(
                dialect=connection.dialect,
                column_keys=list(keys),
                for_executemany=True,  # which returns no new ids
            )
            converters = cast("dict[str, Convert]", made._bind_processors)  # noqa: SLF001 - what execute() itself applies to a parameter
            names = tuple(getattr(made, "positiontup", None) or keys)
            self._compiled[name] = Compiled(
                str(made), names, tuple(map(converters.get, names)), made.positional
            )
        return self._compiled[name]


def _convert_all(
    columns: Mapping[str, Sequence[Any]], names: Iterable[str], converters: Iterable[Convert]
) -> Iterator[Sequence[Any]]:
    """Return the columns that are named, in this order, each converted by its own function."""
    last: Sequence[Any] = ()
    converted: Sequence[Any] = ()
    by: Convert = None
    for name, convert in zip(names, converters, strict=True):
        values = columns[_COLUMN.get(name, name)]
        if convert is None:
            yield values
            continue
        # `scanned_at`, `effective_at` and `last_seen_at` often hold the same list: convert it once.
        if convert is not by or values != last:
            last, by, converted = values, convert, convert_column(values, convert)
        yield converted


def convert_column(values: Sequence[Any], convert: Callable[[Any], Any]) -> Sequence[Any]:
    """Return the values converted. If all are the same, one conversion serves them all."""
    if has_one_value(values):
        return [convert(values[0])] * len(values)
    return [convert(value) for value in values]


def has_one_value(values: Sequence[Any]) -> bool:
    """Return whether all values are the same: a batch has one author and one time of arrival."""
    return values[0] == values[-1] and values.count(values[0]) == len(values)


@lru_cache(maxsize=64)
def _make_chunk(
    table: str, names: tuple[str, ...], shared: tuple[bool, ...], *, is_insert: bool
) -> str:
    """Return a chunk's statement: first the parameters that all rows share, then each row's."""
    common = [name for name, is_shared in zip(names, shared, strict=True) if is_shared]
    own = [name for name in names if name not in common]
    places = {name: f"?{i}" for i, name in enumerate(common, 1)}
    rows = []
    for row in range(_CHUNK):
        first = len(common) + row * len(own) + 1
        places.update((name, f"?{i}") for i, name in enumerate(own, first))
        rows.append(f"({', '.join(places[name] for name in names)})")
    listed, values = ", ".join(names), ", ".join(rows)
    if is_insert:
        return f"INSERT INTO {table} ({listed}) VALUES {values}"  # noqa: S608 - names of our tables
    sets = ", ".join(f"{name} = given.{name}" for name in names if name != _KEY)
    return (
        f"WITH given ({listed}) AS (VALUES {values}) "  # noqa: S608 - as above
        f"UPDATE {table} SET {sets} FROM given WHERE {table}.id = given.{_KEY}"
    )
