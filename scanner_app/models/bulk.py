"""`Bulk`: one statement for many rows, its columns' types applied column by column.

SQLAlchemy prepares the parameters of each row anew, which costs more than the database takes to
store them. A statement compiled once, and each distinct value converted once, do the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Insert, Update

_Convert = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    names: tuple[str, ...]
    converters: tuple[_Convert, ...]
    is_positional: bool


class Bulk:
    """An INSERT or UPDATE to be run for many rows at once.

    :param statement: an INSERT, or an UPDATE with a `bindparam` for each value.
    :param names: the columns, or parameters, that every row has.
    """

    def __init__(self, statement: Insert | Update, names: Sequence[str]) -> None:
        self._statement = statement
        self._names = list(names)
        self._compiled: dict[str, _Compiled] = {}

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run the statement for every row, in order."""
        if not rows:
            return
        compiled = self._compile(connection)
        columns = [
            _convert([row[name] for row in rows], convert)
            for name, convert in zip(compiled.names, compiled.converters, strict=True)
        ]
        lines = zip(*columns, strict=True)
        parameters: list[Any] = (
            list(lines)
            if compiled.is_positional
            else [dict(zip(compiled.names, line, strict=True)) for line in lines]
        )
        # A list of one would make the driver prepare for many.
        connection.exec_driver_sql(
            compiled.sql, parameters if len(parameters) > 1 else parameters[0]
        )

    def _compile(self, connection: Connection) -> _Compiled:
        name = connection.dialect.name
        if name not in self._compiled:
            made = self._statement.compile(
                dialect=connection.dialect,
                column_keys=self._names,
                for_executemany=True,  # which returns no new ids
            )
            names = tuple(getattr(made, "positiontup", None) or self._names)
            # What execute() itself applies to a parameter, by its column's type.
            converters = cast("dict[str, _Convert]", made._bind_processors)  # noqa: SLF001
            self._compiled[name] = _Compiled(
                str(made), names, tuple(map(converters.get, names)), made.positional
            )
        return self._compiled[name]


def _convert(values: list[Any], convert: _Convert) -> list[Any]:
    if convert is None:
        return values
    # Most columns hold few distinct values: a batch has one author, one day, a place or two.
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]
