"""Imported people: planned row by row, written in bulk."""
