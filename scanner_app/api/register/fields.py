"""The JSON fields that several nouns of the register share: money, codes, lists, query texts."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from scanner_app.api.body import SafeText
from scanner_app.domain.money import read_money
from scanner_app.domain.text import is_storable
from scanner_app.queries.paging import MAX_CURSOR


class Money(fields.Field[int]):
    """An amount of money: a decimal text or a number in JSON, whole cents inside."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "oneOf": [{"type": "string", "pattern": r"^\d{1,13}(\.\d{1,2})?$"}, {"type": "number"}],
            "example": "1234.50",
        }
        super().__init__(metadata=metadata, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        del attr, data, kwargs
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValidationError("Enter an amount such as 1234.50.")
        try:
            return read_money(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from None


class QueryText(SafeText):
    """A text in the query string.

    Text that cannot be sent to a database is refused with a message.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if not is_storable(text):
            raise ValidationError("Contains half a character.")
        return text


class AssetCodeSchema(Schema):
    scheme = SafeText(limit=32, required=True, blank=False)
    value = SafeText(limit=255, required=True, blank=False)


class PageQuery(Schema):
    q = QueryText(
        limit=200, metadata={"description": "Words; an asset, location or person must match all."}
    )
    limit = fields.Integer(load_default=100, strict=False, validate=validate.Range(min=1, max=500))
    cursor = QueryText(limit=MAX_CURSOR)


def codes_of(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with identifiers as pairs, the form that the services expect."""
    if values.get("identifiers") is not None:
        values["identifiers"] = [(item["scheme"], item["value"]) for item in values["identifiers"]]
    return values
