"""Licences: how they are counted, and whether there are enough. Pure."""
