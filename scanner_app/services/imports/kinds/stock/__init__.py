"""Imported stock: planned row by row, written as items, counts and minimums of the ledger."""
