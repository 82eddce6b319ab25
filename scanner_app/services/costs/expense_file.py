"""Read a file of expenses: `Asset Tag,Date,Kind,Amount,Currency,Note,Key`."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor
from scanner_app.domain.costs.expenses import Expense as Amount
from scanner_app.domain.errors import Invalid, ScannerAppError
from scanner_app.models import Expense
from scanner_app.services.costs.expenses import add_expense, read_expense
from scanner_app.services.files.formula_guard import remove_guard

HEADERS = ("Asset Tag", "Date", "Kind", "Amount", "Currency", "Note", "Key")
NEEDED = 4
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExpenseLine:
    """One line of a file.

    :param uuid: follows from the key; without one from the line itself, and from how many lines
        before it say the same.
    """

    number: int
    asset_tag: str
    uuid: UUID
    expense: Amount
    note: str


def read_expense_lines(text: str, *, base: str) -> list[ExpenseLine]:
    """Return the expenses of a file.

    :param base: the currency of lines that name none.
    :raises Invalid: the file has another form, or a line of it cannot be read; the line is named.
    """
    if len(text.encode()) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it.")
    try:
        lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=None)))
    except csv.Error as error:
        raise Invalid("The file is not CSV. Save it again as CSV, in UTF-8.") from error
    head = [cell.strip().casefold() for cell in lines[0]] if lines else []
    wanted = [header.casefold() for header in HEADERS]
    if any(header not in head for header in wanted[:NEEDED]):
        raise Invalid(f"The first line is not known. Use “{','.join(HEADERS)}”.")
    places = {header: head.index(header) for header in wanted if header in head}
    seen: Counter[str] = Counter()
    found = []
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        texts = [_read_cell(cells, places.get(header)) for header in wanted]
        found.append(_read_line(number, texts, base, seen))
    if not found:
        raise Invalid("The file has no expenses.")
    return found


def _read_cell(cells: Sequence[str], place: int | None) -> str:
    if place is None or place >= len(cells):
        return ""
    return remove_guard(cells[place].strip())


def _read_line(number: int, texts: Sequence[str], base: str, seen: Counter[str]) -> ExpenseLine:
    tag, on, kind, amount, currency, note, key = texts
    values = {
        "kind": kind.casefold(), "on": on, "amount": amount, "currency": currency or base,
        "note": note,
    }  # fmt: skip
    try:
        expense, note = read_expense(values)
    except Invalid as error:
        said = "; ".join(f"{name}: {words[0]}" for name, words in error.errors.items())
        raise Invalid(f"Line {number}: {said}") from None
    if not key:
        said = "\n".join(texts)
        seen[said] += 1
        key = f"{said}\n{seen[said]}"
    try:
        uuid = UUID(key)
    except ValueError:
        uuid = uuid5(NAMESPACE_URL, f"expense\n{key}")
    return ExpenseLine(number, tag, uuid, expense, note)


def keep_expense_lines(
    session: Session, lines: Sequence[ExpenseLine], *, actor: Actor, now: datetime
) -> int:
    """Add the expenses of a file and return how many are new. The same file again adds none.

    :raises Invalid: a line names no asset, or its key is that of another expense; nothing is added.
    """
    added = 0
    for line in lines:
        is_known = session.scalar(select(Expense.id).where(Expense.uuid == line.uuid)) is not None
        try:
            add_expense(
                session,
                asset_tag=line.asset_tag,
                uuid=line.uuid,
                expense=line.expense,
                note=line.note,
                actor=actor,
                now=now,
            )
        except ScannerAppError as error:
            raise Invalid(f"Line {line.number}: {error}") from None
        added += not is_known
    return added
