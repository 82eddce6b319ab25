"""/api/v1/audits: set up, count, reconcile, close, report."""

from scanner_app.api.audits import (
    acts,
    attestations,
    audits,
    closing,
    findings,
    late,
    matches,
    places,
    plan,
)
from scanner_app.api.audits._blueprint import blueprint
from scanner_app.api.audits.holdings import holdings
from scanner_app.api.audits.seeing import live, trends
from scanner_app.api.audits.suggesting import suggestions

# Importing a module adds its routes to the blueprint.
ROUTES = (
    audits,
    plan,
    places,
    attestations,
    findings,
    holdings,
    matches,
    late,
    acts,
    live,
    trends,
    closing,
    suggestions,
)

__all__ = ["ROUTES", "blueprint"]
