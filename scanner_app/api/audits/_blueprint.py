"""The blueprint that all calls about audits belong to."""

from __future__ import annotations

from scanner_app.api import Blueprint

PROBLEM = "application/problem+json"

blueprint = Blueprint(
    "audits", __name__, url_prefix="/api/v1/audits", description="Audits from scope to seal."
)
