"""The fields of an asset that may be set, in the form that the columns hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.services.register.codes import Code

LONGEST_TAG = 64
# The columns that a draft or a change may set, with what a new asset has where it is silent.
DEFAULTS: Mapping[str, Any] = {
    "asset_tag": None,
    "name": "",
    "serial_number": None,
    "model_id": None,
    "category_id": None,
    "status": Stage.IN_STOCK,
    "location_id": None,
    "home_location_id": None,
    "custodian_id": None,
    "due_at": None,
    "condition": None,
    "purchase_date": None,
    "purchase_cost_cents": None,
    "currency": None,
    "supplier": None,
    "order_number": None,
    "warranty_months": None,
    "eol_date": None,
    "notes": None,
    "custom": None,
}
# Of these, an empty text says nothing, and nothing is kept as NULL.
_NO_BLANKS = frozenset(
    {"serial_number", "condition", "currency", "supplier", "order_number", "notes"}
)


def read_asset_tag(text: Any) -> str:
    """Give an asset tag as it is kept, or say why it cannot be one."""
    tag = text.strip() if isinstance(text, str) else ""
    problem = None
    if not tag:
        problem = "Give the asset a tag."
    elif len(tag) > LONGEST_TAG:
        problem = f"Use at most {LONGEST_TAG} characters."
    elif not tag.isprintable():
        problem = "Leave out control and invisible characters."
    elif not any(char.isalnum() for char in tag):
        # A tag of dots or slashes alone could not stand in an address.
        problem = "Use at least one letter or digit."
    if problem:
        raise Invalid(
            f"The asset tag {tag[:LONGEST_TAG]!r} cannot be taken. {problem}",
            errors={"asset_tag": [problem]},
        )
    return tag


def own_codes(values: Mapping[str, Any]) -> list[Code]:
    """Give the codes that follow from an asset's own columns."""
    codes: list[Code] = [("tag", tag_key(values["asset_tag"]))]
    serial = tag_key(values["serial_number"] or "")
    if serial:
        codes.append(("serial", serial))
    return codes


def clean_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields as the columns hold them."""
    unknown = fields.keys() - DEFAULTS.keys()
    if unknown:
        raise ValueError(f"no register fields: {', '.join(sorted(unknown))}")
    values = dict(fields)
    if "asset_tag" in values:
        values["asset_tag"] = read_asset_tag(values["asset_tag"])
    if "status" in values:
        values["status"] = Stage(values["status"])
    for column in ("name", "serial_number"):
        if isinstance(values.get(column), str):
            values[column] = values[column].strip()
    if "name" in values:
        values["name"] = values["name"] or ""
    for column in _NO_BLANKS & values.keys():
        values[column] = values[column] or None
    if "custom" in values:
        values["custom"] = dict(values["custom"] or {})
    return values
