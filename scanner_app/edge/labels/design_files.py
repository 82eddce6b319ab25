"""Designs as files: what one installation exports and another one reads."""

from __future__ import annotations

import json
from typing import Any

from scanner_app.domain.errors import Invalid
from scanner_app.queries.labels.designs import DesignRow
from scanner_app.services.labels.designs import DesignDraft

FORMAT = "scanner-app label design 1"
TEXTS = ("key", "name", "kind", "stock")


def write_design_file(row: DesignRow) -> bytes:
    """Return a design as JSON that people can read and compare."""
    named: dict[str, Any] = {name: getattr(row, name) for name in TEXTS}
    value = {"format": FORMAT, **named, "version": row.version, "body": row.body}
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def read_design_file(data: bytes) -> DesignDraft:
    """Return the design of a file. Its body is not checked yet.

    :raises Invalid: it is not such a file.
    """
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    is_one = isinstance(value, dict) and value.get("format") == FORMAT
    if not is_one or not all(isinstance(value.get(name), str) for name in TEXTS):
        sentence = "This file is not a label design. Export one here to see its form."
        raise Invalid(sentence, errors={"file": [sentence]})
    return DesignDraft(body=value.get("body"), **{name: value[name] for name in TEXTS})
