"""`Lookup`: the rows that belong to a list of values, read without SQLAlchemy's row objects.

Every scan waits for these reads. A statement is compiled once, its rows are plain tuples, and their
values are converted column by column. The plain twin is `fetch_plainly`; docs/benchmarks.md has the
difference.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from sqlalchemy import CompoundSelect, Connection, Dialect, Select

from scanner_app.sql.bulk_write import Compiled, convert_column
from scanner_app.sql.plain import is_plain
from scanner_app.sql.value_list import bind_value, list_values, name_one

# Up to this many values are a parameter each.
MAX_FEW = 4


class Lookup:
    """A SELECT of the rows that belong to a list of values: a statement of `sql.value_list`.

    :param name: the parameter that takes the list; the statement may use it more than once.
    """

    def __init__(self, statement: Select[Any] | CompoundSelect[Any], name: str) -> None:
        self._statement = statement
        self._name = name
        self._compiled: dict[tuple[str, int], Compiled] = {}

    def fetch(self, connection: Connection, values: Collection[Any]) -> list[tuple[Any, ...]]:
        """Return the rows, as tuples in the order of the statement's columns."""
        if is_plain():
            return self.fetch_plainly(connection, values)
        dialect = connection.dialect
        few = len(values) if len(values) <= MAX_FEW else 0
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
            column if convert is None else convert_column(column, convert)
            for column, convert in zip(zip(*rows, strict=True), made.converters, strict=True)
        ]
        return list(zip(*columns, strict=True))

    def fetch_plainly(
        self, connection: Connection, values: Collection[Any]
    ) -> list[tuple[Any, ...]]:
        """Return the same rows by SQLAlchemy's own way."""
        rows = connection.execute(self._statement, {self._name: list(values)})
        return [tuple(row) for row in rows]

    def _compile(self, dialect: Dialect, few: int) -> Compiled:
        made = self._statement.compile(dialect=dialect, compile_kwargs={"few": few})
        converters = tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in self._statement.selected_columns
        )
        names = tuple(made.positiontup or (self._name,))
        compiled = Compiled(str(made), names, converters, made.positional)
        return self._compiled.setdefault((dialect.name, few), compiled)
