"""Notices: the bell's page, and how a person wants to be told."""
