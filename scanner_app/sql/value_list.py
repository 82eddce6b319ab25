"""`is_one_of` and `is_among`: a condition with one parameter for many values.

A list of a thousand parameters makes a statement that is compiled again for every call, which costs
more than what it asks for. With one parameter a statement is a constant of its module. The plain
twin is SQLAlchemy's own `column IN (...)`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Boolean, ColumnElement, Dialect, Text, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from scanner_app.sql.plain import is_plain


class ListOf(TypeDecorator[Collection[Any]]):
    """A list of values as one parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(ARRAY(self.item))
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        return list_values(value or (), dialect)


def bind_value(value: Any, dialect: Dialect) -> Any:
    """Return a number, text or UUID as a driver takes it."""
    # SQLite keeps a UUID as its 32 hexadecimal digits.
    return value.hex if isinstance(value, UUID) and dialect.name == "sqlite" else value


def list_values(values: Collection[Any], dialect: Dialect) -> Any:
    """Return a list as a driver takes it for one parameter."""
    listed = list(values)
    if dialect.name == "postgresql":
        return listed
    if listed and isinstance(listed[0], UUID):
        listed = [value.hex for value in listed]
    return msgspec.json.encode(listed, enc_hook=str).decode()


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: object = None) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        # Without this, SQLite is asked for `(x IN (...)) = 1` and uses no index.
        return self


def name_one(name: str, index: int) -> str:
    """Return the name of the parameter for one value of a short list."""
    return f"{name}_{index}"


def _as_few(element: _Among, compiler: Any, count: int, options: dict[str, Any]) -> str:
    """Write the condition for exactly `count` values, each a parameter.

    PostgreSQL plans a statement with an array again at every call, because it hopes for a shorter
    array. A statement that says how many values there are is planned once.
    """
    column, listed = element.clauses
    ones = [
        compiler.process(bindparam(name_one(str(listed.key), i), type_=column.type), **options)
        for i in range(count)
    ]
    return f"{compiler.process(column, **options)} IN ({', '.join(ones)})"


@compiles(_Among, "postgresql")
def _as_array(element: _Among, compiler: Any, *, few: int = 0, **options: Any) -> str:
    if few:
        return _as_few(element, compiler, few, options)
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} = ANY({values})"


@compiles(_Among, "sqlite")
def _as_json(element: _Among, compiler: Any, *, few: int = 0, **options: Any) -> str:
    if few:
        return _as_few(element, compiler, few, options)
    column, values = (compiler.process(clause, **options) for clause in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled clauses


def is_one_of(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Return the condition that a column is one of these values, for a statement used once."""
    if is_plain():
        return column.in_(list(values))
    return _Among(column, bindparam(None, values, type_=ListOf(column.type), unique=True))


def is_among(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """Return the condition that a column is one of the values of the parameter `name`, a list."""
    if is_plain():
        return column.in_(bindparam(name, expanding=True, type_=column.type))
    return _Among(column, bindparam(name, type_=ListOf(column.type)))
