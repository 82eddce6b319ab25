"""Which scans of a report count only by an act that took them in, for the check of a report."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner_app.domain.audits.policy import holds_late
from scanner_app.domain.audits.spans import covers, read_spans

Item = Mapping[str, Any]


def list_admitted(report: Item) -> set[str]:
    """Return the ids of the scans that acts took in after they had arrived late."""
    return {
        scan_id
        for act in report["acts"]["items"]
        if act["kind"] == "late_taken" and act["about"].get("admitted")
        for scan_id in act["about"]["scan_ids"]
    }


def needs_act(report: Item, item: Item) -> bool:
    """Return whether a scan counts only if an act took it in.

    It was refused when it arrived, or it arrived late in an audit that holds late scans.
    """
    leaf = item["leaf"]
    if leaf["refusal"] == "audit_not_counting":
        return True
    if not holds_late(report["policy"]):
        return False
    spans = read_spans(report["audit"]["counting_spans"])
    return not covers(spans, datetime.fromisoformat(leaf["recorded_at"]))
