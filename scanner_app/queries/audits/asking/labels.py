"""Which assets the labels in a picture are of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import TagRules, read_code
from scanner_app.queries.scanning.codes import CodeIndex, values_of


def find_assets_of(
    session: Session, texts: Iterable[tuple[str, str]], *, rules: TagRules, now: datetime
) -> frozenset[int]:
    """Return the ids of the assets that labels mean, of their texts and symbologies."""
    readings = [read_code(text, symbology=kind, rules=rules) for text, kind in texts]
    codes = CodeIndex(session.connection(), {v for one in readings for v in values_of(one)})
    found = [codes.find(reading, at=now) for reading in readings]
    return frozenset(one.id for one in found if one.kind == "asset" and one.id is not None)
