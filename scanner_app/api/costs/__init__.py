"""Costs in the API."""
