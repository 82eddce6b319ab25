"""Pictures and documents of assets and models: the kinds, their limits, and what a file is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from scanner_app.domain.errors import Invalid, TooLarge
from scanner_app.domain.text import is_storable, visible

MAX_DOCUMENT_BYTES = 10 * 1024 * 1024
MAX_ATTACHMENTS = 100
MAX_FILENAME = 120
# The longer sides of a kept picture and of its thumbnail, in pixels.
PICTURE_SIDE, THUMB_SIDE = 1600, 320
PDF, JPEG = "application/pdf", "image/jpeg"
_PDF_HEAD, _PDF_END = b"%PDF-", b"%%EOF"
_END_WITHIN = 2048
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]')


class AttachmentKind(StrEnum):
    PICTURE = "picture"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class AttachmentKindFacts:
    """How pages name a kind, and what its field accepts."""

    label: str
    icon: str
    accept: str


ATTACHMENT_KINDS: dict[AttachmentKind, AttachmentKindFacts] = {
    AttachmentKind.PICTURE: AttachmentKindFacts(
        "Picture", "photo", "image/jpeg,image/png,image/webp,image/heic"
    ),
    AttachmentKind.DOCUMENT: AttachmentKindFacts(
        "Document", "list", "application/pdf,image/jpeg,image/png,image/webp,image/heic"
    ),
}


def is_pdf(data: bytes) -> bool:
    """Return whether a file begins and ends as a PDF does, whatever its name says."""
    return data.startswith(_PDF_HEAD) and _PDF_END in data[-_END_WITHIN:]


def check_document(data: bytes) -> None:
    """Raise unless a PDF may be kept.

    :raises TooLarge: it has too many bytes.
    :raises Invalid: it is empty.
    """
    if not data:
        raise Invalid("The file is empty.", code="empty", errors={"file": ["It is empty."]})
    if len(data) > MAX_DOCUMENT_BYTES:
        limit = MAX_DOCUMENT_BYTES // (1024 * 1024)
        raise TooLarge(f"A document may have at most {limit} MB.", code="too_large")


def clean_filename(name: str, ending: str) -> str:
    """Return the name of an upload as it may be shown and saved, with the ending of its type."""
    stem = name.rpartition(".")[0] or name
    stem = _UNSAFE.sub("_", stem) if is_storable(stem) else "file"
    stem = visible(stem).strip(" ._")[:MAX_FILENAME].strip(" ._")
    return f"{stem or 'file'}{ending}"
