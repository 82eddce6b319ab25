"""The blueprint that the modules of contracts share."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, g

from scanner_app.edge.organisation import current_organisation

# The API uses the plain name.
blueprint = Blueprint("contract_pages", __name__)


def today_here() -> date:
    """Return the day that it is for the organisation."""
    day: date = g.now.astimezone(current_organisation().zone).date()
    return day
