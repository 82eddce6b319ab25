"""The blueprint of the pages about stock, and the address of an item."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint

# The API uses the plain name.
blueprint = Blueprint("stock_pages", __name__, url_prefix="/stock")


def item_path(code: str) -> str:
    """Return the address of an item's page."""
    return f"/stock/items/{quote(code, safe='')}"
