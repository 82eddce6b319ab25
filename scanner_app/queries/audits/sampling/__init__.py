"""Reads for audits with a sample: what a plan covers, what was drawn, and what was found of it."""
