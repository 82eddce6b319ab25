"""Policies: the list for everybody, one with its versions and waivers, and how admins change it."""

from scanner_app.pages.policies import new, one, overview, waivers
from scanner_app.pages.policies._blueprint import blueprint

__all__ = ["blueprint", "new", "one", "overview", "waivers"]
