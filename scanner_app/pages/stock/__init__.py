"""Stock: the list, an item with its moves, the forms that move pieces, the reorder list."""

from scanner_app.pages.stock import forms, items, models, reorder
from scanner_app.pages.stock._blueprint import blueprint

__all__ = ["blueprint", "forms", "items", "models", "reorder"]
