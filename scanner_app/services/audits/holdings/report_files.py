"""What has no label in the files of a report: sheets, the PDF, and the lines of the CSV."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from scanner_app.domain.audits.holdings.holdings import (
    HOLDING_DECISIONS,
    HOLDING_FLAGS,
    HOLDING_KINDS,
    HOLDING_PROPOSALS,
    HOLDING_STATES,
    PART,
    HoldingDecision,
    HoldingFlag,
    HoldingKind,
    HoldingProposal,
    HoldingState,
)
from scanner_app.services.audits.holdings.report_part import POSITIONS
from scanner_app.services.files.pdf import Paper
from scanner_app.services.files.table_writers import Cell, ExportTable

Report = Mapping[str, Any]
HEADERS = (
    "Kind", "Code", "Name", "Location", "Assigned To", "At The Freeze", "Recorded", "Counted",
    "Answer", "Flags", "Answered By", "Answered At", "In Words", "Proposal", "Decision", "Reason",
    "Decided By", "Decided At",
)  # fmt: skip
POSITION_COLUMNS = {
    "name": "Product", "metric": "Counted By", "on": "On", "entitled": "Entitled",
    "assigned": "Assigned", "installed": "Installed", "need": "Needed", "shortfall": "Too Few",
    "true_up": "True-up", "currency": "Currency",
}  # fmt: skip


def list_holding_sheets(report: Report) -> Iterator[ExportTable]:
    """Yield the sheets of what has no label and of licences; none if the audit covers none."""
    part = report.get(PART)
    if part is None:
        return
    yield ExportTable("Without a label", HEADERS, [_show_row(one) for one in part["items"]])
    if POSITIONS in report:
        rows = [[*map(one.get, POSITION_COLUMNS)] for one in report[POSITIONS]]
        yield ExportTable("Licence positions", [*POSITION_COLUMNS.values()], rows)


def _show_row(one: Report) -> list[Cell]:
    return [
        HOLDING_KINDS[HoldingKind(one["kind"])].label, one["code"], one["name"], one["location"],
        one["custodian"], one["frozen_quantity"], one["recorded"], one["counted"],
        HOLDING_STATES[HoldingState(one["state"])].label,
        ", ".join(HOLDING_FLAGS[HoldingFlag(flag)] for flag in one["flags"]),
        one["answered_by"], one["answered_at"], one["note"], _name_proposal(one),
        _name_decision(one), one["reason"], one["decided_by"], one["decided_at"],
    ]  # fmt: skip


def _name_proposal(one: Report) -> str:
    return HOLDING_PROPOSALS[HoldingProposal(one["proposal"])] if one["proposal"] else ""


def _name_decision(one: Report) -> str:
    return HOLDING_DECISIONS[HoldingDecision(one["decision"])][1] if one["decision"] else ""


def show_as_finding(one: Report) -> dict[str, Any]:
    """Return a holding in the columns of a finding, for the CSV that lists them together."""
    numbers = {name: one[name] for name in ("recorded", "counted") if one[name] is not None}
    return {
        "state": one["state"],
        "flags": one["flags"],
        "asset_tag": None if one["kind"] == HoldingKind.STOCK else one["code"],
        "name": one["name"],
        "category": HOLDING_KINDS[HoldingKind(one["kind"])].label,
        "code": one["code"] if one["kind"] == HoldingKind.STOCK else None,
        "expected": True,
        "recorded_location": one["location"],
        "recorded_custodian": one["custodian"],
        "seen_at": one["answered_at"],
        "proposal": one["proposal"],
        "proposed": {name: f"{name} {number}" for name, number in numbers.items()},
        "decision": one["decision"],
        "reason": one["reason"],
        "decided_by": one["decided_by"],
        "decided_at": one["decided_at"],
        "sightings": 0,
    }


def write_holdings(paper: Paper, report: Report) -> None:
    """Write what has no label, and what is to be bought; nothing if the audit covers none."""
    part = report.get(PART)
    if part is None:
        return
    figure, items = part["figure"], part["items"]
    answered = sum(one["answered_at"] is not None for one in items)
    share = f"{figure['part'] / figure['whole'] * 100:.2f} %" if figure["whole"] else "n/a"
    paper.head(f"Without a label ({len(items):,})")
    paper.write(
        f"{answered:,} of {len(items):,} were answered by who looks after them, or counted. Count "
        f"accuracy {share}: {figure['part']:,} of {figure['whole']:,} recorded, where somebody "
        f"counted. Frozen list, SHA-256 {part['sha256']}."
    )
    paper.table(
        ("What", "Where, whose", "Recorded", "Counted", "Answer", "Decision"),
        (24, 18, 9, 9, 20, 20),
        [_show_on_paper(one) for one in items],
    )
    if report.get(POSITIONS):
        paper.head("Licences on the last day")
        names = ("name", "entitled", "need", "shortfall", "true_up", "currency")
        paper.table(
            [POSITION_COLUMNS[name] for name in names],
            (34, 14, 14, 14, 14, 10),
            [
                ["" if one[name] is None else str(one[name]) for name in names]
                for one in report[POSITIONS]
            ],
        )


def _show_on_paper(one: Report) -> tuple[str, ...]:
    """Return a line of the PDF's table."""
    flags = (HOLDING_FLAGS[HoldingFlag(flag)] for flag in one["flags"])
    state = HOLDING_STATES[HoldingState(one["state"])].label
    return (
        f"{one['code']}\n{one['name']}",
        _join_lines(one["location"], one["custodian"]),
        _show_number(one["recorded"]),
        _show_number(one["counted"]),
        _join_lines(state, *flags, one["answered_by"], one["note"]),
        _join_lines(_name_proposal(one), _name_decision(one), one["decided_by"], one["reason"]),
    )


def _join_lines(*words: str | None) -> str:
    return "\n".join(word for word in words if word)


def _show_number(number: int | None) -> str:
    return "" if number is None else f"{number:,}"
