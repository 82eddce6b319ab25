"""The blueprint of the pages about labels."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("label_pages", __name__, url_prefix="/labels")
