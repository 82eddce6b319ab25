"""Reads of how media were erased and where assets went."""
