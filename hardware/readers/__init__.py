"""Readers: thin I/O around the protocols, one module a way of being connected."""
