"""Costs on the command line."""
