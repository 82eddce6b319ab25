"""The record of labels that were printed, each with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.order import PrintOrder
from scanner_app.domain.labels.own_designs import OwnDesign, pick_design
from scanner_app.domain.labels.reasons import PrintReason, find_reason
from scanner_app.models import LabelPrint
from scanner_app.queries.labels.printed import load_printed
from scanner_app.services.labels.asked.requests import end_printed


def note_prints(
    session: Session,
    contents: Sequence[LabelContent],
    order: PrintOrder,
    *,
    reason: PrintReason | None,
    actor: str,
    now: datetime,
    printer_id: int | None = None,
) -> None:
    """Keep that labels were printed. What was asked for is done, unless it is a test.

    :param reason: why those are printed again that were printed before; without one, a label is
        taken to be damaged.
    """
    before = load_printed(session, [(one.kind, one.code) for one in contents])
    rows = []
    for content in contents:
        design = pick_design(order.design, content, order.stock)
        was_printed = (content.kind, content.code) in before
        rows.append(
            LabelPrint(
                printed_at=now,
                printed_by=actor,
                kind=content.kind,
                code=content.code,
                design=design.key,
                design_version=design.version if isinstance(design, OwnDesign) else None,
                stock=order.stock.key,
                printer_id=printer_id,
                copies=order.copies,
                reason=find_reason(reason, was_printed=was_printed),
            )
        )
    session.add_all(rows)
    session.flush()
    done = [one for one in rows if one.kind == "asset" and one.reason is not PrintReason.TEST]
    end_printed(session, done, now=now)
