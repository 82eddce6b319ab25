"""Locations in an audit: their states, their rounds, and two counts of one location compared."""
