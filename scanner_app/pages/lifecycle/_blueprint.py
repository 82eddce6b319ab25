"""The blueprint that the modules of tasks share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("tasks", __name__, url_prefix="/tasks")
