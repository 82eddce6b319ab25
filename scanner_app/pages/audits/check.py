"""Check a sealed record by its file, in words. Anyone who was given one may: nobody signs in."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.audits.checked import WORDS, Checked, check_any, check_links
from scanner_app.domain.errors import TooLarge, Unavailable
from scanner_app.domain.seals.check import Broken
from scanner_app.domain.seals.report import BrokenSeal, NotAReport
from scanner_app.edge.guard import public
from scanner_app.edge.state import current_settings
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.storage.keys import load_public_keys

MAX_FILES = 8
MEGABYTE = 1024 * 1024
MAX_MB = 32
# A large report takes seconds to check, and everybody may ask: one at a time leaves the rest free.
_turn = threading.BoundedSemaphore(1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the files: what is said first, what exactly is wrong, and which records."""

    is_untouched: bool
    sentence: str
    detail: str = ""
    records: tuple[tuple[str, Checked | None, str, bool], ...] = ()


@blueprint.get("/check")
@public
def ask_for_record() -> Response:
    """Show where to drop a sealed record."""
    return page("audits/check.html", verdict=None, max_files=MAX_FILES, max_mb=MAX_MB)


@blueprint.post("/check")
@public
def check_record() -> Response:
    """Answer in words whether the records were altered. Nothing of a file is kept.

    :raises TooLarge: the files are larger than `MAX_MB` together, or too many.
    :raises Unavailable: another record is being checked.
    """
    request.max_content_length = MAX_MB * MEGABYTE
    files = [file for file in request.files.getlist("report") if file.filename]
    if len(files) > MAX_FILES:
        raise TooLarge(f"Choose at most {MAX_FILES} files at a time.")
    if not _turn.acquire(timeout=5):
        raise Unavailable("Another record is being checked. Try again in a moment.")
    try:
        verdict = _judge([(str(file.filename), file.read()) for file in files])
    finally:
        _turn.release()
    status = 200 if files else 422
    return page(
        "audits/check.html",
        verdict=verdict,
        max_files=MAX_FILES,
        max_mb=MAX_MB,
        status=status,
    )


def _judge(files: list[tuple[str, bytes]]) -> Verdict:
    if not files:
        return Verdict(False, "Choose the JSON file of a sealed record first.")
    ours = load_public_keys(current_settings().instance_dir)
    records: list[tuple[str, Checked | None, str, bool]] = []
    name = ""
    try:
        for name, text in files:
            found = check_any(text)
            checked = found if isinstance(found, Checked) else None
            key_id = checked.key_id if checked else str(found)
            records.append((name, checked, key_id, key_id in ours))
        name = ""
        check_links([one for _, one, _, _ in records if one is not None])
    except NotAReport as error:
        return Verdict(False, WORDS["json"], f"{name}: {error}")
    except Broken as error:
        at = f"{name}: " if name else ""
        return Verdict(False, WORDS.get(error.code, WORDS["content"]), f"{at}{error.reason}")
    except BrokenSeal as error:
        return Verdict(False, WORDS["content"], f"{name}: {error}")
    if all(is_ours for *_, is_ours in records):
        said = "Untouched, and sealed by this service."
        return Verdict(True, said, records=tuple(records))
    said = "Untouched, but sealed by another service: compare its key with the one that you trust."
    return Verdict(True, said, records=tuple(records))
