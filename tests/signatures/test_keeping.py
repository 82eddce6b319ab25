"""Signatures as rows, kept once and for ever, and as lines on paper and on the page of components."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from scanner_app.domain.signatures.strokes import DrawnSignature, TypedSignature, hash_signature
from scanner_app.models import KeptSignature
from scanner_app.pages import patterns
from scanner_app.services.files.signatures import draw_signature, keep_signature, load_signature

DRAWN = DrawnSignature(1200, 400, (tuple((100 + 20 * n, 200) for n in range(30)), ((900, 100),)))


@pytest.mark.parametrize("signature", [DRAWN, TypedSignature("Mäßig, Zoë")])
def test_keeps_a_signature_once_by_its_hash(work, signature):
    with work() as session:
        first = keep_signature(session, signature)
    with work() as session:
        assert keep_signature(session, signature) == first == hash_signature(signature)
        assert len(session.scalars(select(KeptSignature)).all()) == 1
        assert load_signature(session, first) == signature


@pytest.mark.parametrize(
    "statement", ["UPDATE signature SET strokes = 'x'", "DELETE FROM signature"]
)
def test_changes_no_kept_signature(work, statement):
    with work() as session:
        keep_signature(session, DRAWN)
    with pytest.raises(DBAPIError, match="append-only"):
        with work() as session:
            session.execute(text(statement))


def test_draws_on_paper_the_lines_of_the_svg():
    file = io.BytesIO()
    canvas = Canvas(file, pageCompression=0, invariant=1)
    draw_signature(canvas, DRAWN, (100, 500, 120, 40), write=lambda *_: None)
    canvas.save()

    # A tenth of the size; y 200 of 400 is 20 below the top at 500.
    assert b"110 480 m 112 480 l 114 480 l" in file.getvalue()
    assert b"190 490 m 190 490 l" in file.getvalue()


def test_writes_a_typed_name_on_paper_and_says_that_it_was_typed():
    written = []
    draw_signature(
        Canvas(io.BytesIO()),
        TypedSignature("Mara Klein"),
        (0, 100, 120, 40),
        write=lambda *given: written.append(given),
    )

    assert [given[2] for given in written] == ["Mara Klein (typed)"]


@pytest.mark.either_database
def test_shows_the_pad_and_both_kinds_among_the_components(admin, monkeypatch):
    monkeypatch.setattr(patterns, "current_settings", lambda: SimpleNamespace(debug=True))
    page = admin.get("/patterns").text

    assert 'name="signature_typed"' in page
    assert 'aria-label="Signature of Mara Klein"' in page
    assert '<span class="badge">typed</span>' in page
