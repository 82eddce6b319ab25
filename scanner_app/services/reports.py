"""The report of an audit as data: what is sealed when it closes, preliminary before."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.canonical import dump_canonical, hash_canonical
from scanner_app.models import ApiToken, Scan, Seal, User
from scanner_app.queries import audits as queries
from scanner_app.queries.evidence import list_counters, list_late_scans, select_sightings
from scanner_app.queries.findings import FindingRow, Target, list_findings, load_targets

FORMAT = "scanner-app audit report 1"
BY = ("location", "category", "custodian")


def build_report(session: Session, *, audit_id: int, version: str) -> dict[str, Any]:
    """Give the report of an audit: the same data gives the same report, byte for byte."""
    audit = queries.get_audit(session, audit_id)
    findings = list_findings(session, audit_id, limit=None)
    targets = load_targets(session, findings)
    scans = _scans_by_thing(session, audit_id)
    tally = queries.load_tally(session, audit_id)
    flags: dict[str, int] = defaultdict(int)
    for finding in findings:
        for flag in finding.flags:
            flags[flag] += 1
    return {
        "format": FORMAT,
        "software": version,
        "audit": _show_audit(session, audit),
        "population": _show_population(findings),
        "scan_log": _hash_log(session, audit_id),
        "counted_by": _show_counters(session, audit_id),
        "counts": tally.show_counts(),
        "flags": dict(flags),
        "accuracy": tally.show_accuracy(),
        "accuracy_by": {
            by: {
                name or "(none)": {**part.show_counts(), **part.show_accuracy()}
                for name, part in queries.load_tallies(session, audit_id, by=by).items()
            }
            for by in BY
        },
        "findings": [
            show_finding(finding, targets.get(finding.id), scans.get(_thing(finding), []))
            for finding in findings
        ],
        "late_scans": [
            {
                "scan_id": str(late.scan_id),
                "scanned_at": show_time(late.scanned_at),
                "recorded_at": show_time(late.recorded_at),
                "code": late.code,
                "asset_tag": late.asset_tag,
                "by": late.actor,
                "device": late.device,
            }
            for late in list_late_scans(session, audit_id)
        ],
    }


def _show_audit(session: Session, audit: queries.AuditRow) -> dict[str, Any]:
    previous = None
    if audit.revises_id is not None:
        previous = session.scalar(select(Seal.sha256).where(Seal.audit_id == audit.revises_id))
    return {
        "id": audit.id,
        "name": audit.name,
        "state": audit.state.value,
        "scope": audit.scope,
        "blind": audit.is_blind,
        "due_on": audit.due_on.isoformat() if audit.due_on else None,
        "created_at": show_time(audit.created_at),
        "created_by": audit.created_by,
        "counting_started_at": show_time(audit.counting_started_at),
        "counting_ended_at": show_time(audit.counting_ended_at),
        "closed_at": show_time(audit.closed_at),
        "closed_by": audit.closed_by,
        "revises": audit.revises_id,
        "previous_report_sha256": previous,
    }


def _show_population(findings: list[FindingRow]) -> dict[str, Any]:
    """Count and hash what was frozen when counting started: an auditor can do it over."""
    expected = sorted(
        [
            str(f.asset_tag),
            f.recorded_location or "",
            f.recorded_custodian or "",
            f.recorded_status or "",
        ]
        for f in findings
        if f.is_expected
    )
    return {
        "count": len(expected),
        "of_each": ["asset_tag", "recorded_location", "recorded_custodian", "recorded_status"],
        "sha256": hash_canonical(expected),
    }


def _hash_log(session: Session, audit_id: int) -> dict[str, Any]:
    """Hash every scan that was made for the audit, refused and undone ones too, in their order.

    Each hash takes in the one before it, so a scan that is taken away or changed later shows.
    """
    rows = session.execute(
        select(
            Scan.scan_id,
            Scan.fingerprint,
            Scan.code,
            Scan.intent,
            Scan.scanned_at,
            Scan.recorded_at,
            Scan.actor,
            Scan.outcome,
        )
        .where(Scan.audit_id == audit_id)
        .order_by(Scan.id)
    )
    head, count = "", 0
    for row in rows:
        entry = [
            head,
            str(row.scan_id),
            row.fingerprint,
            row.code,
            row.intent.value,
            show_time(row.scanned_at),
            show_time(row.recorded_at),
            row.actor,
            row.outcome.value,
        ]
        head = hashlib.sha256(dump_canonical(entry)).hexdigest()
        count += 1
    return {"count": count, "head": head or None}


def _show_counters(session: Session, audit_id: int) -> list[dict[str, Any]]:
    counters = list_counters(session, audit_id)
    roles = _roles_of(session, {counter.actor for counter in counters})
    return [
        {
            "actor": counter.actor,
            "name": counter.name,
            "role": roles.get(counter.actor),
            "device": counter.device or None,
            "scans": counter.scans,
            "first_at": show_time(counter.first_at),
            "last_at": show_time(counter.last_at),
            "clock_suspect": counter.clock_suspect,
        }
        for counter in counters
    ]


def _roles_of(session: Session, actors: set[str]) -> dict[str, str]:
    """Give the role of each `user:5` and `token:3` as it is now."""
    roles: dict[str, str] = {}
    for kind, table in (("user", User), ("token", ApiToken)):
        ids = [int(a.partition(":")[2]) for a in actors if a.startswith(f"{kind}:")]
        if ids:
            for id_, role in session.execute(
                select(table.id, table.role).where(table.id.in_(sorted(ids)))
            ):
                roles[f"{kind}:{id_}"] = role.value
    return roles


def show_finding(finding: FindingRow, target: Target | None, scan_ids: list[str]) -> dict[str, Any]:
    """Give a finding as it stands in the report, with the scans it stands on."""
    return {
        "id": finding.id,
        "state": finding.state.value,
        "flags": finding.flags,
        "asset_tag": finding.asset_tag,
        "name": finding.asset_name,
        "serial_number": finding.serial_number,
        "category": finding.category,
        "code": finding.code,
        "expected": finding.is_expected,
        "recorded_location": finding.recorded_location,
        "recorded_custodian": finding.recorded_custodian,
        "recorded_status": finding.recorded_status,
        "value_cents": finding.value_cents,
        "seen_at": show_time(finding.seen_at),
        "seen_location": finding.seen_location,
        "sightings": finding.sightings,
        "proposal": finding.proposal,
        "proposed": show_target(finding, target),
        "decision": finding.decision,
        "reason": finding.reason,
        "decided_by": finding.decided_by,
        "decided_at": show_time(finding.decided_at),
        "scan_ids": scan_ids,
    }


def show_target(finding: FindingRow, target: Target | None) -> dict[str, Any] | None:
    """Give what a proposal would set, by the words that a person knows; None where nothing."""
    if finding.proposal is None:
        return None
    asset: Mapping[str, Any] = finding.proposal_fields.get("asset") or {}
    shown = {
        "location": target.location if target else None,
        "custodian": target.custodian if target else None,
        "asset_tag": asset.get("asset_tag"),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _thing(row: Any) -> tuple[str, int | str]:
    return ("asset", row.asset_id) if row.asset_id is not None else ("code", row.code_key or "")


def _scans_by_thing(session: Session, audit_id: int) -> dict[tuple[str, int | str], list[str]]:
    scans: dict[tuple[str, int | str], list[str]] = defaultdict(list)
    for row in session.execute(select_sightings(audit_id)):
        scans[_thing(row)].append(str(row.scan_id))
    return scans


def show_time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="microseconds") if moment is not None else None
