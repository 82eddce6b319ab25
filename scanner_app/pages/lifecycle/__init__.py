"""The life of assets: tasks, what they cost, and the checklists and plans that they come from."""

from scanner_app.pages.lifecycle import checklists, costs, plans, tasks
from scanner_app.pages.lifecycle._blueprint import blueprint

__all__ = ["blueprint", "checklists", "costs", "plans", "tasks"]
