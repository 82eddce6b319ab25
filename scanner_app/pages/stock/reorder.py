"""The reorder list: what is low, by supplier, as a page, as CSV and as a text for an e-mail."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import groupby

from flask import current_app, g
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from scanner_app.domain.access.roles import Action
from scanner_app.domain.stock.acts import say_pieces
from scanner_app.edge.guard import allow
from scanner_app.edge.web import page
from scanner_app.pages.stock._blueprint import blueprint
from scanner_app.queries.stock.choices import ReorderLine, list_reorder
from scanner_app.services.files.table_writers import ExportTable, write_csv
from scanner_app.storage.database import reading

HEADERS = (
    *("Supplier", "Supplier code", "Code", "Name", "There", "On order", "Minimum"),
    *("Target", "To order"),
    *("Packs", "Pieces in a pack"),
)
NO_SUPPLIER = "No supplier"


@blueprint.get("/reorder")
@allow(Action.READ_REGISTER)
def show_reorder() -> WerkzeugResponse:
    """Show what is low and how many to order."""
    with reading() as session:
        lines = list_reorder(session)
    return page("stock/reorder.html", groups=_by_supplier(lines), text=_write_text(lines))


@blueprint.get("/reorder.csv")
@allow(Action.EXPORT)
def download_csv() -> WerkzeugResponse:
    """Download the reorder list as a table."""
    out = io.BytesIO()
    with reading() as session:
        write_csv(_make_table(session), out)
    return _send(out.getvalue(), "csv", "text/csv")


@blueprint.get("/reorder.txt")
@allow(Action.EXPORT)
def download_text() -> WerkzeugResponse:
    """Download the reorder list as a text that is ready for an e-mail."""
    with reading() as session:
        text = _write_text(list_reorder(session))
    return _send(text.encode(), "txt", "text/plain")


def _send(body: bytes, ending: str, mimetype: str) -> WerkzeugResponse:
    answer = current_app.response_class(body, mimetype=mimetype)
    name = f"reorder-{g.now:%Y-%m-%d}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _make_table(session: Session) -> ExportTable:
    return ExportTable("Reorder", HEADERS, list(_rows(list_reorder(session))))


def _by_supplier(lines: Sequence[ReorderLine]) -> list[tuple[str, list[ReorderLine]]]:
    grouped = groupby(lines, key=lambda line: line.item.supplier or NO_SUPPLIER)
    return [(name, list(group)) for name, group in grouped]


def _rows(lines: Sequence[ReorderLine]) -> Iterator[list[str | int | None]]:
    for line in lines:
        item = line.item
        yield [
            *(item.supplier, item.supplier_code, item.code, item.name),
            *(item.level, line.ordered, item.least, item.target, line.quantity, line.packs),
            item.pack_quantity,
        ]


def _write_text(lines: Sequence[ReorderLine]) -> str:
    """Return the list as a text that is ready for an e-mail, one part a supplier."""
    parts = []
    for supplier, group in _by_supplier(lines):
        said = [f"{supplier}:"]
        for line in group:
            item = line.item
            ref = f", your number {item.supplier_code}" if item.supplier_code else ""
            packs = f" ({line.packs} packs)" if item.pack_quantity > 1 else ""
            pieces = say_pieces(line.quantity, item.unit)
            said.append(f"- {pieces} of {item.name}{ref}{packs}")
        parts.append("\n".join(said))
    return "\n\n".join(parts) + "\n" if parts else ""
