"""Reads of tasks and checklists."""
