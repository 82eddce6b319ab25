"""Uploaded files on disk, kept under their hash and never under the name that a sender chose."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path
from typing import BinaryIO, Protocol

from scanner_app.domain.errors import Invalid, TooLarge

_BLOCK = 1 << 20
_HASH = re.compile(r"[0-9a-f]{64}")
MAX_NAME = 120


class Source(Protocol):
    """Anything that an upload can be read from."""

    def read(self, size: int = -1, /) -> bytes: ...


def imports_folder(instance_dir: Path) -> Path:
    """Return the folder of uploaded files, which is created if it is missing."""
    folder = instance_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def file_path(instance_dir: Path, sha256: str) -> Path:
    """Return the path of a kept file.

    :raises Invalid: the text is not a hash.
    """
    if not _HASH.fullmatch(sha256):
        raise Invalid("That is not the hash of a file.")
    return imports_folder(instance_dir) / sha256


def keep_file(source: Source | BinaryIO, instance_dir: Path, *, max_bytes: int) -> str:
    """Copy an upload into the instance folder and return its SHA-256, under which it is kept.

    The copy is moved into place when it is complete, so an interrupted upload leaves nothing.

    :raises TooLarge: the file has more bytes than the setting allows.
    :raises Invalid: the file is empty.
    """
    folder = imports_folder(instance_dir)
    digest = hashlib.sha256()
    descriptor, name = tempfile.mkstemp(prefix="upload-", dir=folder)
    partial = Path(name)
    try:
        size = 0
        with os.fdopen(descriptor, "wb") as target:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > max_bytes:
                    raise TooLarge(
                        f"The file is larger than {max_bytes // 1_000_000:,} MB. Split it."
                    )
                digest.update(block)
                target.write(block)
            target.flush()
            os.fsync(target.fileno())
        if not size:
            raise Invalid("The file is empty.", errors={"file": ["Choose a file with rows."]})
        partial.replace(folder / digest.hexdigest())
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()


def clean_filename(name: str | None) -> str:
    """Return a file's name for display: no path, no control characters, no direction marks."""
    text = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(char for char in text if unicodedata.category(char)[0] != "C").strip()
    return text[-MAX_NAME:] or "file"


def progress_path(instance_dir: Path, run_id: int) -> Path:
    """Return the path of the small file that holds how far an apply is."""
    return imports_folder(instance_dir) / f"run-{int(run_id)}.progress"


def note_progress(instance_dir: Path, run_id: int, done: int) -> None:
    """Write down how far an apply is: nobody can see into its transaction before the end."""
    path = progress_path(instance_dir, run_id)
    partial = path.with_suffix(".tmp")
    partial.write_text(str(done))
    partial.replace(path)


def read_progress(instance_dir: Path, run_id: int) -> int | None:
    """Return how many rows an apply has written; None where nothing is known."""
    try:
        return int(progress_path(instance_dir, run_id).read_text())
    except (OSError, ValueError):
        return None


def forget_progress(instance_dir: Path, run_id: int) -> None:
    """Remove the file of a finished apply."""
    progress_path(instance_dir, run_id).unlink(missing_ok=True)
