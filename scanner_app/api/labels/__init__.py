"""Labels to print, for programs."""

from scanner_app.api.labels.labels import blueprint

__all__ = ["blueprint"]
