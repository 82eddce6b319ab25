"""Sealed reports: the canonical form of JSON, and the signature over it."""
