"""The blueprint that all pages of audits belong to."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("audit_pages", __name__, url_prefix="/audits")
