"""Labels: choose, see what is printed, print."""

from scanner_app.pages.labels.print import blueprint

__all__ = ["blueprint"]
