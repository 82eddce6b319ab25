"""The receipt of a hand-over as a download: its sealed JSON, or a PDF that is drawn from it."""

from __future__ import annotations

import io
from pathlib import Path

from flask import Response, current_app, request
from sqlalchemy.orm import Session

from scanner_app.domain.errors import NotFound
from scanner_app.edge.report_files import FONTS
from scanner_app.edge.state import current_settings
from scanner_app.edge.words.voices import find_voice
from scanner_app.queries.stockroom.handovers import HandoverRow
from scanner_app.services.files.pdf import load_fonts
from scanner_app.services.files.signatures import load_signature
from scanner_app.services.stockroom.receipt import Size, write_receipt


def receipt_json(row: HandoverRow) -> Response:
    """Return the sealed text of a hand-over as a download."""
    response = Response(row.text, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{row.number}.json"'
    return response


def acceptance_json(row: HandoverRow) -> Response:
    """Return the sealed answer of who got the things, as a download.

    :raises NotFound: nobody answered by link.
    """
    if row.answer is None:
        raise NotFound("Nobody answered this hand-over by link.")
    response = Response(row.answer.detail["text"], content_type="application/json")
    name = f"{row.number}-answer.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def receipt_pdf(session: Session, row: HandoverRow, size: str) -> Response:
    """Return the receipt as a PDF.

    :param size: `a4` or `80mm`.
    :raises NotFound: there is no such paper.
    """
    paper = next((one for one in Size if one.value == size), None)
    if paper is None:
        raise NotFound("A receipt is printed on a4 or 80mm.")
    body = row.body
    answer = row.answer
    signed = (answer.detail.get("signature") if answer else None) or body.get("signature")
    base = current_settings().base_url.rstrip("/") or request.host_url.rstrip("/")
    load_fonts(Path(current_app.static_folder or "") / FONTS)
    file = io.BytesIO()
    write_receipt(
        body,
        file,
        size=paper,
        signature=load_signature(session, signed["sha256"]) if signed else None,
        sha256=row.sha256,
        answer=answer.detail if answer else None,
        signed=signed,
        address=f"{base}/h/{row.number}",
        voice=find_voice(body.get("language")),
    )
    response = Response(file.getvalue(), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{row.number}.pdf"'
    return response
