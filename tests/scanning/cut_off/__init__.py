"""Scans whose place and person were read before them: on the server, and through a phone."""
