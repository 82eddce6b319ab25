"""Draw the report of an audit as a PDF, from the same data that the JSON holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from scanner_app.domain.audits.acts import STATEMENTS_OF, StatementOf
from scanner_app.domain.audits.approver import APPROVERS, Approver
from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.audits.late.unsent import LEFT_OUT, say_left
from scanner_app.domain.audits.plots import plot_losses, plot_places, plot_states
from scanner_app.domain.audits.policy import APPROVER, say_policy
from scanner_app.domain.audits.scoping import say_scope
from scanner_app.domain.audits.states import AUDIT_STATES
from scanner_app.domain.signatures.strokes import read_signature
from scanner_app.services.audits.asking.report_pdf import write_attested
from scanner_app.services.audits.holdings.report_files import write_holdings
from scanner_app.services.audits.outside.report_part import write_outside
from scanner_app.services.audits.records.findings_pdf import (
    show_moment,
    write_ages,
    write_courses,
    write_findings,
)
from scanner_app.services.audits.records.prior_pdf import write_prior
from scanner_app.services.audits.rounds.report_pdf import write_rounds, write_second_counts
from scanner_app.services.audits.sampling.report_pdf import write_sample
from scanner_app.services.files.pdf import BOLD, Paper, load_fonts

FIGURES = {
    "existence": "Existence: expected assets that were seen",
    "location_accuracy": "Location accuracy: expected assets in the right place",
    "register_completeness": "Register completeness: things seen that are in the register",
}
# A page has room for this many locations beside what is written above them.
MAX_DRAWN = 10
PART_LABELS = {"location": "location", "category": "category", "custodian": "person"}


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Whose paper a report is on: a name, and a logo as a JPEG."""

    name: str
    logo: bytes | None


def write_report(
    report: Mapping[str, Any],
    target: IO[bytes],
    *,
    fonts: Path,
    letterhead: Letterhead | None = None,
) -> None:
    """Write a report as PDF. The same report on the same letterhead makes the same bytes.

    :param report: what `build_report` returns, or a sealed report with its seal.
    """
    load_fonts(fonts)
    audit, seal = report["audit"], report.get("seal")
    paper = _begin(report, target, letterhead)
    paper.table(("", ""), (22, 78), _facts(report))
    paper.plot(plot_states(report["counts"]), head="Result")
    paper.table(
        ("", "Count"),
        (70, 30),
        [(_count_label(name), f"{count:,}") for name, count in report["counts"].items()],
    )
    _write_accuracy(paper, report)
    write_attested(paper, report)
    write_outside(paper, report)
    write_holdings(paper, report)
    write_sample(paper, report.get("sample"))
    for by, parts in report["accuracy_by"].items():
        _write_parts(paper, by, parts)
    _write_counters(paper, report["counted_by"])
    write_courses(paper, report.get("scans"))
    write_rounds(paper, report.get("rounds", ()))
    write_ages(paper, report)
    write_second_counts(paper, report.get("second_counts"))
    counts = report["counts"]
    different = [one for one in report["findings"] if one["state"] != FindingState.VERIFIED]
    for state in FINDING_KINDS:
        if state is not FindingState.VERIFIED:
            write_findings(paper, state, counts, different)
    if report.get("found_again"):
        paper.head(f"Found again, missing by the register ({len(report['found_again']):,})")
        paper.write(", ".join(report["found_again"]))
    _write_matches(paper, report.get("matches", ()))
    _write_all_late(paper, report)
    write_prior(paper, report.get("prior"))
    _write_statements(paper, report.get("statements", []))
    # Last, before the seal: it fills most pages, and nobody looks there first.
    write_findings(paper, FindingState.VERIFIED, counts, report["findings"])
    if seal:
        _write_seal(paper, audit, seal)
    paper.finish()


