"""Which assets a list of codes means: pasted from a spreadsheet, or uploaded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from scanner_app.decoding.codes.read import Reading, TagRules, read_code
from scanner_app.domain.text import is_storable
from scanner_app.queries.scanning.codes import CodeIndex, values_of

_BETWEEN = re.compile(r"[\n\r\t,;]+")
MAX_CODE = 200


@dataclass(frozen=True, slots=True)
class CodeList:
    """What a list of codes means.

    :param asset_ids: the assets, each once, in the order of the list.
    :param repeated: how many codes meant an asset that another code before them meant.
    """

    asset_ids: tuple[int, ...]
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]
    others: tuple[str, ...]  # codes of locations and people
    repeated: int


def split_codes(text: str) -> list[str]:
    """Return the codes of a text: one a line, or between commas, semicolons and tabs."""
    parts = (part.strip().strip("\"'").strip() for part in _BETWEEN.split(text))
    return [part[:MAX_CODE] for part in parts if part and is_storable(part)]


def read_code_list(
    session: Session, codes: Sequence[str], *, rules: TagRules, now: datetime
) -> CodeList:
    """Return what codes mean. A code with blanks that means nothing is read as several codes."""
    spoken = {code: [code, *(code.split() if " " in code else ())] for code in codes}
    readings = {text: read_code(text, rules=rules) for texts in spoken.values() for text in texts}
    values = {value for reading in readings.values() for value in values_of(reading)}
    index = CodeIndex(session.connection(), values)
    found: dict[int, None] = {}
    unknown, ambiguous, others = [], [], []
    repeated = 0
    for text in _choose(spoken, readings, index, now):
        meaning = index.find(readings[text], at=now)
        if meaning.kind == "asset" and meaning.id is not None:
            repeated += meaning.id in found
            found[meaning.id] = None
        elif meaning.kind == "ambiguous":
            ambiguous.append(text)
        elif meaning.id is None:
            unknown.append(text)
        else:
            others.append(text)
    return CodeList(tuple(found), tuple(unknown), tuple(ambiguous), tuple(others), repeated)


def _choose(
    spoken: dict[str, list[str]], readings: dict[str, Reading], index: CodeIndex, now: datetime
) -> list[str]:
    """Return the whole texts, or their words where the whole means nothing and a word does."""
    chosen: list[str] = []
    for whole, *words in spoken.values():
        means = {text: index.find(readings[text], at=now).kind for text in (whole, *words)}
        is_split = means[whole] == "unregistered" and any(
            means[word] != "unregistered" for word in words
        )
        chosen += words if is_split else [whole]
    return chosen
