"""Floors: the outlines of rooms, their figures, and their plot."""