def _write_accuracy(paper: Paper, report: Mapping[str, Any]) -> None:
    paper.table(
        ("Accuracy", "By count", "By value"), (60, 20, 20), list(_accuracy(report["accuracy"]))
    )
    _write_values(paper, report)
    places = plot_places(
        (
            (name, part["location_accuracy"])
            for name, part in report["accuracy_by"]["location"].items()
        ),
        limit=MAX_DRAWN,
    )
    if places:
        paper.plot(places, head=places.title)
    losses = plot_losses(
        (name, part.get("by_currency", ()))
        for name, part in report["accuracy_by"]["location"].items()
    )
    if losses:
        paper.plot(losses, head=losses.title)
    if report.get("without_place"):
        paper.write(
            f"{report['without_place']:,} of those in the right place were seen without a "
            "location: they exist, and do not count in location accuracy."
        )


def _begin(report: Mapping[str, Any], target: IO[bytes], letterhead: Letterhead | None) -> Paper:
    audit, seal = report["audit"], report.get("seal")
    status = f"sealed, SHA-256 {seal['sha256']}" if seal else "preliminary, not sealed"
    paper = Paper(
        target,
        title=f"Audit {audit['id']}: {audit['name']}",
        foot=f"Audit {audit['id']}, {status}",
    )
    if letterhead:
        paper.letterhead(letterhead.name, letterhead.logo)
    paper.write(f"Audit {audit['id']}: {audit['name']}", font=BOLD, size=16, after=4)
    paper.write(
        "Sealed report" if seal else "PRELIMINARY: not closed, not sealed", font=BOLD, size=10
    )
    return paper


def _write_values(paper: Paper, report: Mapping[str, Any]) -> None:
    values = report.get("by_currency", [])
    if values:
        paper.table(
            ("Value", "Expected", "Seen", "In place", "Existence", "In place, by value"),
            (16, 18, 18, 18, 14, 16),
            [
                (
                    value["currency"] or "no currency",
                    *(_money(value[f"{name}_cents"]) for name in ("expected", "found", "in_place")),
                    _percent(value["existence"]),
                    _percent(value["location_accuracy"]),
                )
                for value in values
            ],
        )
    if report.get("no_value"):
        paper.write(f"No value recorded: {report['no_value']:,}. By value these weigh nothing.")


