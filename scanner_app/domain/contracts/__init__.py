"""Contracts: their states and terms, and when a term has to be decided about. Pure."""
