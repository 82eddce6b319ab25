"""What each kind of file is made of: counted before, and written to a file.

A request that sends a small file at once and the job that makes a large one call the same writers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanner_app.domain.access.roles import Actor, authorize
from scanner_app.domain.epcis import write_document
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.domain.files.made import MADE_KINDS, MadeForm, MadeKind
from scanner_app.domain.labels.content import LabelContent
from scanner_app.domain.labels.order import PrintForm, PrintOrder, read_order
from scanner_app.domain.labels.reasons import read_reason
from scanner_app.edge.labels.contents import known_designs, label_fonts, load_contents
from scanner_app.edge.made_files.tables import count_rows, make_table
from scanner_app.edge.report_files import write_pack_file, write_report_file
from scanner_app.models import Finding, Scan
from scanner_app.queries.audits.list import get_audit
from scanner_app.queries.scanning.epcis_events import EventFilter, check_filter, stream_observations
from scanner_app.services.audits.blind import require_not_blind
from scanner_app.services.files.table_writers import ExportTable, write_csv, write_xlsx
from scanner_app.services.jobs.made_files import FileWish
from scanner_app.services.labels.printed import note_prints
from scanner_app.services.labels.prints import print_labels

TABLE_KINDS = (MadeKind.ASSETS, MadeKind.LOCATIONS, MadeKind.PEOPLE, MadeKind.STOCK)
# These tell what an audit expects.
EXPECTING_KINDS = (MadeKind.REPORT, MadeKind.PACK)


@dataclass(frozen=True, slots=True)
class Making:
    """What a writer needs beside the wish.

    :param actor: who asked for the file, with the role of now.
    :param now: when it was asked for: "overdue" means overdue then.
    :param counted: passes rows on, and notes how many there were.
    """

    session: Session
    actor: Actor
    now: datetime
    counted: Callable[[Iterable[Any]], Iterable[Any]] = iter


def count_wish(session: Session, wish: FileWish, *, now: datetime, most: int) -> int:
    """Return of how many rows a file is made, at most `most`.

    :raises Invalid, NotFound: what it is made of cannot be read, or is not there.
    """
    if wish.kind in TABLE_KINDS:
        return count_rows(session, wish.kind, wish.params["address"], now=now, most=most)
    if wish.kind is MadeKind.LABELS:
        order = read_order(wish.params["values"], known_designs(session))
        return min(len(wish.params["codes"]) * order.copies, most)
    table = Scan if wish.kind is MadeKind.EVENTS else Finding
    few = select(table.id).where(table.audit_id == wish.params["audit"]).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def write_wish(wish: FileWish, making: Making, file: IO[bytes]) -> str:
    """Write a file, and return its name.

    :raises Invalid: it cannot be written in this form, or what it is made of cannot be read.
    :raises NotFound, NotAllowed: what it is made of is gone, or this person may not see it.
    """
    require_form(wish.kind, wish.form)
    day = f"{making.now:%Y-%m-%d}"
    match wish.kind:
        case MadeKind.REPORT:
            return write_report_file(
                making.session,
                wish.params["audit"],
                wish.form.value,
                making.actor,
                file,
                counted=making.counted,
            )
        case MadeKind.PACK:
            return write_pack_file(making.session, wish.params["audit"], making.actor, file)
        case MadeKind.EVENTS:
            return _write_events(wish, making, file)
        case MadeKind.LABELS:
            return _write_labels(wish, making, file)
    table = make_table(making.session, wish.kind, wish.params["address"], now=making.now)
    write_table(replace(table, rows=making.counted(table.rows)), wish.form, file)
    return f"{wish.kind}-{day}.{wish.form}"


def require_rights(
    session: Session, kind: MadeKind, params: Mapping[str, Any], actor: Actor
) -> None:
    """Raise unless a person may have a file now, whatever they might when it was made.

    :raises NotAllowed: the role does not allow it, or the file tells what a blind audit expects.
    """
    authorize(actor, MADE_KINDS[kind].action)
    if kind in EXPECTING_KINDS:
        require_not_blind(get_audit(session, params["audit"]), actor)


def require_form(kind: MadeKind, form: MadeForm) -> None:
    """Raise unless a kind of file is written in this form.

    :raises NotFound: it is not.
    """
    if form not in MADE_KINDS[kind].forms:
        raise NotFound("That file does not exist in this form. Choose one on the page of the list.")


def write_table(table: ExportTable, form: MadeForm, file: IO[bytes]) -> None:
    """Write a table in its form.

    :raises Invalid: it has more rows, or a cell more text, than a sheet holds.
    """
    write = write_xlsx if form is MadeForm.XLSX else write_csv
    write(table, file)


def _write_events(wish: FileWish, making: Making, file: IO[bytes]) -> str:
    wanted = EventFilter(audit_id=wish.params["audit"])
    check_filter(making.session, wanted)
    seen = stream_observations(making.session, wanted=wanted, base_url=wish.params["host_url"])
    for piece in write_document(making.counted(seen), created_at=making.now):
        file.write(piece.encode())
    return f"audit-{wanted.audit_id}.{wish.form}"


def note_made(session: Session, wish: FileWish, *, actor: str, now: datetime) -> None:
    """Record what making a file means beside the file: its labels are printed.

    :param actor: the name of who asked for it.
    :param now: when it was asked for.
    """
    if wish.kind is MadeKind.LABELS:
        order, contents, _ = _load_labels(session, wish, now)
        reason = read_reason(wish.params.get("reason", ""))
        note_prints(session, contents, order, reason=reason, actor=actor, now=now)


def _load_labels(
    session: Session, wish: FileWish, now: datetime
) -> tuple[PrintOrder, Sequence[LabelContent], Sequence[str]]:
    """Return the order, the labels, and the codes that are not known."""
    order = read_order(wish.params["values"], known_designs(session))
    contents, unknown = load_contents(
        session,
        wish.params["codes"],
        owner=order.owner,
        now=now,
        host_url=wish.params["host_url"],
    )
    return order, contents, unknown


def _write_labels(wish: FileWish, making: Making, file: IO[bytes]) -> str:
    order, contents, unknown = _load_labels(making.session, wish, making.now)
    if unknown:
        raise Invalid(f"“{unknown[0]}” is not known here.", errors={"codes": list(unknown)})
    file.write(print_labels(contents, order, PrintForm(wish.form.value), fonts=label_fonts()))
    return f"labels-{order.stock.key}.{wish.form}"
