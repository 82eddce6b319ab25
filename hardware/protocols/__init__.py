"""Protocols without I/O: bytes in, events out. Commands for the reader come out as bytes too."""
