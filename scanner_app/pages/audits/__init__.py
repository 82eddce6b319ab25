"""Pages of audits: the list, and one module for each state of an audit, and the decisions."""

from scanner_app.pages.audits import (
    chain,
    check,
    closing,
    counting,
    deciding,
    plan,
    reconciling,
    report,
    setup,
    steps,
    trail,
)
from scanner_app.pages.audits import list as list_page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.pages.audits.asking import people, pictures
from scanner_app.pages.audits.findings import discussing, matching
from scanner_app.pages.audits.holdings import holdings
from scanner_app.pages.audits.late import taking
from scanner_app.pages.audits.programmes import programmes
from scanner_app.pages.audits.rounds import places
from scanner_app.pages.audits.seeing import floors, live, trends
from scanner_app.pages.audits.suggesting import rules

# Importing a module adds its routes to the blueprint.
ROUTES = (
    *(list_page, setup, plan, steps, counting, reconciling, deciding, closing, report, trail),
    chain,
    check,
    discussing,
    matching,
    people,
    pictures,
    places,
    floors,
    holdings,
    live,
    programmes,
    rules,
    taking,
    trends,
)

__all__ = ["ROUTES", "blueprint"]
