"""The leaves of the log: one scan or one act each, as canonical JSON of a fixed list of fields.

A field that came later is in a leaf only where it is set, so that older leaves stay as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.merkle import hash_leaf

VERSION = 1


class Tree(StrEnum):
    SCANS = "scans"
    ACTS = "acts"


# In the order of the columns that `queries.seals.leaves` selects.
SCAN_FIELDS = (
    "scan_id", "fingerprint", "code", "symbology", "source", "intent", "scanned_at",
    "recorded_at", "effective_at", "clock_suspect", "asset", "location", "person", "audit",
    "voids", "due_at", "condition", "note", "device", "actor", "actor_name", "outcome",
    "refusal", "answer",
)  # fmt: skip
_WRITTEN = frozenset({str, int, bool, type(None)})
LATER_SCAN_FIELDS = ("reader_said", "is_faint", "may_void_any")
ACT_FIELDS = (
    "id", "at", "actor", "actor_name", "person_key", "role", "kind", "audit", "about", "text",
)  # fmt: skip


def scan_leaf(values: Sequence[Any], pictures: Sequence[str] = ()) -> dict[str, Any]:
    """Return a scan as its leaf holds it.

    :param values: the columns of SCAN_FIELDS, then those of LATER_SCAN_FIELDS.
    :param pictures: the SHA-256 of the pictures that it was read from.
    """
    names = (*SCAN_FIELDS, *LATER_SCAN_FIELDS)
    found = {
        name: value if type(value) in _WRITTEN else _plain(value)
        for name, value in zip(names, values, strict=True)
    }
    # The answer is long, and a report does not hold it: its hash is enough to show a change.
    found["answer"] = hashlib.sha256(str(found["answer"]).encode()).hexdigest()
    for name in LATER_SCAN_FIELDS:
        if not found[name]:
            del found[name]
    return {"v": VERSION, **found, "pictures": sorted(pictures)}


def act_leaf(values: Sequence[Any], findings: Sequence[int] = ()) -> dict[str, Any]:
    """Return an act as its leaf holds it.

    :param values: the columns of ACT_FIELDS.
    :param findings: the ids of the findings that it is about.
    """
    found = {name: _plain(value) for name, value in zip(ACT_FIELDS, values, strict=True)}
    return {"v": VERSION, **found, "findings": sorted(findings)}


def digest_leaf(leaf: Mapping[str, Any]) -> bytes:
    """Return the hash by which a tree holds a leaf."""
    return hash_leaf(dump_canonical(dict(leaf)))


def label_leaf(tree: Tree, leaf: Mapping[str, Any]) -> str | None:
    """Return what people call a row whose number says more than its id: `sealed` 9."""
    if tree is Tree.ACTS and leaf["kind"] == "sealed" and "number" in leaf["about"]:
        return f"`sealed` {leaf['about']['number']}"
    return None


def name_leaf(tree: Tree, row_id: int, label: str | None, scan_id: str | None = None) -> str:
    """Return how a fault names the row behind a leaf."""
    if tree is Tree.SCANS:
        return f"scan {scan_id or row_id}"
    return f"act {label or row_id}"


def show_moment(moment: datetime) -> str:
    """Return a time as a leaf holds it: UTC, six digits, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return show_moment(value)
    if value is None or isinstance(value, bool | int | dict):
        return value
    if isinstance(value, StrEnum):
        return value.value
    return str(value)
