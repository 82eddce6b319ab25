"""Imported lists of devices: planned row by row, written as facts of assets."""
