"""What the pages of an import share: their blueprint, and the way from an address to a run."""

from __future__ import annotations

import hashlib

from flask import Blueprint, request

from scanner_app.domain.errors import NotFound
from scanner_app.domain.numbers import MAX_ID
from scanner_app.edge.attachments.import_files import fetch_import_file, forget_import_file
from scanner_app.queries.imports import runs as queries
from scanner_app.storage.database import reading

blueprint = Blueprint("imports", __name__, url_prefix="/imports")


def find_run(run_id: int) -> queries.RunView:
    """Return the run of an address.

    :raises NotFound: no import has that number.
    """
    if run_id > MAX_ID:  # PostgreSQL would raise an error instead of finding nothing
        raise NotFound("That import does not exist.")
    with reading() as session:
        run = queries.find_run(session, run_id)
    fetch_import_file(run.file_sha256)
    return run


def stamp_run(run: queries.RunView) -> str:
    """Return what a form holds of an import as it was shown, to notice what has changed since."""
    counts = (run.created_count, run.changed_count, run.left_count, run.refused_count)
    said = repr((sorted(run.mapping.items()), counts))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def is_outdated(run: queries.RunView) -> bool:
    """Return whether the form that was sent shows an import as it no longer is."""
    return request.form.get("seen", "") not in {"", stamp_run(run)}


def drop_file(sha256: str) -> None:
    """Remove a kept file that no import uses."""
    with reading() as session:
        used = queries.is_file_used(session, sha256, besides=0)
    if not used:
        forget_import_file(sha256)
