"""Check the scans outside of an audit that a report takes as sightings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner_app.domain.audits.evidence.needed import proves
from scanner_app.domain.audits.outside.presence import begin_of, takes_outside
from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.merkle import root_of_items
from scanner_app.domain.seals.report import without_digest

# Refusals that are about the state of an asset, which was still seen. Written out, because a report
# is read for years, whatever the scanning of today refuses.
STATE_REFUSALS = frozenset({
    "already_checked_out", "already_in_maintenance", "asset_in_maintenance", "asset_retired",
    "due_required", "not_checked_out", "not_in_maintenance", "not_later", "same_custodian",
})  # fmt: skip
# The part of a report that holds them.
OUTSIDE = "outside_scans"
Item = Mapping[str, Any]


def list_outside(report: Mapping[str, Any]) -> dict[str, Item]:
    """Return the scans outside of an audit that count, by the tag of what each is of."""
    return {item["asset_tag"]: item for item in report.get(OUTSIDE, {"items": []})["items"]}


def check_outside(report: Mapping[str, Any]) -> None:
    """Raise unless every scan outside of the audit that counts may, and alone.

    :raises Broken: `scans`.
    """
    part = report.get(OUTSIDE)
    if part is None:
        return
    items = part["items"]
    root = root_of_items(dump_canonical(without_digest(item)) for item in items)
    if part["count"] != len(items) or part["root"] != root.hex():
        raise Broken("scans", "the root is another")
    alone = {f["asset_tag"] for f in report["findings"] if f["expected"] and not f["scan_ids"]}
    for item in items:
        if not _may_count(report, item["leaf"]) or item["asset_tag"] not in alone:
            raise Broken("scans", f"{item['scan_id']} counts and may not")
        alone.discard(item["asset_tag"])


def _may_count(report: Mapping[str, Any], leaf: Item) -> bool:
    policy, audit = report["policy"], report["audit"]
    since = begin_of(policy, datetime.fromisoformat(audit["counting_started_at"]))
    return (
        takes_outside(policy)
        and leaf["intent"] != "void"
        and not leaf.get("is_faint")
        and leaf["audit"] != audit["id"]
        and (leaf["refusal"] is None or leaf["refusal"] in STATE_REFUSALS)
        and datetime.fromisoformat(leaf["effective_at"]) >= since
        and proves(policy, leaf.get("source"))
    )
