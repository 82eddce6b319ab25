"""Keep an uploaded picture or document in the file store, and send one back.

A picture is written again by the decoder process, so nothing of the uploaded file but its pixels is
kept. A PDF is kept as it is, and never opened here: it is sent as a download that runs nothing.
"""

from __future__ import annotations

from flask import Response, request

from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.register.attachments import (
    JPEG,
    PDF,
    PICTURE_SIDE,
    THUMB_SIDE,
    AttachmentKind,
    check_document,
    clean_filename,
    is_pdf,
)
from scanner_app.edge.guard import require_actor
from scanner_app.edge.state import current_state, require_room, spend_budget
from scanner_app.edge.uploads import shrink_upload
from scanner_app.queries.register.attachments import AttachmentRow
from scanner_app.services.register.attachments import KeptFile
from scanner_app.storage.file_store import FileStore

FIELD = "file"
# A document is never run: not as a page, not with scripts, not in a frame.
SANDBOX = "sandbox; default-src 'none'"


def current_store() -> FileStore:
    """Return the file store of this service."""
    return current_state().files


def keep_upload(kind: AttachmentKind) -> KeptFile:
    """Store the one file of this request, and return what a row of it needs.

    :raises Invalid: there is not one file, or it is not of a type that may be kept.
    :raises TooLarge, NoRoom, TooMany, Unavailable: as `shrink_upload` does.
    """
    return _keep(*read_one_file(), kind)


def read_one_file() -> tuple[bytes, str]:
    """Return the one file of this request, with its name.

    :raises Invalid: there is not one file.
    """
    files = [file for file in request.files.getlist(FIELD) if file.filename]
    if len(files) != 1:
        raise Invalid(
            "Choose one file.",
            errors={FIELD: ["Missing." if not files else "Send one file at a time."]},
            code="one_file",
        )
    data = files[0].read()
    files[0].close()  # a large one is in a temporary file
    return data, files[0].filename or ""


def _keep(data: bytes, name: str, kind: AttachmentKind) -> KeptFile:
    if is_pdf(data):
        if kind is AttachmentKind.PICTURE:
            raise Invalid("This is a PDF. Add it as a document.", code="not_a_picture")
        check_document(data)
        require_room(len(data))
        spend_budget(require_actor().key, 1, len(data))
        sha256 = current_store().put(data)
        return KeptFile(kind, sha256, None, PDF, clean_filename(name, ".pdf"), len(data))
    picture, thumb = shrink_upload(data, sides=(PICTURE_SIDE, THUMB_SIDE))
    store = current_store()
    return KeptFile(
        kind,
        store.put(picture.jpeg),
        store.put(thumb.jpeg),
        JPEG,
        clean_filename(name, ".jpg"),
        len(picture.jpeg),
        picture.width,
        picture.height,
    )


def send_attachment(row: AttachmentRow, *, is_thumb: bool = False) -> Response:
    """Return the content of a file: a picture to be shown, a document as a download.

    :raises NotFound: the store does not have it, or has it damaged.
    """
    name = row.thumb_sha256 if is_thumb else row.sha256
    data = current_store().get(name) if name else None
    if data is None:
        raise NotFound("The content of this file is missing. Tell your admin to restore it.")
    response = Response(data, content_type=JPEG if is_thumb else row.media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    shown = is_thumb or (row.kind is AttachmentKind.PICTURE and row.media_type == JPEG)
    how = "inline" if shown else "attachment"
    response.headers.set("Content-Disposition", how, filename=row.filename)
    # Asked for again each time: what the browser keeps would outlive the sign-in.
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(name or "")
    response.make_conditional(request)
    return response
