"""The files that records refer to, by the SHA-256 of what they hold.

A name is made of the content, so a file is never changed, and writing it twice is harmless. The
file is stored before its row: a row never names a file that is not there.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from scanner_app.config import Settings
from scanner_app.domain.errors import ScannerAppError
from scanner_app.domain.file_places import is_name

FOLDER = "files"


class FileStore(Protocol):
    """What a store can do, be it a folder or a service."""

    def put(self, data: bytes) -> str:
        """Store a file, and return its name."""

    def get(self, name: str) -> bytes | None:
        """Return a file, None if it is not there or is not what its name says."""

    def delete(self, name: str) -> None:
        """Delete a file, if it is there."""

    def names(self) -> Iterator[str]:
        """Yield the names of all files."""


class FolderStore:
    """A store in a folder that only the service reads. Files are spread over 256 folders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        name = hashlib.sha256(data).hexdigest()
        path = self._path(name)
        if self.get(name) is not None:  # a damaged one is written again
            return name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = path.with_name(f"{name}.{secrets.token_hex(8)}")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
        _sync(path.parent)
        return name

    def get(self, name: str) -> bytes | None:
        try:
            data = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == name else None

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        for path in sorted(self._folder.glob("??/*")):
            if is_name(path.name):
                yield path.name

    def _path(self, name: str) -> Path:
        if not is_name(name):
            raise ValueError("a file is named by the SHA-256 of its content")
        return self._folder / name[:2] / name


def open_store(settings: Settings) -> FileStore:
    """Return where the files of this service are: its folder, or a bucket.

    :raises ScannerAppError: a package for buckets is missing.
    """
    if settings.bucket is None:
        return FolderStore(settings.instance_dir / FOLDER)
    from scanner_app.storage.object_store import ObjectStore

    return ObjectStore(settings.bucket)


def copy_files(source: FileStore, target: FileStore) -> int:
    """Copy the files that a store lacks or has damaged, and return how many those were.

    :raises ScannerAppError: such a file is damaged in the source too.
    """
    copied = 0
    for name in source.names():
        if target.get(name) is not None:
            continue
        data = source.get(name)
        if data is None:
            raise ScannerAppError(
                f"The file {name} is damaged: its content is not that of its name."
            )
        target.put(data)
        copied += 1
    return copied


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
