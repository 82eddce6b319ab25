"""Roles and what they may do; accounts and passwords."""
