"""Notices of programmes, which set up audits."""
