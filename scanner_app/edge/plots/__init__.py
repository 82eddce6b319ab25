"""The pen of the pages."""
