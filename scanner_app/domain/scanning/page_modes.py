"""What the scan page can be set to: one row for each mode, in the order in which it offers them."""

from __future__ import annotations

from typing import NamedTuple

from scanner_app.domain.scanning.intents import (
    OFFERED_INTENTS,
    STOCK_MODES,
    Intent,
    IntentFacts,
)

MOVE_STOCK = "move_stock"


class PageMode(NamedTuple):
    """A mode of the scan page.

    :param intent: of a scan that is sent as it is read.
    :param sheet: the intent of the lines of a sheet, on which pieces are gathered shelf by shelf
        before any of them is sent; None if each code is a scan.
    :param is_due_by_rule: the rules of lending say the day, not the page.
    """

    value: str
    intent: Intent
    label: str
    is_stock: bool = False
    sheet: Intent | None = None
    is_due_by_rule: bool = False

    @property
    def takes_due(self) -> bool:
        """Return whether the page asks for the day on which an asset is due back."""
        return self.facts.takes_due and not self.is_due_by_rule

    @property
    def facts(self) -> IntentFacts:
        """Return the row of the intent."""
        return self.intent.facts


def _plain(intent: Intent) -> PageMode:
    sheet = intent if intent is Intent.COUNT else None
    return PageMode(intent.value, intent, intent.facts.label, intent in STOCK_MODES, sheet)


PAGE_MODES = (
    *(_plain(intent) for intent in OFFERED_INTENTS),
    PageMode(Intent.EXTEND.value, Intent.EXTEND, Intent.EXTEND.facts.label, is_due_by_rule=True),
    *(_plain(intent) for intent in STOCK_MODES),
    # Where pieces go is scanned after them. So what is read on the way only asks what it is.
    PageMode(MOVE_STOCK, Intent.LOOKUP, "Move stock", is_stock=True, sheet=Intent.MOVE),
    _plain(Intent.PACK),
)
