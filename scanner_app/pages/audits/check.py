"""Check a sealed record by its file, in words. Anyone who was given one may: nobody signs in."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from scanner_app.domain.audits.checked import WORDS, Checked, check_any, check_links
from scanner_app.domain.errors import TooLarge, Unavailable
from scanner_app.domain.seals.check import Broken, names_key
from scanner_app.domain.seals.report import BrokenSeal, NotAReport
from scanner_app.edge.guard import current_actor, public
from scanner_app.edge.state import current_settings, spend_budget
from scanner_app.edge.web import page
from scanner_app.pages.audits._blueprint import blueprint
from scanner_app.storage.keys import load_public_keys

MAX_FILES = 8
MEGABYTE = 1024 * 1024
MAX_MB, MAX_MB_UNKNOWN = 32, 8
# A large report takes seconds to check, and everybody may ask: one at a time leaves the rest free.
_turn = threading.Lock()


@dataclass(frozen=True, slots=True)
class Record:
    """A record that was found untouched; `number` and `sha256` only of format 2."""

    file: str
    key_id: str
    is_ours: bool
    number: int | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of the files: what is said first, what exactly is wrong, and which records."""

    is_untouched: bool
    sentence: str
    detail: str = ""
    records: tuple[Record, ...] = ()


@blueprint.get("/check")
@public
def ask_for_record() -> Response:
    """Show where to drop a sealed record."""
    return _show(None)


@blueprint.post("/check")
@public
def check_record() -> Response:
    """Answer in words whether the records were altered. Nothing of a file is kept.

    :raises TooLarge: the files are too large together, or too many.
    :raises TooMany: this sender has sent too much in this minute.
    :raises Unavailable: another record is being checked.
    """
    request.max_content_length = _max_mb() * MEGABYTE
    files = [file for file in request.files.getlist("report") if file.filename]
    texts = [(str(file.filename), file.read()) for file in files]
    for file in files:
        file.close()  # a large one is in a temporary file
    if not texts:
        return _show(Verdict(False, "Choose the JSON file of a sealed record first."), status=422)
    if len(texts) > MAX_FILES:
        raise TooLarge(f"Choose at most {MAX_FILES} files at a time.")
    actor = current_actor()
    sender = actor.key if actor else f"address:{request.remote_addr}"
    spend_budget(sender, len(texts), sum(len(text) for _, text in texts))
    if not _turn.acquire(blocking=False):
        raise Unavailable("Another record is being checked. Try again in a moment.")
    try:
        return _show(_judge(texts))
    finally:
        _turn.release()


def _max_mb() -> int:
    return MAX_MB if current_actor() else MAX_MB_UNKNOWN


def _show(verdict: Verdict | None, status: int = 200) -> Response:
    return page(
        "audits/check.html",
        verdict=verdict,
        max_files=MAX_FILES,
        max_mb=_max_mb(),
        status=status,
    )


def _judge(files: list[tuple[str, bytes]]) -> Verdict:
    ours = load_public_keys(current_settings().instance_dir)
    checked: list[Checked] = []
    records: list[Record] = []
    for name, text in files:
        try:
            found = check_any(text)
        except NotAReport as error:
            return Verdict(False, WORDS["json"], f"{name}: {error}")
        except Broken as error:
            return Verdict(False, WORDS[error.code], f"{name}: {error.reason}")
        except BrokenSeal as error:
            return Verdict(False, WORDS["content"], f"{name}: {error}")
        key_id = found.key_id if isinstance(found, Checked) else found
        is_ours = key_id in ours and names_key(text, ours[key_id])
        if isinstance(found, Checked):
            checked.append(found)
            records.append(Record(name, key_id, is_ours, found.number, found.sha256))
        else:
            records.append(Record(name, key_id, is_ours))
    try:
        check_links(checked)
    except Broken as error:
        return Verdict(False, WORDS[error.code], error.reason)
    said = "Untouched, and sealed by this service."
    if not all(record.is_ours for record in records):
        said = "Untouched, but sealed with a key that this service does not know: compare it."
    return Verdict(True, said, records=tuple(records))
