"""The blueprint that the modules of disposal share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("disposal", __name__)
