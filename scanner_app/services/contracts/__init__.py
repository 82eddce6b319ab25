"""Contracts: added, renewed, ended, and looked at once a day."""
