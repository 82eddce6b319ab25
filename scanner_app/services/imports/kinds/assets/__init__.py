"""Imported assets: planned row by row, written with the locations, people and models they name."""
