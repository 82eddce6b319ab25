"""Selects over licences, their seats, what is installed, and positions."""
