"""What labels are printed on, as fields of pages offer it."""

from __future__ import annotations

from scanner_app.domain.labels.stock import STOCK_FORMS, STOCKS, FormFacts, LabelStock


def list_stock_groups() -> list[tuple[FormFacts, list[LabelStock]]]:
    """Return all stock by its form: sheets, then rolls."""
    return [
        (facts, [stock for stock in STOCKS if stock.form is form])
        for form, facts in STOCK_FORMS.items()
    ]
