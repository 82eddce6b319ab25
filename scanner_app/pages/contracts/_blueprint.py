"""The blueprint that the modules of contracts share."""

from __future__ import annotations

from flask import Blueprint

# The API uses the plain name.
blueprint = Blueprint("contract_pages", __name__)
