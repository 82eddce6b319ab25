"""Protocols without I/O: bytes in, reads and status out; commands come out as bytes too."""
