"""Read what a form says of something that has no label."""

from __future__ import annotations

from werkzeug.datastructures import MultiDict

from scanner_app.domain.audits.holdings.holdings import MAX_QUANTITY
from scanner_app.domain.errors import Invalid
from scanner_app.services.audits.holdings.answer import COUNT_ONLY, HoldingAnswer


def read_answer(form: MultiDict[str, str]) -> HoldingAnswer:
    """Return what a form says of a holding.

    :raises Invalid: the number is not one.
    """
    text = form.get("quantity", "").strip()
    holds = form.get("holds", "yes") != "no"
    if not text or not holds:
        return HoldingAnswer(holds, note=form.get("note", ""))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_QUANTITY))):
        raise Invalid(COUNT_ONLY, errors={"quantity": [COUNT_ONLY]})
    return HoldingAnswer(holds, int(text), form.get("note", ""))
