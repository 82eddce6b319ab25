"""The fields of an asset that can be set, in the form that the columns store."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from scanner_app.decoding.codes.read import tag_key
from scanner_app.domain.errors import Invalid
from scanner_app.domain.register.kinds import AssetKind
from scanner_app.domain.register.lifecycle import Stage
from scanner_app.services.register.codes import Code

MAX_TAG = 64
MAX_MONTHS = 1200
# The columns that a draft or a change may set, and the value of a new asset that does not set them.
DEFAULTS: Mapping[str, Any] = {
    "asset_tag": None,
    "name": "",
    "kind": AssetKind.HARDWARE,
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
    "lost_since": None,
    "notes": None,
    "custom": None,
}
# In these columns an empty text has no meaning, so it is stored as NULL.
_NO_BLANKS = frozenset(
    {"serial_number", "condition", "currency", "supplier", "order_number", "notes"}
)


def read_asset_tag(text: Any) -> str:
    """Return an asset tag as it is stored.

    :raises Invalid: it cannot be a tag; the message says why.
    """
    tag = unicodedata.normalize("NFKC", text).strip() if isinstance(text, str) else ""
    problem = None
    if not tag:
        problem = "Give the asset a tag."
    elif len(tag) > MAX_TAG:
        problem = f"Use at most {MAX_TAG} characters."
    elif not tag.isprintable():
        problem = "Leave out control and invisible characters."
    elif not any(char.isalnum() for char in tag):
        # A tag of dots or slashes alone would not work in an address.
        problem = "Use at least one letter or digit."
    if problem:
        raise Invalid(
            f"The asset tag {tag[:MAX_TAG]!r} cannot be used. {problem}",
            errors={"asset_tag": [problem]},
        )
    return tag


def _to_normal_form(code: str) -> str:
    """Return a code as a label has it: composed letters, nothing full-width, nothing invisible.

    What is copied from a web page may hold direction marks, and then no scan would find it.
    """
    if not code.isascii():
        code = unicodedata.normalize("NFKC", code)
        code = "".join(char for char in code if unicodedata.category(char) != "Cf")
    return code.strip()


def own_codes(values: Mapping[str, Any]) -> list[Code]:
    """Return the codes that follow from an asset's own columns."""
    codes: list[Code] = [("tag", tag_key(values["asset_tag"]))]
    serial = tag_key(values["serial_number"] or "")
    if serial:
        codes.append(("serial", serial))
    return codes


def clean_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as the columns store them.

    :raises Invalid: the tag cannot be used.
    """
    unknown = fields.keys() - DEFAULTS.keys()
    if unknown:
        raise ValueError(f"not register fields: {', '.join(sorted(unknown))}")
    values = dict(fields)
    if "asset_tag" in values:
        values["asset_tag"] = read_asset_tag(values["asset_tag"])
    if "status" in values:
        values["status"] = Stage(values["status"])
    if isinstance(values.get("name"), str):
        values["name"] = values["name"].strip()
    if isinstance(values.get("serial_number"), str):
        values["serial_number"] = _to_normal_form(values["serial_number"])
    if "name" in values:
        values["name"] = values["name"] or ""
    for column in _NO_BLANKS & values.keys():
        values[column] = values[column] or None
    if "custom" in values:
        values["custom"] = dict(values["custom"] or {})
    return values
