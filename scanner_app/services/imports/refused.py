"""Refused rows as their file has them: to be corrected, or written out with the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from scanner_app.domain.errors import Invalid
from scanner_app.domain.imports import ImportKind
from scanner_app.domain.imports.columns import count_known
from scanner_app.domain.imports.runs import Verdict
from scanner_app.queries.imports.runs import RunView, stream_planned
from scanner_app.services.files.tables.open import SourceTable, open_table
from scanner_app.services.imports import files
from scanner_app.services.imports.mapping import ColumnMapping
from scanner_app.services.register.codes import holds_secret

MAX_MENDED = 2000
MAX_TEXT = 2000
REASONS = "Why it was refused"


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused row: its number, its cells as they are now, and why it is refused."""

    number: int
    cells: tuple[str, ...]
    reasons: tuple[str, ...]


def open_source(run: RunView, instance_dir: Path) -> SourceTable:
    """Return the table of a run, read as its mapping says.

    :raises Invalid: the file is gone.
    """
    path = files.file_path(instance_dir, run.file_sha256)
    if not path.exists():
        raise Invalid("The uploaded file is gone from the server. Upload it again.")
    kind = ImportKind(run.kind)
    return open_table(
        path,
        count_known=lambda headers: count_known(kind, headers),
        reading=ColumnMapping.from_json(run.mapping).reading,
    )


def stream_refused(
    session: Session, run: RunView, table: SourceTable, *, after: int = 0
) -> Iterator[RefusedRow]:
    """Yield the refused rows after a number, in the order of the file; secrets are left blank."""
    reasons = {
        row.row_number: tuple(map(str, row.detail.get("reasons", ())))
        for chunk in stream_planned(session, run.id, Verdict.REFUSED)
        for row in chunk
    }
    width = len(table.headers)
    for row in ColumnMapping.from_json(run.mapping).mend(table.rows()):
        if row.number > after and row.number in reasons:
            cells = [*row.cells, *[""] * (width - len(row.cells))]
            shown = tuple("" if holds_secret(cell) else cell for cell in cells)
            yield RefusedRow(row.number, shown, reasons[row.number])


def keep_mended(
    mapping: ColumnMapping, changed: Mapping[int, Mapping[int, str]], *, width: int
) -> dict[str, dict[str, str]]:
    """Return the corrected cells of a run together with new ones.

    :raises Invalid: there are too many; the file itself is the place to correct them.
    """
    mended = {number: dict(cells) for number, cells in mapping.mended.items()}
    for number, cells in changed.items():
        for at, text in cells.items():
            if 0 <= at < width:
                mended.setdefault(str(number), {})[str(at)] = text[:MAX_TEXT]
    if len(mended) > MAX_MENDED:
        raise Invalid(
            f"More than {MAX_MENDED:,} rows are corrected here. Correct them in the file instead."
        )
    return mended
