"""Uploaded files on disk: kept under their hash, never under the name their sender chose."""

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
LONGEST_NAME = 120


class Source(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


def imports_folder(instance_dir: Path) -> Path:
    folder = instance_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def file_path(instance_dir: Path, sha256: str) -> Path:
    """Give the path of a kept file.

    :raises Invalid: that is no hash.
    """
    if not _HASH.fullmatch(sha256):
        raise Invalid("That is not the hash of a file.")
    return imports_folder(instance_dir) / sha256


def keep_file(source: Source | BinaryIO, instance_dir: Path, *, most_bytes: int) -> str:
    """Copy an upload into the instance folder and give its SHA-256, under which it is kept.

    The copy is moved into place when it is whole, so a cut upload leaves nothing behind.

    :raises TooLarge: it has more bytes than the setting allows.
    :raises Invalid: it is empty.
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
                if size > most_bytes:
                    raise TooLarge(
                        f"The file is larger than {most_bytes // 1_000_000:,} MB. Split it."
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
    """Give the last part of a file's name for showing: no path, no control or direction marks."""
    text = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(char for char in text if unicodedata.category(char)[0] != "C").strip()
    return text[-LONGEST_NAME:] or "file"


def progress_path(instance_dir: Path, run_id: int) -> Path:
    return imports_folder(instance_dir) / f"run-{int(run_id)}.progress"


def note_progress(instance_dir: Path, run_id: int, done: int) -> None:
    """Say how far an apply is, outside of its own transaction, which nobody sees until the end."""
    path = progress_path(instance_dir, run_id)
    partial = path.with_suffix(".tmp")
    partial.write_text(str(done))
    partial.replace(path)


def read_progress(instance_dir: Path, run_id: int) -> int | None:
    try:
        return int(progress_path(instance_dir, run_id).read_text())
    except (OSError, ValueError):
        return None


def forget_progress(instance_dir: Path, run_id: int) -> None:
    progress_path(instance_dir, run_id).unlink(missing_ok=True)
