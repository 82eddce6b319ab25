"""Keep an uploaded picture for the record of an audit: written again, so without its place."""

from __future__ import annotations

from flask import Response, request

from scanner_app.decoding.picture.symbols import Symbol
from scanner_app.domain.errors import NotFound
from scanner_app.domain.register.attachments import JPEG
from scanner_app.edge.attachments.keep import SANDBOX, current_store
from scanner_app.edge.uploads import decode_upload
from scanner_app.services.audits.asking.pictures import KeptPicture

KEPT_SIDE = 1600


def keep_evidence(data: bytes, *, sender: str) -> tuple[KeptPicture, tuple[Symbol, ...]]:
    """Store a picture and return what its row needs, with the labels that were read in it.

    :param sender: whose budget it is on.
    :raises Invalid, TooLarge, NoRoom, TooMany, Unavailable: as `decode_upload` does.
    """
    decoded = decode_upload(data, keep_side=KEPT_SIDE, sender=sender)
    sha256 = current_store().put(decoded.picture)
    kept = KeptPicture(sha256, len(decoded.picture), decoded.width, decoded.height)
    return kept, decoded.symbols


def send_evidence(sha256: str) -> Response:
    """Return a picture by its name in the store.

    :raises NotFound: the store does not have it, or has it damaged.
    """
    data = current_store().get(sha256)
    if data is None:
        raise NotFound("The content of this picture is missing. Tell your admin to restore it.")
    response = Response(data, content_type=JPEG)
    response.headers["Content-Security-Policy"] = SANDBOX
    # Asked for again each time: what the browser keeps would outlive the sign-in.
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(sha256)
    response.make_conditional(request)
    return response
