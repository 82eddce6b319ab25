"""A floor of free disk space: large things are refused while the database still has room."""

from __future__ import annotations

import shutil
from pathlib import Path

MEGABYTE = 1_000_000
NEARLY_FULL = (
    "The server's disk is nearly full, so it takes no pictures and no files now. Scans are still"
    " stored. Tell your admin."
)


def keeps_free(folder: Path, *, floor_mb: int, size: int) -> bool:
    """Return whether the floor is kept when this many bytes more are stored in a folder."""
    if not floor_mb:
        return True
    folder = folder.absolute()
    while not folder.exists():  # made at its first use
        folder = folder.parent
    return shutil.disk_usage(folder).free - size >= floor_mb * MEGABYTE
