"""Licences: added, changed, and their seats given and returned."""
