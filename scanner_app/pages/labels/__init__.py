"""Labels: choose, see what is printed, print; rolls of blank ones."""

from scanner_app.pages.labels import printing, rolls
from scanner_app.pages.labels._blueprint import blueprint

__all__ = ["blueprint", "printing", "rolls"]