def _money(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def _write_counters(paper: Paper, counters: Sequence[Mapping[str, Any]]) -> None:
    paper.head("Counted by")
    paper.table(
        ("Name", "Role", "Device", "Scans", "Wrong clock", "Hours late", "From", "To"),
        (16, 11, 14, 7, 8, 8, 18, 18),
        [
            (
                one["name"],
                one["role"] or "",
                one["device"] or "",
                f"{one['scans']:,}",
                f"{one['clock_suspect']:,}" if one["clock_suspect"] else "",
                f"{one['delayed']:,}" if one.get("delayed") else "",
                show_moment(one["first_at"]),
                show_moment(one["last_at"]),
            )
            for one in counters
        ],
    )


def _facts(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    audit = report["audit"]
    yield "State", AUDIT_STATES[audit["state"]].label
    yield "Scope", say_scope(audit["scope"])
    policy = report.get("policy", {})
    for key, label, words in say_policy(policy or audit.get("policy", {})):
        if key != APPROVER.key:  # said beside it, by the setting too
            yield label, words
    if "approver" in policy:
        yield "Closed by", APPROVERS[Approver(policy["approver"])].label
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
    yield "Expected list", f"{population['count']:,} assets, SHA-256 {population['sha256']}"
    yield "Scan log", f"{log['count']:,} scans, SHA-256 {log['head'] or 'none'}"
    yield "Software", report["software"]


def _count_label(name: str) -> str:
    """Return what people read for a count: of all expected assets, or of one kind of finding."""
    return "Expected" if name == "expected" else FINDING_KINDS[FindingState(name)].label


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
    if len(parts) < 2:  # noqa: PLR2004 - one part is the whole, which is shown above
        return
    names = ("expected", *(state.value for state in FINDING_KINDS))
    paper.head(f"By {PART_LABELS[by]}")
    paper.table(
        (PART_LABELS[by].capitalize(), *map(_count_label, names), "In place"),
        (28, 10, 10, 10, 10, 11, 12, 9),
        [
            (
                name,
                *(f"{part[count]:,}" if count in part else "" for count in names),
                _percent(part["location_accuracy"]),
            )
            for name, part in parts.items()
        ],
    )


def _write_matches(paper: Paper, matches: Sequence[Mapping[str, Any]]) -> None:
    if not matches:
        return
    paper.head(f"Unknown labels matched with assets ({len(matches)})")
    paper.table(
        ("Label", "Asset", "By", "At", "How it is known", "After closing"),
        (20, 14, 14, 16, 20, 16),
        [
            (
                one["code"], one["asset_tag"], one["by"], show_moment(one["at"]),
                one["note"] or "", "a code of it" if one["becomes_code"] else "replaced",
            )
            for one in matches
        ],
    )  # fmt: skip


def _write_all_late(paper: Paper, report: Mapping[str, Any]) -> None:
    """Write the scans that arrived late, and what the audit was closed without."""
    late = report["late_scans"]
    _write_late(paper, "Scans that arrived late and count", [s for s in late if s.get("counts")])
    _write_late(paper, "Late scans that nobody took in", [s for s in late if s.get("waits")])
    too_late = [s for s in late if not s.get("counts") and not s.get("waits")]
    _write_late(paper, "Scans that arrived too late", too_late)
    if LEFT_OUT in report:
        paper.head("Closed although scans waited", keep=60)
        paper.write(say_left(report[LEFT_OUT]))
        paper.write(f"Why: {report[LEFT_OUT]['reason']}")


def _write_late(paper: Paper, title: str, scans: list[Mapping[str, Any]]) -> None:
    if not scans:
        return
    paper.head(f"{title} ({len(scans)})")
    paper.table(
        ("Code", "Asset", "Scanned", "Arrived", "By, with"),
        (22, 16, 20, 20, 22),
        [
            (
                s["code"], s["asset_tag"] or "", show_moment(s["scanned_at"]),
                show_moment(s["recorded_at"]), ", ".join(filter(None, (s["by"], s["device"]))),
            )
            for s in scans
        ],
    )  # fmt: skip


def _write_statements(paper: Paper, statements: Sequence[Mapping[str, Any]]) -> None:
    """Write what people stated, each with their signature."""
    if not statements:
        return
    paper.head("Statements", keep=90)
    for one in statements:
        role = STATEMENTS_OF[StatementOf(one["as"])].label if one.get("as") else ""
        paper.write(f"{one['name']} ({role}), {show_moment(one['at'])}" if role else one["name"])
        if one["text"]:
            paper.write(one["text"])
        if one.get("signature"):
            paper.signature(read_signature(one["signature"]))


def _write_seal(paper: Paper, audit: Mapping[str, Any], seal: Mapping[str, Any]) -> None:
    paper.head("Seal", keep=290)
    paper.write(
        "The JSON of this report is what is sealed. This paper shows what it holds and proves "
        "nothing alone: download the JSON, check it, and compare its hash with the one here."
    )
    paper.table(
        ("", ""),
        (22, 78),
        [
            ("SHA-256", seal["sha256"]),
            ("Signature", f"{seal['algorithm']} {seal['signature']}"),
            ("Key", seal["key_id"]),
            (
                "To check",
                f"scanner-app audits verify audit-{audit['id']}.json --key audit-key.pub.pem",
            ),
        ],
    )
    paper.code(f"scanner-app audit {audit['id']} sha256 {seal['sha256']} key {seal['key_id']}")
    paper.y -= 24
    paper.table(
        ("Counted by", "Approved by"),
        (50, 50),
        [("\n\n\nName, date, signature", "\n\n\nName, date, signature")],
    )
