"""The life of assets: tasks and the checklists that they start with."""

from scanner_app.pages.lifecycle import checklists, tasks
from scanner_app.pages.lifecycle._blueprint import blueprint

__all__ = ["blueprint", "checklists", "tasks"]
