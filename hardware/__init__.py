"""Readers as a layer of their own: bytes from scanners and RFID antennas become sightings.

Nothing here knows of web frameworks, databases of assets, or what a tag is stuck to.
"""
