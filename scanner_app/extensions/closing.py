"""What both edges do with a closure and a report: the key, the version, the form of the answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from flask import Response, current_app

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.errors import Conflict, NotFound
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import AuditState
from scanner_app.edge.state import current_settings
from scanner_app.queries import audits as queries
from scanner_app.queries.findings import FindingRow, Target, list_findings, load_targets
from scanner_app.services.audits import check_sees_expectation
from scanner_app.services.closures import close_audit, find_seal, reopen_overtaken
from scanner_app.services.exports import Cell, Table, write_csv, write_xlsx
from scanner_app.services.reports import build_report, show_target
from scanner_app.storage.database import reading, transact
from scanner_app.storage.keys import load_signing_key

SOFTWARE = f"scanner-app {version('scanner-app')}"
FONTS = "vendor/dejavu-2.37"
HEADERS = [
    "Finding", "Flags", "Asset Tag", "Name", "Serial", "Category", "Code", "Expected",
    "Recorded Location", "Recorded Custodian", "Recorded Status", "Value", "Seen At",
    "Seen Location", "Sightings", "Proposal", "Proposed", "Decision", "Reason", "Decided By",
    "Decided At",
]  # fmt: skip
WRITERS: dict[str, tuple[Callable[[Table, IO[bytes]], None], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def close_and_seal(audit_id: int, actor: Actor, now: datetime) -> None:
    """Close an audit with this service's key.

    Where the register has overtaken a decision, nothing is applied and that finding is open again.
    """
    settings = current_settings()
    key = load_signing_key(settings.instance_dir)
    try:
        transact(
            lambda session: close_audit(
                session,
                audit_id=audit_id,
                actor=actor,
                now=now,
                key=key,
                needs_two=settings.closure_needs_two,
                version=SOFTWARE,
            )
        )
    except Conflict as error:
        if error.code == "register_changed":
            transact(lambda session: reopen_overtaken(session, audit_id=audit_id))
        raise


def jsonable(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give fields as JSON keeps them: times and dates as ISO text, stages by value."""
    return {
        name: value.isoformat()
        if isinstance(value, date)
        else value.value
        if isinstance(value, Stage)
        else value
        for name, value in values.items()
    }


def report_response(audit_id: int, form: str, actor: Actor) -> Response:
    """Give an audit's report as json, csv, xlsx or pdf; sealed where it is closed.

    :raises NotFound: there is no such audit, or no such form.
    :raises NotAllowed: the audit is counted blind, by whoever asks among others.
    """
    if form not in {"json", "csv", "xlsx", "pdf"}:
        raise NotFound("A report is had as json, csv, xlsx or pdf.")
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        check_sees_expectation(audit, actor)
        if form in {"json", "pdf"}:
            seal = find_seal(session, audit_id)
            text = (
                seal.report
                if seal
                else json.dumps(
                    build_report(session, audit_id=audit_id, version=SOFTWARE), ensure_ascii=False
                )
            )
            body, kind = text.encode(), "application/json"
        else:
            findings = list_findings(session, audit_id, limit=None)
            targets = load_targets(session, findings)
            table = Table(f"Audit {audit_id}", HEADERS, _rows(findings, targets))
            file = io.BytesIO()
            write, kind = WRITERS[form]
            write(table, file)
            body = file.getvalue()
    if form == "pdf":
        # From what is sealed, not from the database: the paper says what the JSON says.
        body, kind = _print(json.loads(body)), "application/pdf"
    response = Response(body, content_type=kind)
    standing = "" if audit.state is AuditState.CLOSED else "-preliminary"
    response.headers["Content-Disposition"] = (
        f'attachment; filename="audit-{audit_id}{standing}.{form}"'
    )
    return response


def _print(report: Mapping[str, Any]) -> bytes:
    from scanner_app.services.report_paper import write_report

    file = io.BytesIO()
    write_report(report, file, fonts=Path(current_app.static_folder or "") / FONTS)
    return file.getvalue()


def _rows(findings: list[FindingRow], targets: Mapping[int, Target]) -> Iterator[list[Cell]]:
    for row in findings:
        proposed = show_target(row, targets.get(row.id)) or {}
        yield [
            row.state.value,
            " ".join(row.flags),
            row.asset_tag,
            row.asset_name,
            row.serial_number,
            row.category,
            row.code,
            "yes" if row.is_expected else "no",
            row.recorded_location,
            row.recorded_custodian,
            row.recorded_status,
            Decimal(row.value_cents) / 100 if row.value_cents is not None else None,
            row.seen_at.isoformat() if row.seen_at else None,
            row.seen_location,
            row.sightings,
            row.proposal,
            ", ".join(proposed.values()),
            row.decision,
            row.reason,
            row.decided_by,
            row.decided_at.isoformat() if row.decided_at else None,
        ]
