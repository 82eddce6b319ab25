"""Labels: choose, see what is printed, print; rolls of blank ones."""

from scanner_app.pages.labels import printers, printing, rolls
from scanner_app.pages.labels._blueprint import blueprint

__all__ = ["blueprint", "printers", "printing", "rolls"]
