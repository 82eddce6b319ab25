"""Sealed certificates: their page, their exact text, and the PDF that is drawn from it."""

from __future__ import annotations

import io
import json
from pathlib import Path

from flask import Response, current_app, request

from scanner_app.domain.access.roles import Action
from scanner_app.domain.errors import NotFound
from scanner_app.edge.attachments.keep import SANDBOX, current_store
from scanner_app.edge.guard import allow
from scanner_app.edge.report_files import FONTS
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.edge.words.voices import find_voice
from scanner_app.pages.disposal._blueprint import blueprint
from scanner_app.queries.disposal.consignments import (
    CertificateRow,
    get_certificate,
    get_consignment,
    list_papers,
)
from scanner_app.services.disposal.certificate_pdf import write_certificate
from scanner_app.services.files.pdf import load_fonts
from scanner_app.storage.database import reading


@blueprint.get("/certificates/<certificate>")
@allow(Action.READ_REGISTER)
def show_certificate(certificate: str) -> Response:
    """Show a certificate: what it says, its hash, and its downloads."""
    row = _get(certificate)
    return page("disposal/certificate.html", row=row, body=json.loads(row.text))


@blueprint.get("/certificates/<certificate>/certificate.json")
@allow(Action.READ_REGISTER)
def send_certificate(certificate: str) -> Response:
    """Send the sealed text of a certificate as a download."""
    row = _get(certificate)
    response = Response(row.text, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.number}.json"'
    return response


@blueprint.get("/certificates/<certificate>/certificate.pdf")
@allow(Action.READ_REGISTER)
def print_certificate(certificate: str) -> Response:
    """Send a certificate as a PDF."""
    row = _get(certificate)
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    load_fonts(Path(current_app.static_folder or "") / FONTS)
    file = io.BytesIO()
    body = json.loads(row.text)
    write_certificate(
        body,
        file,
        sha256=row.sha256,
        address=f"{base}/certificates/{row.number}",
        voice=find_voice(body.get("language")),
    )
    response = Response(file.getvalue(), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    return response


def _get(number: str) -> CertificateRow:
    with reading() as session:
        return get_certificate(session, number)


@blueprint.get("/consignments/<task>/documents/<id:document_id>")
@allow(Action.READ_REGISTER)
def send_paper(task: str, document_id: int) -> Response:
    """Send a paper of the recipient as a download that runs nothing."""
    with reading() as session:
        papers = list_papers(session, get_consignment(session, task).id)
    paper = next((one for one in papers if one.id == document_id), None)
    data = current_store().get(paper.sha256) if paper else None
    if paper is None or data is None:
        raise NotFound("That paper does not exist.")
    response = Response(data, content_type=paper.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers.set("Content-Disposition", "attachment", filename=paper.filename)
    return response
