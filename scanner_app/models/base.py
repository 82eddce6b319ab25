"""The base of all tables: names of constraints, types of columns, and times with their zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import to_builtins
from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator

from scanner_app.domain.text import mark_typed

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def as_utc(value: datetime | None) -> datetime | None:
    """Return a time in UTC.

    :raises ValueError: the time has no zone, so it could be any of many moments.
    """
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError(f"the time {value!r} has no zone: add one")
    return value.astimezone(UTC)


def _write_text(value: datetime | None) -> str | None:
    """Return a time as SQLite stores it: in UTC, to the microsecond, without a zone."""
    if value is None:
        return None
    text: str = to_builtins(as_utc(value))  # 2026-03-02T08:00:00.000001Z
    return f"{text[:10]} {text[11:26]}" if "." in text else f"{text[:10]} {text[11:19]}.000000"


def _read_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


class UTCDateTime(TypeDecorator[datetime]):
    """A column of times with a zone. SQLite drops the zone: a row that is read gets it again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return as_utc(value)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        # The same text as SQLAlchemy writes, in fewer steps: each list and each scan writes many.
        return _write_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        if dialect.name == "sqlite":
            return _read_text
        return super().result_processor(dialect, coltype)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return as_utc(value)


class TypedText(TypeDecorator[str]):
    """A column of what people typed. Texts of this program are in columns of `Text`."""

    impl = Text
    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any]:  # noqa: ARG002 - SQLAlchemy's signature
        return mark_typed


JSONType = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    # Flask-SQLAlchemy raises if `type_annotation_map` is an attribute, so it is in a registry.
    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UTCDateTime(),
            str: TypedText(),
            UUID: Uuid(),
            dict[str, Any]: JSONType,
            list[str]: JSONType,
        },
    )


def enum_column(kind: type[StrEnum], name: str, *, is_checked: bool = True) -> Enum:
    """Return a column of text that holds the values of an enum, the same on both databases.

    :param is_checked: whether a CHECK with this name guards the values. States have one. A list to
        which code often adds has none: each new value would be a migration that changes the CHECK,
        for which SQLite copies the whole table.
    """
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=is_checked,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )
