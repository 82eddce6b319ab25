"""Selects over label printers and their jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from scanner_app.domain.labels.jobs import JobState
from scanner_app.models import Printer, PrintJob


@dataclass(frozen=True, slots=True)
class PrinterRow:
    id: int
    name: str
    host: str
    port: int
    dpi: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as its page shows it."""

    id: int
    printer: str
    is_printer_used: bool
    state: JobState
    title: str
    labels: int
    sent: int
    problem: str
    created_at: datetime
    created_by: str


def list_printers(session: Session, *, only_active: bool = False) -> list[PrinterRow]:
    """Return the printers by name. An office has a handful of them."""
    statement = select(
        Printer.id, Printer.name, Printer.host, Printer.port, Printer.dpi, Printer.is_active
    ).order_by(Printer.name)
    if only_active:
        statement = statement.where(Printer.is_active)
    return [PrinterRow(*row) for row in session.execute(statement.limit(200))]


def list_jobs(session: Session, *, limit: int, before: int | None = None) -> list[JobRow]:
    """Return the newest jobs.

    :param before: only jobs that are older than this one.
    """
    statement = (
        select(
            PrintJob.id,
            Printer.name,
            Printer.is_active,
            PrintJob.state,
            PrintJob.title,
            PrintJob.labels,
            PrintJob.sent,
            PrintJob.problem,
            PrintJob.created_at,
            PrintJob.created_by,
        )
        .join(Printer, Printer.id == PrintJob.printer_id)
        .order_by(PrintJob.id.desc())
        .limit(limit)
    )
    if before is not None:
        statement = statement.where(PrintJob.id < before)
    return [JobRow(*tuple(row)) for row in session.execute(statement)]


def is_due(now: datetime) -> ColumnElement[bool]:
    """Return the condition of a job that a worker takes.

    It waits for a printer that is in use, or its worker died.
    """
    used = select(Printer.id).where(Printer.is_active)
    waits = PrintJob.state == JobState.QUEUED
    return or_(
        and_(waits, PrintJob.next_at <= now, PrintJob.printer_id.in_(used)),
        and_(PrintJob.state == JobState.SENDING, PrintJob.lease_until < now),
    )


def list_due_printers(session: Session, *, now: datetime) -> list[int]:
    """Return the printers that have something to print now, or whose worker died."""
    return list(session.scalars(select(PrintJob.printer_id).where(is_due(now)).distinct()))


def find_next_moment(session: Session, printer_id: int) -> datetime | None:
    """Return when a printer is to be looked at again; None if nothing waits for it.

    While a worker holds one of its jobs, that is when the worker's lease ends.
    """
    held, waits = session.execute(
        select(
            func.max(PrintJob.lease_until),
            func.min(PrintJob.next_at).filter(PrintJob.state == JobState.QUEUED),
        )
        .join(Printer, Printer.id == PrintJob.printer_id)
        .where(
            PrintJob.printer_id == printer_id,
            or_(
                and_(PrintJob.state == JobState.QUEUED, Printer.is_active),
                PrintJob.state == JobState.SENDING,
            ),
        )
    ).one()
    return held or waits
