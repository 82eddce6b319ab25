"""Figures of the reader layer."""
