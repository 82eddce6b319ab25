"""Closing an audit: decisions applied, report built, sealed; all of it or none."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access import Actor
from scanner_app.domain.reconciliation import AuditState
from scanner_app.domain.seals import SigningKey, hash_report, seal_report
from scanner_app.models import Scan, Seal
from scanner_app.queries import audits as queries
from scanner_app.queries.audits import FindingRow
from scanner_app.services.audits import apply_decisions, check_closable, lock_audit

FORMAT = "scanner-app audit report 1"


def close_audit(
    session: Session,
    *,
    audit_id: int,
    actor: Actor,
    now: datetime,
    key: SigningKey,
    needs_two: bool,
    version: str,
) -> None:
    """Apply the accepted proposals, sign and seal the report, and close the audit for good.

    :raises Conflict: a proposal is undecided, a second person is needed, or it is closed already.
    """
    audit = lock_audit(session, audit_id)
    check_closable(session, audit=audit, actor=actor, needs_two=needs_two)
    apply_decisions(session, audit=audit, actor=actor, now=now)
    session.flush()
    audit.closed_at = now
    audit.closed_by = actor.name
    audit.state = AuditState.CLOSED
    report = build_report(session, audit_id=audit_id, version=version)
    sealed = seal_report(report, key)
    session.add(
        Seal(
            audit_id=audit_id,
            report=sealed.text,
            sha256=sealed.sha256,
            signature=sealed.signature,
            key_id=key.key_id,
            sealed_at=now,
        )
    )
    session.flush()


def build_report(session: Session, *, audit_id: int, version: str) -> dict[str, Any]:
    """Give the report of an audit: the same data gives the same report, byte for byte."""
    audit = queries.get_audit(session, audit_id)
    findings = queries.list_findings(session, audit_id, limit=None)
    scans = _scans_by_thing(session, audit_id)
    tally = queries.load_tally(session, audit_id)
    expected = [f.asset_tag for f in findings if f.is_expected]
    previous = (
        session.scalar(select(Seal.sha256).where(Seal.audit_id == audit.revises_id))
        if audit.revises_id
        else None
    )
    return {
        "format": FORMAT,
        "software": version,
        "audit": {
            "id": audit.id,
            "name": audit.name,
            "scope": audit.scope,
            "blind": audit.is_blind,
            "due_on": audit.due_on.isoformat() if audit.due_on else None,
            "created_at": _time(audit.created_at),
            "created_by": audit.created_by,
            "counting_started_at": _time(audit.counting_started_at),
            "counting_ended_at": _time(audit.counting_ended_at),
            "closed_at": _time(audit.closed_at),
            "closed_by": audit.closed_by,
            "revises": audit.revises_id,
            "previous_report_sha256": previous,
        },
        "population": {"count": len(expected), "sha256": hash_report(sorted(map(str, expected)))},
        "counted_by": [
            {"actor": actor, "name": name, "device": device, "scans": count}
            for actor, name, device, count in queries.list_counters(session, audit_id)
        ],
        "counts": tally.show_counts(),
        "accuracy": tally.show_accuracy(),
        "accuracy_by": {
            by: {
                name or "(none)": {**part.show_counts(), **part.show_accuracy()}
                for name, part in queries.load_tallies(session, audit_id, by=by).items()
            }
            for by in ("location", "category", "custodian")
        },
        "findings": [_show_finding(finding, scans) for finding in findings],
        "late_scans": [
            {"scanned_at": _time(at), "code": code, "by": who, "device": device}
            for at, code, who, device in queries.list_late_scans(session, audit_id)
        ],
    }


def _show_finding(
    finding: FindingRow, scans: dict[tuple[str, int | str], list[str]]
) -> dict[str, Any]:
    thing: tuple[str, int | str] = (
        ("asset", finding.asset_id)
        if finding.asset_id is not None
        else ("code", finding.code or "")
    )
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
        "value_cents": finding.value_cents,
        "seen_at": _time(finding.seen_at),
        "seen_location": finding.seen_location,
        "sightings": finding.sightings,
        "proposal": finding.proposal,
        "decision": finding.decision,
        "reason": finding.reason,
        "decided_by": finding.decided_by,
        "decided_at": _time(finding.decided_at),
        "scan_ids": scans.get(thing, []),
    }


def _scans_by_thing(session: Session, audit_id: int) -> dict[tuple[str, int | str], list[str]]:
    scans: dict[tuple[str, int | str], list[str]] = defaultdict(list)
    rows = session.execute(
        select(Scan.scan_id, Scan.asset_id, Scan.code)
        .where(Scan.audit_id == audit_id)
        .order_by(Scan.effective_at, Scan.id)
    )
    for scan_id, asset_id, code in rows:
        key: tuple[str, int | str] = ("asset", asset_id) if asset_id is not None else ("code", code)
        scans[key].append(str(scan_id))
    return scans


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="microseconds") if moment is not None else None
