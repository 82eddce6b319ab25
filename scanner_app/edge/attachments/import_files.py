"""Uploaded files of imports where several machines share a bucket.

The machine that takes an upload keeps it in its folder, and puts it in the bucket. Any other, such
as the one whose worker applies the import, gets it from there as it needs it. Copies in folders
are deleted after a day, so that none outlives its import for long.
"""

from __future__ import annotations

import secrets
import time

from scanner_app.domain.file_places import is_name
from scanner_app.edge.state import current_settings, current_state
from scanner_app.services.imports.files import file_path, imports_folder

DAY_S = 86400


def share_import_file(sha256: str) -> None:
    """Put an upload where the other machines find it.

    :raises Unavailable: the store of files does not answer.
    """
    if current_settings().bucket is not None:
        current_state().files.put(file_path(current_settings().instance_dir, sha256).read_bytes())
        _forget_old_copies()


def fetch_import_file(sha256: str) -> None:
    """Get an upload that another machine took; do nothing if it is here, or nowhere.

    :raises Unavailable: the store of files does not answer.
    """
    path = file_path(current_settings().instance_dir, sha256)
    if current_settings().bucket is None or path.exists():
        return
    _forget_old_copies()
    data = current_state().files.get(sha256)
    if data is not None:
        partial = path.with_name(f"upload-{secrets.token_hex(8)}")
        partial.write_bytes(data)
        partial.replace(path)


def forget_import_file(sha256: str) -> None:
    """Delete an upload here and in the bucket.

    :raises Unavailable: the store of files does not answer.
    """
    file_path(current_settings().instance_dir, sha256).unlink(missing_ok=True)
    if current_settings().bucket is not None:
        current_state().files.delete(sha256)


def _forget_old_copies() -> None:
    """Delete the copies that are older than a day: the bucket has them."""
    for path in imports_folder(current_settings().instance_dir).iterdir():
        if is_name(path.name) and path.stat().st_mtime < time.time() - DAY_S:
            path.unlink(missing_ok=True)
