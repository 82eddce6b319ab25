"""Imported locations: planned as one tree, written level by level."""
