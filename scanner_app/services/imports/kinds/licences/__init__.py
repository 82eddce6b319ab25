"""Imported licences: planned row by row, written as licences of the register and their seats."""
