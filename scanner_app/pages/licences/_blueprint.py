"""The blueprint that the modules of licences share."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from flask import Blueprint, g

from scanner_app.edge.organisation import current_organisation

# The API uses the plain name.
blueprint = Blueprint("licence_pages", __name__)


def today_here() -> date:
    """Return the day that it is for the organisation."""
    day: date = g.now.astimezone(current_organisation().zone).date()
    return day


def licence_path(asset_tag: str) -> str:
    """Return the address of a licence's page."""
    return f"/licences/{quote(asset_tag, safe='')}"
