"""A certificate keeps the language in which it was sealed, on its paper."""

from __future__ import annotations

import json

import pypdfium2
import pytest

from scanner_app.services.disposal.confirmation import add_document, confirm_list
from tests.disposal.steps import (
    ALICE,
    PAPER,
    at,
    close,
    hand_out,
    in_work,
    open_one,
    read_certificate,
    retire_and_erase,
    scan_all,
)


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("language", "named", "title"),
    [("en", None, "Certificate of disposal"), ("de", "de", "Entsorgungsnachweis")],
)
def test_is_drawn_in_the_language_that_it_names(app, admin, post, desk, language, named, title):
    number = open_one(app)
    retire_and_erase(app, post, ["OLD-01"])
    scan_all(post, number, ["OLD-01"], "pack", minute=5)
    hand_out(app, post, number, ["OLD-01"])
    in_work(app, confirm_list, number, "Asset Tag\nOLD-01\n", actor=ALICE, now=at(14))
    in_work(app, add_document, number, PAPER, actor=ALICE, now=at(15))
    sealed = close(app, number, language=language)

    text = read_certificate(app, sealed)
    assert json.loads(text).get("language") == named
    pdf = admin.get(f"/certificates/{sealed}/certificate.pdf")
    words = "".join(one.get_textpage().get_text_range() for one in pypdfium2.PdfDocument(pdf.data))
    assert title in words
    assert "Example Ltd" in words
