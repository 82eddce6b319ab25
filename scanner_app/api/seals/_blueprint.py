"""The blueprint that all calls about sealed records belong to."""

from __future__ import annotations

from scanner_app.api import Blueprint

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "seals",
    __name__,
    url_prefix="/api/v1/seals",
    description="The row of sealed records, each with the hash of the one before it.",
)
