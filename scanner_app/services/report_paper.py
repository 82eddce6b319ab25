"""The report of an audit on paper: a PDF of the same data that the JSON holds, seal and all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from scanner_app.domain.reconciliation import FindingState
from scanner_app.services.files.pdf import BOLD, Paper, load_fonts

WORDS = {
    FindingState.MISSING: "Missing: expected, never seen",
    FindingState.MISPLACED: "Misplaced: expected, last seen elsewhere",
    FindingState.UNEXPECTED: "Unexpected: registered, not on the expected list, seen",
    FindingState.UNREGISTERED: "Unregistered: codes that mean nothing here",
    FindingState.VERIFIED: "Verified: expected, and last seen in place",
}
FIGURES = {
    "existence": "Existence: (verified + misplaced) of expected",
    "location_accuracy": "Location accuracy: verified of expected",
    "register_completeness": "Register completeness: registered of all things seen",
}


def write_report(report: Mapping[str, Any], target: IO[bytes], *, fonts: Path) -> None:
    """Write a report as PDF; the same report gives the same bytes.

    :param report: as `build_report` gives it, or a sealed one with its seal.
    """
    load_fonts(fonts)
    audit, seal = report["audit"], report.get("seal")
    standing = f"sealed, SHA-256 {seal['sha256']}" if seal else "preliminary, not sealed"
    paper = Paper(
        target,
        title=f"Audit {audit['id']}: {audit['name']}",
        foot=f"Audit {audit['id']}, {standing}",
    )
    paper.write(f"Audit {audit['id']}: {audit['name']}", font=BOLD, size=16, after=4)
    paper.write(
        "Sealed report" if seal else "PRELIMINARY: not closed, not sealed", font=BOLD, size=10
    )
    paper.table(("", ""), (22, 78), _facts(report))
    paper.head("Result")
    paper.table(
        ("", "Count"),
        (70, 30),
        [(name.capitalize(), str(count)) for name, count in report["counts"].items()],
    )
    paper.table(
        ("Accuracy", "By count", "By value"), (60, 20, 20), list(_accuracy(report["accuracy"]))
    )
    for by, parts in report["accuracy_by"].items():
        _write_parts(paper, by, parts)
    paper.head("Counted by")
    paper.table(
        ("Name", "Role", "Device", "Scans", "Wrong clock", "From", "To"),
        (18, 12, 15, 7, 8, 20, 20),
        [
            (
                one["name"],
                one["role"] or "",
                one["device"] or "",
                str(one["scans"]),
                str(one["clock_suspect"] or ""),
                show_moment(one["first_at"]),
                show_moment(one["last_at"]),
            )
            for one in report["counted_by"]
        ],
    )
    for state, words in WORDS.items():
        _write_findings(paper, words, [f for f in report["findings"] if f["state"] == state.value])
    _write_late(paper, report["late_scans"])
    if seal:
        _write_seal(paper, audit, seal)
    paper.finish()


def show_moment(text: str | None) -> str:
    """Give a time of the report for people: to the minute, in UTC as it stands there."""
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _facts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    audit = report["audit"]
    yield "State", audit["state"]
    scope = [
        f"{name}: {', '.join(map(str, part))}" for name, part in audit["scope"].items() if part
    ]
    yield "Scope", "; ".join(scope) or "everything that is not retired"
    if audit["blind"]:
        yield "Kind of count", "blind"
    if audit["due_on"]:
        yield "Due", audit["due_on"]
    yield "Set up", f"{show_moment(audit['created_at'])} by {audit['created_by']}"
    if audit["counting_started_at"]:
        yield (
            "Counted",
            (
                f"{show_moment(audit['counting_started_at'])} to "
                f"{show_moment(audit['counting_ended_at']) or 'now'}"
            ),
        )
    if audit["closed_at"]:
        yield "Closed", f"{show_moment(audit['closed_at'])} by {audit['closed_by']}"
    if audit["revises"]:
        yield "Revises", f"audit {audit['revises']}, SHA-256 {audit['previous_report_sha256']}"
    population, log = report["population"], report["scan_log"]
    yield "Expected list", f"{population['count']} assets, SHA-256 {population['sha256']}"
    yield "Scan log", f"{log['count']} scans, SHA-256 {log['head'] or 'none'}"
    yield "Software", report["software"]


def _accuracy(figures: Mapping[str, float | None]) -> Iterator[tuple[str, str, str]]:
    for name, words in FIGURES.items():
        by_value = f"{name}_by_value"
        yield (
            words,
            _percent(figures[name]),
            _percent(figures[by_value]) if by_value in figures else "",
        )


def _percent(part: float | None) -> str:
    return "n/a" if part is None else f"{part * 100:.1f} %"


def _write_parts(paper: Paper, by: str, parts: Mapping[str, Mapping[str, Any]]) -> None:
    if len(parts) < 2:  # noqa: PLR2004 - one part is the whole, which stands above
        return
    names = ("expected", "verified", "misplaced", "missing", "unexpected", "unregistered")
    paper.head(f"By {by}")
    paper.table(
        (by.capitalize(), *(name.capitalize() for name in names), "In place"),
        (28, 10, 10, 10, 10, 11, 12, 9),
        [
            (
                name,
                *(str(part.get(count, "")) for count in names),
                _percent(part["location_accuracy"]),
            )
            for name, part in parts.items()
        ],
    )


def _write_findings(paper: Paper, words: str, findings: list[Mapping[str, Any]]) -> None:
    if not findings:
        return
    paper.head(f"{words} ({len(findings)})")
    paper.table(
        ("Asset or code", "Name, serial", "Recorded", "Seen", "Decision"),
        (16, 22, 20, 22, 20),
        [
            (
                _join([f["asset_tag"] or f["code"]], f["flags"]),
                _join([f["name"], f["serial_number"]]),
                _join([f["recorded_location"], f["recorded_custodian"]]),
                _join([f["seen_location"], show_moment(f["seen_at"])]),
                _decision(f),
            )
            for f in findings
        ],
    )


def _decision(finding: Mapping[str, Any]) -> str:
    if not finding["proposal"]:
        return ""
    target = ", ".join((finding["proposed"] or {}).values())
    proposal = f"{finding['proposal'].replace('_', ' ')} {target}".strip()
    if not finding["decision"]:
        return f"{proposal}: open"
    decided = {"accept": "accepted", "reject": "rejected"}[finding["decision"]]
    reason = f": {finding['reason']}" if finding["reason"] else ""
    return f"{proposal}, {decided} by {finding['decided_by']}{reason}"


def _join(*parts: Iterable[str | None]) -> str:
    return "\n".join(text for part in parts for text in part if text)


def _write_late(paper: Paper, scans: list[Mapping[str, Any]]) -> None:
    if not scans:
        return
    paper.head(f"Scans that came too late ({len(scans)})")
    paper.table(
        ("Code", "Asset", "Scanned", "Came in", "By"),
        (24, 16, 22, 22, 16),
        [
            (
                s["code"], s["asset_tag"] or "", show_moment(s["scanned_at"]),
                show_moment(s["recorded_at"]), s["by"],
            )
            for s in scans
        ],
    )  # fmt: skip


def _write_seal(paper: Paper, audit: Mapping[str, Any], seal: Mapping[str, Any]) -> None:
    paper.head("Seal", keep=290)
    paper.write(
        "What is sealed is the JSON of this report. This paper shows what stands in it, and proves "
        "nothing by itself: fetch the JSON, check it, and compare its hash with the one here."
    )
    paper.table(
        ("", ""),
        (22, 78),
        [
            ("SHA-256", seal["sha256"]),
            ("Signature", f"{seal['algorithm']} {seal['signature']}"),
            ("Key", seal["key_id"]),
            ("To check", f"scanner-app audits verify audit-{audit['id']}.json --key PUBLIC.pem"),
        ],
    )
    paper.code(f"scanner-app audit {audit['id']} sha256 {seal['sha256']} key {seal['key_id']}")
    paper.y -= 24
    paper.table(
        ("Counted by", "Approved by"),
        (50, 50),
        [("\n\n\nName, date, signature", "\n\n\nName, date, signature")],
    )
