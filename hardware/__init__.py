"""Readers as a separate layer: bytes from scanners and RFID antennas become sightings.

Nothing here knows web frameworks, the asset database, or which asset a tag belongs to.
"""
