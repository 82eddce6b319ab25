"""What was printed before: the newest print of each label, and a list of all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.labels.reasons import PrintReason
from scanner_app.models import LabelPrint, Printer

# A kind of thing and the code on its label.
Labelled = tuple[str, str]
CHUNK = 500


@dataclass(frozen=True, slots=True)
class PrintRow:
    """One print of a label. `printer` is None for a file that somebody downloaded."""

    id: int
    kind: str
    code: str
    at: datetime
    by: str
    reason: PrintReason
    design: str
    version: int | None
    stock: str
    copies: int
    printer: str | None


_ROWS = select(
    LabelPrint.id,
    LabelPrint.kind,
    LabelPrint.code,
    LabelPrint.printed_at,
    LabelPrint.printed_by,
    LabelPrint.reason,
    LabelPrint.design,
    LabelPrint.design_version,
    LabelPrint.stock,
    LabelPrint.copies,
    Printer.name,
).outerjoin(Printer, Printer.id == LabelPrint.printer_id)


def load_printed(session: Session, labels: Iterable[Labelled]) -> dict[Labelled, PrintRow]:
    """Return the newest print of each label that was printed before; a test is none."""
    wanted = set(labels)
    codes = sorted({code for _, code in wanted})
    found: dict[Labelled, PrintRow] = {}
    for start in range(0, len(codes), CHUNK):
        newest = (
            select(func.max(LabelPrint.id))
            .where(
                LabelPrint.code.in_(codes[start : start + CHUNK]),
                LabelPrint.reason != PrintReason.TEST,
            )
            .group_by(LabelPrint.kind, LabelPrint.code)
        )
        for row in session.execute(_ROWS.where(LabelPrint.id.in_(newest))):
            one = PrintRow(*row)
            if (one.kind, one.code) in wanted:
                found[one.kind, one.code] = one
    return found


def list_prints(
    session: Session, *, code: str = "", before: int | None = None, limit: int
) -> list[PrintRow]:
    """Return prints, the newest first.

    :param code: only those of this code.
    :param before: the id after which a page goes on.
    """
    statement = _ROWS.order_by(LabelPrint.id.desc()).limit(limit)
    if code:
        statement = statement.where(LabelPrint.code == code)
    if before is not None:
        statement = statement.where(LabelPrint.id < before)
    return [PrintRow(*row) for row in session.execute(statement)]
