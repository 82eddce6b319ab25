"""`Bulk` and `Lookup`: many rows written or read by one call, a column at a time.

SQLAlchemy prepares each row anew, which costs more than the database takes to store or to find
it. Here a statement is compiled once and values are converted column by column. Over a network
the rows go as one JSON text that PostgreSQL takes apart by the table's own column types; SQLite,
which is in the process, takes them one after the other at less cost than any text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import msgspec
from sqlalchemy import (
    CompoundSelect,
    Connection,
    Dialect,
    Select,
    Table,
    bindparam,
    insert,
    update,
)

from scanner_app.models.among import bind_value, list_values, name_one
from scanner_app.models.base import Base, UTCDateTime, as_utc

_Convert = Callable[[Any], Any] | None
# SQLAlchemy keeps a parameter named as a column for its SET, hence another name for the key.
_KEY = "the_id"
_COLUMN = {_KEY: "id"}
# So few values are a parameter each.
FEW = 4


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]
    converters: tuple[_Convert, ...]
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
        self._compiled: dict[str, _Compiled] = {}
        self._from_json = self._write_from_json()

    def execute(self, connection: Connection, columns: Mapping[str, Sequence[Any]]) -> None:
        """Run the statement for every row, in order.

        :param columns: the values of each column, as many in each; `id` too for an update.
        """
        count = len(columns[self._names[0]])
        if count == 0:
            return
        # One row alone: a statement that the driver knows is less work than JSON.
        if count > 1 and connection.dialect.name == "postgresql":
            names = self._names if self._is_insert else ("id", *self._names)
            converters = [as_utc if name in self._times else None for name in names]
            lines = zip(*_convert_all(columns, names, converters), strict=True)
            rows = [dict(zip(names, line, strict=True)) for line in lines]
            text = msgspec.json.encode(rows).decode()
            connection.exec_driver_sql(self._from_json, {"rows": text})
            return
        compiled = self._compile(connection)
        lines = zip(*_convert_all(columns, compiled.names, compiled.converters), strict=True)
        parameters: list[Any] = (
            list(lines)
            if compiled.is_positional
            else [dict(zip(compiled.names, line, strict=True)) for line in lines]
        )
        # A list of one would make the driver prepare for many.
        connection.exec_driver_sql(compiled.sql, parameters if count > 1 else parameters[0])

    def _write_from_json(self) -> str:
        """Give the statement for PostgreSQL, whose one parameter is a JSON list of objects."""
        table = self._table.name
        rows = f"json_populate_recordset(NULL::{table}, %(rows)s::json) AS given"
        if self._is_insert:
            names = ", ".join(self._names)
            return f"INSERT INTO {table} ({names}) SELECT {names} FROM {rows}"  # noqa: S608 - names of our tables
        sets = ", ".join(f"{name} = given.{name}" for name in self._names)
        return f"UPDATE {table} SET {sets} FROM {rows} WHERE {table}.id = given.id"  # noqa: S608 - as above

    def _compile(self, connection: Connection) -> _Compiled:
        name = connection.dialect.name
        if name not in self._compiled:
            keys = self._names if self._is_insert else (_KEY, *self._names)
            statement = (
                insert(self._table)
                if self._is_insert
                else update(self._table)
                .where(self._table.c.id == bindparam(_KEY))
                .values({column: bindparam(column) for column in self._names})
            )
            made = statement.compile(
                dialect=connection.dialect,
                column_keys=list(keys),
                for_executemany=True,  # which returns no new ids
            )
            # What execute() itself applies to a parameter, by its column's type.
            converters = cast("dict[str, _Convert]", made._bind_processors)  # noqa: SLF001
            names = tuple(getattr(made, "positiontup", None) or keys)
            self._compiled[name] = _Compiled(
                str(made), names, tuple(map(converters.get, names)), made.positional
            )
        return self._compiled[name]


class Lookup:
    """A SELECT of the rows that belong to a list of values: a statement of `models.among`.

    :param name: the parameter that takes the list; it may stand in the statement more than once.
    """

    def __init__(self, statement: Select[Any] | CompoundSelect[Any], name: str) -> None:
        self._statement = statement
        self._name = name
        self._compiled: dict[tuple[str, int], _Compiled] = {}

    def fetch(self, connection: Connection, values: Collection[Any]) -> list[tuple[Any, ...]]:
        """Give the rows, as tuples in the order of the statement's columns."""
        dialect = connection.dialect
        few = len(values) if len(values) <= FEW else 0
        made = self._compiled.get((dialect.name, few)) or self._compile(dialect, few)
        given = (
            {name_one(self._name, i): bind_value(v, dialect) for i, v in enumerate(values)}
            if few
            else {self._name: list_values(values, dialect)}
        )
        result = connection.exec_driver_sql(
            made.sql, tuple(given[name] for name in made.names) if made.is_positional else given
        )
        rows = cast("list[tuple[Any, ...]]", result.cursor.fetchall())
        result.close()
        if not rows or not any(made.converters):
            return rows
        columns: list[Sequence[Any]] = [
            column if convert is None else _convert(column, convert)
            for column, convert in zip(zip(*rows, strict=True), made.converters, strict=True)
        ]
        return list(zip(*columns, strict=True))

    def _compile(self, dialect: Dialect, few: int) -> _Compiled:
        made = self._statement.compile(dialect=dialect, compile_kwargs={"few": few})
        converters = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._statement.selected_columns
        )
        names = tuple(made.positiontup or (self._name,))
        compiled = _Compiled(str(made), names, converters, made.positional)
        return self._compiled.setdefault((dialect.name, few), compiled)


def _convert_all(
    columns: Mapping[str, Sequence[Any]], names: Iterable[str], converters: Iterable[_Convert]
) -> Iterator[Sequence[Any]]:
    """Give the columns that are named, in this order, each converted by its own way."""
    last: Sequence[Any] = ()
    converted: Sequence[Any] = ()
    by: _Convert = None
    for name, convert in zip(names, converters, strict=True):
        values = columns[_COLUMN.get(name, name)]
        if convert is None:
            yield values
            continue
        # A scan takes effect when it was made, and that is when its thing was seen.
        if convert is not by or values != last:
            last, by, converted = values, convert, _convert(values, convert)
        yield converted


def _convert(values: Sequence[Any], convert: Callable[[Any], Any]) -> Sequence[Any]:
    first = values[0]
    # Many columns hold one value: a batch has one author, one time of arrival, one intent.
    if first == values[-1] and values.count(first) == len(values):
        return [convert(first)] * len(values)
    return [convert(value) for value in values]
