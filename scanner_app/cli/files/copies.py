"""Back up and restore the file store, in a folder beside the copy of the database.

Files are named by their content: a second backup into the same folder adds what is new, and a
restore only adds what is missing. A file is written over only where it is damaged.
"""

from __future__ import annotations

from pathlib import Path

from scanner_app.config import Settings
from scanner_app.queries.register.attachments import list_stored_names
from scanner_app.storage.database import reading
from scanner_app.storage.file_store import FolderStore, copy_files, open_store


def folder_of(file: Path) -> Path:
    """Return the folder that holds the files of a backup."""
    return file.with_name(f"{file.name}.files")


def back_up_files(settings: Settings, file: Path) -> int:
    """Copy the files that rows may refer to beside a backup, and return how many are there.

    The database is copied before: each of its rows has its file already.

    :raises ScannerAppError: a file is damaged.
    """
    target = FolderStore(folder_of(file))
    copy_files(open_store(settings), target)
    return sum(1 for _ in target.names())


def restore_files(settings: Settings, file: Path) -> int:
    """Add the files beside a backup to the store, and return how many were missing or damaged.

    :raises ScannerAppError: a file is damaged.
    """
    return copy_files(FolderStore(folder_of(file)), open_store(settings))


def count_missing(settings: Settings) -> int:
    """Return how many files rows refer to that the store does not have. Needs an app's context."""
    with reading() as session:
        wanted = list_stored_names(session)
    return len(wanted.difference(open_store(settings).names()))
