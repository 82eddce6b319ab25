"""A floor of free disk space: large things are refused while the database still has room."""

from __future__ import annotations

import shutil

from scanner_app.domain.errors import NoRoom
from scanner_app.edge.state import current_settings

MEGABYTE = 1_000_000


def has_room(size: int = 0) -> bool:
    """Return whether the floor of free space is kept when this many bytes more are stored."""
    settings = current_settings()
    if not settings.keep_free_mb:
        return True
    folder = settings.instance_dir.absolute()
    while not folder.exists():  # made at its first use
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return free - size >= settings.keep_free_mb * MEGABYTE


def require_room(size: int = 0) -> None:
    """Raise unless there is room for something that is not a scan.

    :raises NoRoom: the disk is nearly full.
    """
    if not has_room(size):
        raise NoRoom(
            "The server's disk is nearly full, so it takes no pictures and no files now. Scans are"
            " still stored. Tell your admin."
        )
