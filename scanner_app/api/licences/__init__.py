"""Licences for programs."""
