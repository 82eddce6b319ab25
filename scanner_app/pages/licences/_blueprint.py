"""The blueprint that the modules of licences share."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint

# The API uses the plain name.
blueprint = Blueprint("licence_pages", __name__)


def licence_path(asset_tag: str) -> str:
    """Return the address of a licence's page."""
    return f"/licences/{quote(asset_tag, safe='')}"
