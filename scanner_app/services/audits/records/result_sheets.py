"""The sheets of a report that list what was found and done, row by row, a sheet for each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from scanner_app.domain.audits.acts import ACT_KINDS, ActKind
from scanner_app.domain.audits.asking.attestation import ANSWERS, Answered
from scanner_app.domain.audits.findings import FINDING_KINDS, FindingState
from scanner_app.domain.audits.late.unsent import LEFT_OUT, say_left
from scanner_app.domain.audits.policy import say_policy
from scanner_app.domain.audits.proposals import APPLIED, DECISIONS, PROPOSALS, Decision
from scanner_app.domain.audits.report_columns import TABLE_COLUMNS, to_sealed_cells
from scanner_app.domain.audits.rounds.second import WHY, Why
from scanner_app.domain.audits.sampling.shown import LABELS
from scanner_app.domain.audits.states import AUDIT_STATES
from scanner_app.domain.seals.long_parts import items_of
from scanner_app.services.files.table_writers import Cell, ExportTable

Report = Mapping[str, Any]
# A cell holds 32,767 characters.
MAX_WORDS = 30_000


def list_result_sheets(report: Report) -> Iterator[ExportTable]:
    """Yield a sheet for each kind of difference, for decisions, scans, acts and the seal."""
    for state, kind in FINDING_KINDS.items():
        if state is not FindingState.VERIFIED and report["counts"][state.value]:
            yield _show_state(report, state, kind.label)
    yield _show_decisions(report, "Decisions", is_wanted=lambda one: one["decision"] is not None)
    if report.get("seal"):
        yield _show_decisions(report, "Applied", is_wanted=lambda one: one["decision"] in APPLIED)
    if "scans" in report:
        yield _show_scans(report)
    yield _show_counters(report)
    if "sample" in report:
        yield _show_sample(report["sample"])
        yield _show_estimates(report["sample"])
    if report.get("attestations"):
        yield _show_answers(report["attestations"])
    if any(one["comparison"] for one in report.get("rounds", ())):
        yield _show_second(report["rounds"])
    if report.get("second_counts"):
        yield from _show_policy_of_seconds(report["second_counts"])
    if "acts" in report:
        yield _show_acts(report)
    if report.get("seal"):
        yield _show_seal(report)


def show_summary(report: Report) -> ExportTable:
    """Return the sheet that says which audit this is, and what it counted."""
    audit, population = report["audit"], report["population"]
    rows: list[tuple[str, Cell]] = [
        ("Audit", audit["id"]),
        ("Name", audit["name"]),
        ("State", AUDIT_STATES[audit["state"]].label),
        ("Number of the record", report.get("number")),
        ("Set up", audit["created_at"]),
        ("Set up by", audit["created_by"]),
        ("Counting started", audit["counting_started_at"]),
        ("Counting ended", audit["counting_ended_at"]),
        ("Closed", audit["closed_at"]),
        ("Closed by", audit["closed_by"]),
        *((label, words) for _key, label, words in say_policy(report.get("policy", {}))),
        ("Frozen list", population["count"]),
        ("Frozen list, SHA-256", population["sha256"]),
        ("Scans", report["scan_log"]["count"]),
        ("Expected", report["counts"]["expected"]),
        *((kind.label, report["counts"][state.value]) for state, kind in FINDING_KINDS.items()),
        ("Not ours", report.get("foreign")),
        *_say_left_out(report),
        ("Software", report["software"]),
    ]
    return ExportTable("Summary", ("What", "Value"), rows)


def _say_left_out(report: Report) -> Iterator[tuple[str, Cell]]:
    """Yield what the audit was closed without, and why, if scans waited."""
    if LEFT_OUT in report:
        yield "Closed although", say_left(report[LEFT_OUT])
        yield "Reason", report[LEFT_OUT]["reason"]


def _show_state(report: Report, state: FindingState, label: str) -> ExportTable:
    headers = [column.header for column in TABLE_COLUMNS]
    rows = (to_sealed_cells(one) for one in report["findings"] if one["state"] == state.value)
    return ExportTable(label, headers, rows)


def _show_decisions(
    report: Report, name: str, *, is_wanted: Callable[[Report], bool]
) -> ExportTable:
    headers = (
        "Asset Tag", "Code", "Finding", "Proposal", "Proposed", "Decision", "Reason",
        "Decided By", "Decided At",
    )  # fmt: skip
    rows = (
        (
            one["asset_tag"], one["code"], FINDING_KINDS[FindingState(one["state"])].label,
            PROPOSALS[one["proposal"]].label if one["proposal"] else None,
            ", ".join((one["proposed"] or {}).values()),
            DECISIONS[Decision(one["decision"])].label,
            one["reason"], one["decided_by"], one["decided_at"],
        )
        for one in report["findings"]
        if is_wanted(one)
    )  # fmt: skip
    return ExportTable(name, headers, rows)


def _show_scans(report: Report) -> ExportTable:
    headers = (
        "Scan", "Code", "Asset Tag", "Location", "Assigned To", "Counts", "Kind", "Scanned At",
        "Arrived At", "By", "Device", "Outcome", "Refusal",
    )  # fmt: skip
    names = (
        "intent", "scanned_at", "recorded_at", "actor_name", "device", "outcome", "refusal",
    )  # fmt: skip
    rows = (
        [
            one["scan_id"], one["leaf"]["code"], one["asset_tag"], one["location"], one["person"],
            "yes" if one["counts"] is True else str(one["counts"]).replace("_", " "),
            *map(one["leaf"].get, names),
        ]
        for one in items_of(report["scans"])
    )  # fmt: skip
    return ExportTable("Scans", headers, rows)


def _show_counters(report: Report) -> ExportTable:
    headers = (
        "Name", "Role", "Device", "Scans", "Wrong Clock", "Hours Late", "First At", "Last At",
    )  # fmt: skip
    names = (
        "name", "role", "device", "scans", "clock_suspect", "delayed", "first_at", "last_at",
    )  # fmt: skip
    return ExportTable("Counters", headers, [[*map(o.get, names)] for o in report["counted_by"]])


def _show_sample(sample: Report) -> ExportTable:
    rows = [
        (draw["number"], rank, one["asset_tag"], one["stratum"], one["drawn_as"], one["position"])
        for draw in sample["draws"]
        for rank, one in enumerate(draw["members"], start=1)
    ]
    headers = ("Draw", "Rank", "Asset Tag", "Stratum", "Drawn As", "Position")
    return ExportTable("Sample", headers, rows)


def _show_estimates(sample: Report) -> ExportTable:
    names = (
        "population", "drawn", "found", "currency", "estimate", "low", "high", "lower", "upper",
        "tolerable", "conclusion", "sentence",
    )  # fmt: skip
    headers = ("Estimate Of", *(name.capitalize() for name in names))
    rows = [
        (LABELS.get(one["name"], one["name"]), *map(one.get, names)) for one in sample["estimates"]
    ]
    return ExportTable("Estimates", headers, rows)


def _show_answers(part: Report) -> ExportTable:
    rows = [
        (
            one["asset_tag"], one["name"], ANSWERS[Answered(one["answer"])].label, one["at"],
            one["note"], one["picture"],
        )
        for one in part["answers"]
    ]  # fmt: skip
    headers = ("Asset Tag", "Person", "Answer", "At", "In Their Words", "Picture, SHA-256")
    return ExportTable("Attestations", headers, rows)


def _show_second(rounds: Any) -> ExportTable:
    rows = [
        (one["code"], which, tag)
        for one in rounds
        for key, which in (("only_first", "first count only"), ("only_second", "second only"))
        for tag in (one["comparison"] or {}).get(key, ())
    ]
    return ExportTable("Second counts", ("Location", "Seen In", "Asset Or Code"), rows)


def _show_policy_of_seconds(part: Report) -> Iterator[ExportTable]:
    """Yield which locations the policy has counted twice and why, and how far people agree."""
    rows = [(one["code"], WHY[Why(one["why"])], one["rounds"]) for one in part["asked"]]
    yield ExportTable("Counted twice", ("Location", "Why", "Counts"), rows)
    names = ("first", "second", "places", "both", "only_first", "only_second", "agreement")
    headers = (
        "First", "Second", "Locations", "In Both", "Only First", "Only Second", "Agreement",
    )  # fmt: skip
    yield ExportTable("Agreement", headers, [[*map(one.get, names)] for one in part["pairs"]])


def _show_acts(report: Report) -> ExportTable:
    headers = ("Act", "At", "What", "By", "Person", "Role", "Findings", "In Words")
    rows = (
        (
            one["id"], one["at"], _name_act(one["kind"]), one["actor_name"], one["person_key"],
            one["role"], len(one["findings"]), (one["text"] or "")[:MAX_WORDS],
        )
        for one in items_of(report["acts"])
    )  # fmt: skip
    return ExportTable("Acts", headers, rows)


def _name_act(kind: str) -> str:
    """Return what the trail calls an act; a kind of a later version is called as it is."""
    return ACT_KINDS[ActKind(kind)].label if kind in {*ActKind} else kind


def _show_seal(report: Report) -> ExportTable:
    seal, previous = report["seal"], report.get("previous") or {}
    rows: list[tuple[str, Cell]] = [
        ("Number", report.get("number")),
        ("SHA-256", seal["sha256"]),
        ("Algorithm", seal["algorithm"]),
        ("Signature", seal["signature"]),
        ("Key", seal["key_id"]),
        ("Canonical form", seal["canonical_form"]),
        ("Number before", previous.get("number")),
        ("SHA-256 before", previous.get("sha256")),
        *((f"Checkpoint of {tree}", note) for tree, note in report.get("checkpoints", {}).items()),
    ]
    return ExportTable("Seal", ("What", "Value"), rows)
