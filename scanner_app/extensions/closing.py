"""What both edges do with a closure and a report: the key, the version, the form of the answer."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from importlib.metadata import version
from typing import IO, Any

from flask import Response
from sqlalchemy import select

from scanner_app.domain.access import Actor
from scanner_app.domain.errors import NotFound
from scanner_app.domain.lifecycle import Stage
from scanner_app.domain.reconciliation import AuditState
from scanner_app.extensions.database import reading, transact
from scanner_app.extensions.guard import current_settings
from scanner_app.extensions.keys import load_signing_key
from scanner_app.models import Seal
from scanner_app.queries import audits as queries
from scanner_app.queries.audits import FindingRow
from scanner_app.services.closures import build_report, close_audit
from scanner_app.services.exports import Cell, Table, write_csv, write_xlsx

SOFTWARE = f"scanner-app {version('scanner-app')}"
HEADERS = [
    "Finding", "Flags", "Asset Tag", "Name", "Code", "Expected", "Recorded Location",
    "Recorded Custodian", "Seen At", "Seen Location", "Sightings", "Proposal", "Decision",
    "Reason", "Decided By",
]  # fmt: skip
WRITERS: dict[str, tuple[Callable[[Table, IO[bytes]], None], str]] = {
    "csv": (write_csv, "text/csv; charset=utf-8"),
    "xlsx": (write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}


def close_and_seal(audit_id: int, actor: Actor, now: datetime) -> None:
    """Close an audit with this service's key."""
    settings = current_settings()
    key = load_signing_key(settings.instance_dir)
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


def report_response(audit_id: int, form: str) -> Response:
    """Give an audit's report as json, csv or xlsx; sealed json where it is closed.

    :raises NotFound: there is no such audit, or no such form.
    """
    if form not in {"json", "csv", "xlsx"}:
        raise NotFound("A report is had as json, csv or xlsx.")
    with reading() as session:
        audit = queries.get_audit(session, audit_id)
        if form == "json":
            sealed = session.scalar(select(Seal.report).where(Seal.audit_id == audit_id))
            text = sealed or json.dumps(
                build_report(session, audit_id=audit_id, version=SOFTWARE), ensure_ascii=False
            )
            body, kind = text.encode(), "application/json"
        else:
            findings = queries.list_findings(session, audit_id, limit=None)
            table = Table(f"Audit {audit_id}", HEADERS, _rows(findings))
            file = io.BytesIO()
            write, kind = WRITERS[form]
            write(table, file)
            body = file.getvalue()
    response = Response(body, content_type=kind)
    standing = "" if audit.state is AuditState.CLOSED else "-preliminary"
    response.headers["Content-Disposition"] = (
        f'attachment; filename="audit-{audit_id}{standing}.{form}"'
    )
    return response


def _rows(findings: list[FindingRow]) -> Iterator[list[Cell]]:
    for row in findings:
        yield [
            row.state.value,
            " ".join(row.flags),
            row.asset_tag,
            row.asset_name,
            row.code,
            "yes" if row.is_expected else "no",
            row.recorded_location,
            row.recorded_custodian,
            row.seen_at.isoformat() if row.seen_at else None,
            row.seen_location,
            row.sightings,
            row.proposal,
            row.decision,
            row.reason,
            row.decided_by,
        ]
