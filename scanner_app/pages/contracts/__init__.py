"""Contracts: the list, one of them, its form, and what is to be decided."""

from scanner_app.pages.contracts import detail, forms, overview, renewals
from scanner_app.pages.contracts._blueprint import blueprint

__all__ = ["blueprint", "detail", "forms", "overview", "renewals"]
