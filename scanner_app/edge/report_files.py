"""The files of an audit's report, and its closing with this service's key."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import IO, Any

from flask import Response, current_app
from sqlalchemy.orm import Session
from werkzeug.wsgi import FileWrapper

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.audits.approver import Approver
from scanner_app.domain.audits.holdings.holdings import PART as HOLDINGS
from scanner_app.domain.audits.report_columns import TABLE_COLUMNS, to_cells, to_sealed_cells
from scanner_app.domain.audits.states import FINAL_STATES
from scanner_app.domain.errors import NotFound
from scanner_app.domain.seals.long_parts import write_json
from scanner_app.edge.attachments.keep import current_store
from scanner_app.edge.organisation import current_organisation
from scanner_app.edge.state import current_settings
from scanner_app.queries.audits.findings import read_findings
from scanner_app.queries.audits.holdings.holdings import list_holdings
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.audits.reported import load_reported
from scanner_app.queries.seals.chain import find_seal
from scanner_app.queries.seals.texts import SealedText
from scanner_app.queries.settings import load_logo
from scanner_app.services.audits.approval.statements import Statement
from scanner_app.services.audits.asking.approval import send_for_approval
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.audits.cancel import cancel_audit
from scanner_app.services.audits.close import Closure, close_or_reopen
from scanner_app.services.audits.holdings.report_files import show_as_finding
from scanner_app.services.audits.holdings.report_part import show_holding
from scanner_app.services.audits.records.packs import write_pack
from scanner_app.services.audits.records.sheets import list_sheets
from scanner_app.services.audits.report import build_report
from scanner_app.services.audits.steps import NOTHING_STATED
from scanner_app.services.files.table_writers import ExportTable, write_book, write_csv
from scanner_app.services.seals.chain import Sealing
from scanner_app.storage.database import reading, transact
from scanner_app.storage.keys import load_signing_key

SOFTWARE = f"scanner-app {version('scanner-app')}"
# The last column of a sealed table: the hash of the JSON that it was written from.
SEALED_HEADER = "Sealed SHA-256"
FONTS = "vendor/dejavu-2.37"
# A larger file is on disk until it is sent; so much of it is sent at once.
IN_MEMORY = 2**20
# Passes rows on, and notes how many there were.
Counted = Callable[[Iterable[Any]], Iterable[Any]]


def close_with_key(
    audit_id: int,
    actor: Actor,
    now: datetime,
    statement: Statement = NOTHING_STATED,
    reason: str = "",
) -> None:
    """Close an audit and seal its report with this service's key.

    :param reason: why it is closed although scans wait.
    :raises Conflict: it cannot be closed; nothing was applied.
    :raises Invalid: a statement or a signature that its policy asks for is not given.
    """
    close_or_reopen(
        transact, Closure(audit_id, make_sealing(actor, now), closing_rule(), statement, reason)
    )


def send_with_rule(
    audit_id: int, *, approver_id: int, comment: str, actor: Actor, now: datetime
) -> None:
    """Ask a person to close an audit, by the setting in force.

    :raises Conflict, Invalid: as `send_for_approval`.
    """
    rule = closing_rule()
    transact(
        lambda session: send_for_approval(
            session,
            audit_id=audit_id,
            approver_id=approver_id,
            comment=comment,
            rule=rule,
            actor=actor,
            now=now,
        )
    )


def closing_rule() -> Approver:
    """Return who may close an audit, as the setting says."""
    needs_two = current_organisation().closure_needs_two
    return Approver.NOT_A_COUNTER if needs_two else Approver.ANYONE


def cancel_with_key(audit_id: int, reason: str | None, actor: Actor, now: datetime) -> None:
    """Cancel an audit, and seal the record of one that was counted with this service's key.

    :raises Conflict: it is closed or cancelled already.
    :raises Invalid: it was counted, and no reason is given.
    """
    sealing = make_sealing(actor, now)
    transact(
        lambda session: cancel_audit(session, audit_id=audit_id, reason=reason, sealing=sealing).id
    )


def make_sealing(actor: Actor, now: datetime) -> Sealing:
    """Return how this service seals a record now."""
    key = load_signing_key(current_settings().instance_dir)
    return Sealing(actor, now, key, SOFTWARE, current_organisation().language)


def pack_response(audit_id: int, actor: Actor) -> Response:
    """Return the pack of a sealed audit: the report, its proofs, and the program that checks it.

    :raises NotFound: the audit does not exist, or is not sealed.
    :raises NotAllowed: the audit is blind, and this person may not see its expected list.
    """
    return send_written(
        lambda session, file: write_pack_file(session, audit_id, actor, file), "application/zip"
    )


def write_pack_file(session: Session, audit_id: int, actor: Actor, file: IO[bytes]) -> str:
    """Write the pack of a sealed audit, and return its name.

    :raises NotFound, NotAllowed: as `pack_response`.
    """
    script = Path(current_app.static_folder or "") / "verify_audit.py"
    require_not_blind(get_audit(session, audit_id), actor)
    write_pack(session, audit_id, file, script=script, find_file=current_store().get)
    return f"audit-{audit_id}-pack.zip"


def report_response(audit_id: int, form: str, actor: Actor) -> Response:
    """Return the report of an audit as json, csv, xlsx or pdf; sealed if the audit has ended.

    :raises NotFound: the audit or the form does not exist.
    :raises NotAllowed: the audit is blind, and this person may not see its expected list.
    """
    if form not in FORMS:
        raise NotFound("A report is available as json, csv, xlsx or pdf.")
    return send_written(
        lambda session, file: write_report_file(session, audit_id, form, actor, file),
        FORMS[form][0],
    )


def write_report_file(
    session: Session,
    audit_id: int,
    form: str,
    actor: Actor,
    file: IO[bytes],
    *,
    counted: Counted = iter,
) -> str:
    """Write the report of an audit in a form of `FORMS`, and return the file's name.

    :param counted: passes rows on as they are written; a sealed text and a PDF are not counted.
    :raises NotFound: the audit does not exist.
    :raises NotAllowed: the audit is blind, and this person may not see its expected list.
    """
    audit = get_audit(session, audit_id)
    require_not_blind(audit, actor)
    FORMS[form][1](session, audit_id, file, counted)
    suffix = "" if audit.state in FINAL_STATES else "-preliminary"
    return f"audit-{audit_id}{suffix}.{form}"


def send_written(
    write: Callable[[Session, IO[bytes]], str], kind: str, *, fresh: bool = True
) -> Response:
    """Return a file that is written first: then memory does not grow with it.

    A slow download holds no transaction, and an error in the middle is a page that says so.

    :param write: writes it, and returns its name.
    :param fresh: False if a read replica may answer.
    """
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the response closes it
    try:
        with reading(snapshot=True, fresh=fresh) as session:
            name = write(session, file)
        length = file.tell()
        file.seek(0)
        if length <= IN_MEMORY:
            with file:
                response = Response(file.read(), content_type=kind)
        else:
            response = Response(FileWrapper(file), content_type=kind, direct_passthrough=True)
            response.content_length = length
            response.call_on_close(file.close)
    except BaseException:
        file.close()
        raise
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _load_report(session: Session, audit_id: int) -> Mapping[str, Any]:
    """Return what is sealed, or what would be if the audit were closed now."""
    seal = find_seal(session, audit_id)
    if seal is not None:
        return SealedText(session, seal.number).report
    return build_report(session, audit_id=audit_id, version=SOFTWARE, approver=closing_rule())


def _write_json(session: Session, audit_id: int, file: IO[bytes], _counted: Counted) -> None:
    seal = find_seal(session, audit_id)
    if seal is not None:
        file.writelines(SealedText(session, seal.number).read())
    else:
        report = _load_report(session, audit_id)
        file.writelines(piece.encode() for piece in write_json(report))


def _write_csv(session: Session, audit_id: int, file: IO[bytes], counted: Counted) -> None:
    write_csv(_show_findings(session, audit_id, counted), file)


def _write_xlsx(session: Session, audit_id: int, file: IO[bytes], counted: Counted) -> None:
    report = _load_report(session, audit_id)
    write_book([_show_findings(session, audit_id, counted), *list_sheets(report)], file)


def _show_findings(session: Session, audit_id: int, counted: Counted) -> ExportTable:
    """Return the findings as a table: of a closed audit those that were sealed, with their hash."""
    seal = find_seal(session, audit_id)
    headers = [column.header for column in TABLE_COLUMNS]
    rows: Iterable[list[Any]]
    held: Iterable[dict[str, Any]]
    sealed = _load_report(session, audit_id) if seal is not None else {}
    findings = sealed.get("findings")
    # The record of a cancelled audit is sealed without findings: they are those of its table.
    if seal is not None and findings is not None:
        headers.append(SEALED_HEADER)
        held = (show_as_finding(one) for one in sealed.get(HOLDINGS, {}).get("items", ()))
        rows = ([*to_sealed_cells(one), seal.sha256] for one in chain(findings, held))
    else:
        unsealed = (
            to_cells(reported)
            for part in read_findings(session, audit_id)
            for reported in load_reported(session, part)
        )
        held = map(show_as_finding, map(show_holding, list_holdings(session, audit_id)))
        rows = chain(unsealed, map(to_sealed_cells, held))
    return ExportTable(f"Audit {audit_id}", headers, counted(rows))


def _write_pdf(session: Session, audit_id: int, file: IO[bytes], _counted: Counted) -> None:
    from scanner_app.services.audits.report_pdf import Letterhead, write_report

    organisation = current_organisation()
    logo = load_logo(session) if organisation.logo else None
    write_report(
        # Drawn from what is sealed, not from the database, so that both say the same.
        _load_report(session, audit_id),
        file,
        fonts=Path(current_app.static_folder or "") / FONTS,
        letterhead=Letterhead(organisation.organisation_name, logo),
    )


# What each form is sent as, and who writes it.
FORMS: dict[str, tuple[str, Callable[[Session, int, IO[bytes], Counted], None]]] = {
    "json": ("application/json", _write_json),
    "csv": ("text/csv; charset=utf-8", _write_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _write_xlsx),
    "pdf": ("application/pdf", _write_pdf),
}
