"""The blueprint that the pages of policies share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("policies", __name__, url_prefix="/policies")
