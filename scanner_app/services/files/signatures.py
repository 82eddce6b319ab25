"""Keeping signatures and drawing them on paper. What they belong to names them by their hash."""

from __future__ import annotations

import json
from collections.abc import Callable

from reportlab.pdfgen.canvas import Canvas
from sqlalchemy.orm import Session

from scanner_app.domain.seals.canonical import dump_canonical
from scanner_app.domain.signatures.drawing import fit_signature
from scanner_app.domain.signatures.strokes import (
    Signature,
    TypedSignature,
    hash_signature,
    read_signature,
)
from scanner_app.models import KeptSignature

# A pen's line on paper, in points.
PEN = 0.9
TYPED_SIZE = 11.0


def keep_signature(session: Session, signature: Signature) -> str:
    """Store a signature unless the same one is stored already. Returns its SHA-256."""
    sha256 = hash_signature(signature)
    if session.get(KeptSignature, sha256) is None:
        text = dump_canonical(signature.to_json()).decode()
        session.add(KeptSignature(sha256=sha256, strokes=text))
        session.flush()
    return sha256


def load_signature(session: Session, sha256: str) -> Signature | None:
    """Return a kept signature by its hash."""
    row = session.get(KeptSignature, sha256)
    return None if row is None else read_signature(json.loads(row.strokes))


def draw_signature(
    canvas: Canvas,
    signature: Signature,
    box: tuple[float, float, float, float],
    *,
    write: Callable[[float, float, str, float, bool], None],
) -> None:
    """Draw a signature into a box of the page.

    :param box: left, top, width and height, in points of the page.
    :param write: how the paper writes a text (x, y of its line, text, size, in bold), so that a
        name in any script is drawn.
    """
    left, top, width, height = box
    if isinstance(signature, TypedSignature):
        write(left, top - height / 2, f"{signature.name} (typed)", TYPED_SIZE, False)
        return
    canvas.saveState()
    canvas.setStrokeGray(0)
    canvas.setLineWidth(PEN)
    canvas.setLineCap(1)
    canvas.setLineJoin(1)
    path = canvas.beginPath()
    for line in fit_signature(signature, width, height):
        path.moveTo(left + line[0][0], top - line[0][1])
        for x, y in line[1:]:
            path.lineTo(left + x, top - y)
    canvas.drawPath(path, stroke=1, fill=0)
    canvas.restoreState()
