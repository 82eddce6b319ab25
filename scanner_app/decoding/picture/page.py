"""Draw the first page of an untrusted PDF, for a floor plan that an architect sent."""

from __future__ import annotations

import io

from scanner_app.decoding.picture.open import PictureRefused

PDF_HEAD = b"%PDF-"
POINTS_AT_MOST = 20_000


def draw_first_page(data: bytes, *, side: int) -> bytes:
    """Return the first page of a PDF as PNG, its longer side `side` pixels.

    :raises PictureRefused: it is not a PDF that can be read, asks for a password, or has no page.
    """
    import pypdfium2  # loaded only in the process that needs it: 8 MB

    try:
        document = pypdfium2.PdfDocument(data)
        page = document[0]
        longest = max(page.get_size())
        if not 0 < longest <= POINTS_AT_MOST:
            raise PictureRefused("too_large", "The first page is too large. Send it as a picture.")
        image = page.render(scale=side / longest).to_pil()
    except (pypdfium2.PdfiumError, IndexError, ValueError) as error:
        raise PictureRefused(
            "bad_pdf",
            "This PDF cannot be read, or asks for a password. Send its first page as a picture.",
        ) from error
    target = io.BytesIO()
    image.convert("RGB").save(target, "PNG")
    return target.getvalue()
