"""Licences: positions and the list, one of them, and its form."""

from scanner_app.pages.licences import detail, forms, overview
from scanner_app.pages.licences._blueprint import blueprint

__all__ = ["blueprint", "detail", "forms", "overview"]
