"""The findings of an audit on paper, a line each, written one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from scanner_app.domain.audits.findings import FINDING_KINDS, FLAGS, FindingState
from scanner_app.domain.audits.proposals import DECISIONS, PROPOSALS, Decision
from scanner_app.domain.audits.report_columns import (
    COLUMN_KINDS,
    PAPER_COLUMNS,
    PaperColumn,
    ValueKind,
)
from scanner_app.domain.audits.seeing.plots import plot_courses, plot_last_seen
from scanner_app.domain.seals.long_parts import items_of
from scanner_app.services.files.pdf import Paper


def show_moment(text: str | None) -> str:
    """Return a time of the report for people: to the minute, in UTC."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def write_courses(paper: Paper, scans: Any) -> None:
    """Draw how many things were first seen over time, in all and by counter."""
    courses = plot_courses(_read_first_seen(scans)) if scans is not None else None
    if courses:
        paper.plot(courses, head=courses.title)
        table = courses.tabulate()
        paper.table(table.headers, (34, 26, 26, 14), table.rows)


def _read_first_seen(scans: Any) -> Iterator[tuple[str, datetime, int]]:
    """Yield by whom and when each thing was first seen."""
    first: dict[str, tuple[str, str]] = {}
    for one in items_of(scans):
        if one["counts"] is True:
            leaf = one["leaf"]
            thing = one["asset_tag"] or f"code {leaf['code']}"
            seen = leaf["effective_at"], leaf["actor_name"]
            if thing not in first or seen[0] < first[thing][0]:
                first[thing] = seen
    for at, name in first.values():
        yield name, datetime.fromisoformat(at), 1


def write_findings(
    paper: Paper,
    state: FindingState,
    counts: Mapping[str, int],
    findings: Iterable[Mapping[str, Any]],
) -> None:
    """Write those of the findings that have a state, one by one."""
    kind = FINDING_KINDS[state]
    if not counts[state.value]:
        return
    paper.head(f"{kind.label}: {kind.heading} ({counts[state.value]:,})")
    paper.long_table(
        [column.heading for column in PAPER_COLUMNS],
        [column.width for column in PAPER_COLUMNS],
        (
            ["\n".join(_write_lines(column, finding)) for column in PAPER_COLUMNS]
            for finding in findings
            if finding["state"] == state.value
        ),
    )


def _write_lines(column: PaperColumn, finding: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a cell: one for each value that the finding has."""
    for name in column.names:
        value: Any = finding.get(name)
        kind = COLUMN_KINDS[name]
        if name == "decision":
            value = _write_decision(finding)
        elif name == "flags":
            yield from (FLAGS[flag].label if flag in FLAGS else flag for flag in value)
            continue
        elif name == "outside_scan":
            value = _write_outside(value)
        elif name == "last_seen":
            value = _write_last_seen(finding)
        elif kind is ValueKind.TIME:
            value = show_moment(value)
        elif kind is ValueKind.YES_NO:
            value = "yes" if value else "no"
        elif kind is ValueKind.MONEY and value is not None:
            value = f"{value / 100:,.2f} {finding.get('currency') or ''}".rstrip()
        if value is not None and value != "":
            yield str(value)


def _write_outside(scan: Mapping[str, str] | None) -> str:
    if not scan:
        return ""
    where = f" in {scan['location']}" if "location" in scan else ""
    return f"Outside the audit{where}, {show_moment(scan['scanned_at'])}, by {scan['by']}"


def _write_last_seen(finding: Mapping[str, Any]) -> str:
    """Return when a missing asset was last seen; empty for what was not missing."""
    if finding["state"] != FindingState.MISSING or "last_seen" not in finding:
        return ""
    seen = finding["last_seen"]
    if not seen:
        return "Never seen before"
    where = f" in {seen['location']}" if "location" in seen else ""
    return f"Last seen{where}, {show_moment(seen['at'])}"


def write_ages(paper: Paper, report: Mapping[str, Any]) -> None:
    """Draw how long ago what is missing was last seen, when counting had ended."""
    ages = plot_last_seen(report)
    if ages:
        paper.plot(ages, head=ages.title)
        table = ages.tabulate()
        paper.table(table.headers, (70, 30), table.rows)


NOT_OF_A_PROPOSAL = (Decision.FOREIGN, Decision.TWO_THINGS)


def _write_decision(finding: Mapping[str, Any]) -> str:
    if not finding["proposal"] or finding["decision"] in NOT_OF_A_PROPOSAL:
        if not finding["decision"]:
            return ""
        decided = DECISIONS[finding["decision"]].label
        return f"{decided} by {finding['decided_by']}: {finding['reason']}"
    target = ", ".join((finding["proposed"] or {}).values())
    proposal = f"{PROPOSALS[finding['proposal']].label}: {target}".rstrip(": ")
    if not finding["decision"]:
        return f"{proposal}; undecided"
    decided = DECISIONS[finding["decision"]].label.lower()
    reason = f": {finding['reason']}" if finding["reason"] else ""
    return f"{proposal}; {decided} by {finding['decided_by']}{reason}"
