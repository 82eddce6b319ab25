"""The blueprint that the pages of health share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("monitoring", __name__)
