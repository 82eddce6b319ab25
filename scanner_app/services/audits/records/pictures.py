"""The content of a picture that a record names: of a shelf in the database, others in the store."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.models import ShelfShot

# Returns a file of the store by its SHA-256, None if it is not there or is damaged.
FindFile = Callable[[str], bytes | None]


def find_picture(session: Session, sha256: str, find_file: FindFile) -> bytes | None:
    """Return the content of a picture by its SHA-256, None if it is not here any more."""
    shot = session.scalar(select(ShelfShot.picture).where(ShelfShot.sha256 == sha256).limit(1))
    return bytes(shot) if shot is not None else find_file(sha256)
