"""Notices: what people are told without asking, when, to whom, and by which way."""
