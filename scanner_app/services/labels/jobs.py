"""Print jobs: put in line, taken by a worker, and what a person says where nobody else knows.

Once a label of a job was sent, nothing is sent again by itself: a printer that went silent may have
printed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from scanner_app.domain.jobs import JobKind
from scanner_app.domain.labels.jobs import PORTS, JobState, is_host
from scanner_app.domain.labels.stock import DOTS_PER_INCH
from scanner_app.models import Printer, PrintJob
from scanner_app.queries.labels.print_jobs import is_due
from scanner_app.services.jobs.queue import enqueue

LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=20)
MAX_NAME = 60
LOST = "The program stopped while it was printing."


@dataclass(frozen=True, slots=True)
class JobLease:
    """A job that this worker holds.

    :param labels: those still to be sent, each as its commands.
    """

    job_id: int
    host: str
    port: int
    labels: tuple[bytes, ...]
    sent: int
    lease_until: datetime


def add_printer(
    session: Session, *, name: str, host: str, port: int, dpi: int, now: datetime
) -> int:
    """Add a printer and return its id.

    :raises Invalid: a field cannot be used.
    """
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
        errors["name"] = [f"Use 1 to {MAX_NAME} characters."]
    if not is_host(host):
        errors["host"] = ["Give a name or an address, such as 192.168.1.50."]
    if port not in PORTS:
        errors["port"] = [f"Choose {' or '.join(map(str, PORTS))}."]
    if dpi not in DOTS_PER_INCH:
        errors["dpi"] = ["Choose one of the list."]
    if errors:
        raise Invalid("That printer cannot be added.", errors=errors)
    printer = Printer(name=name, host=host, port=port, dpi=dpi, created_at=now)
    session.add(printer)
    try:
        session.flush()
    except IntegrityError:
        taken = "A printer has this name already."
        raise Invalid(taken, errors={"name": [taken]}) from None
    return printer.id


def switch_printer(session: Session, *, printer_id: int, is_active: bool, now: datetime) -> None:
    """Take a printer into use, and print what waits for it; or take it out of use."""
    printer = session.get(Printer, printer_id)
    if printer is None:
        raise NotFound("That printer does not exist. Choose one from the list.")
    printer.is_active = is_active
    if is_active:
        enqueue(session, JobKind.PRINT, printer_id, now=now)


def add_job(
    session: Session, *, printer_id: int, zpl: bytes, title: str, actor: str, now: datetime
) -> int:
    """Put labels in line for a printer, and return the job's id.

    :param zpl: one line for each label that comes out.
    :raises NotFound: the printer does not exist or is not in use.
    """
    printer = session.get(Printer, printer_id)
    if printer is None or not printer.is_active:
        raise NotFound("That printer is not in use. Choose one from the list.")
    job = PrintJob(
        printer_id=printer_id,
        state=JobState.QUEUED,
        title=title,
        zpl=zpl,
        labels=zpl.count(b"\n"),
        created_at=now,
        created_by=actor,
        next_at=now,
    )
    session.add(job)
    session.flush()
    enqueue(session, JobKind.PRINT, printer_id, now=now)
    return job.id


def claim_due_job(session: Session, printer_id: int, *, now: datetime) -> JobLease | None:
    """Take the oldest job of a printer that is due; None if there is none.

    The jobs of one printer are taken one after the other. A job whose worker died is not sent
    again: a person is asked how far it came.
    """
    died = session.scalars(
        select(PrintJob)
        .where(
            PrintJob.printer_id == printer_id,
            PrintJob.state == JobState.SENDING,
            PrintJob.lease_until < now,
        )
        .with_for_update(skip_locked=True)
    ).all()
    for job in died:
        job.state, job.problem, job.lease_until = JobState.UNKNOWN, LOST, None
    session.flush()
    busy = select(PrintJob.printer_id).where(PrintJob.lease_until >= now)
    job_ = session.scalar(
        select(PrintJob)
        .join(Printer, Printer.id == PrintJob.printer_id)
        .where(PrintJob.printer_id == printer_id, is_due(now), PrintJob.printer_id.not_in(busy))
        .order_by(PrintJob.id)
        .limit(1)
        # The printer too: another worker that skips a locked job would take the next one of it.
        .with_for_update(of=[PrintJob, Printer], skip_locked=True)
    )
    if job_ is None:
        return None
    printer = session.get_one(Printer, job_.printer_id)
    job_.lease_until = now + LEASE
    lines = job_.zpl.splitlines(keepends=True)
    return JobLease(
        job_.id, printer.host, printer.port, tuple(lines[job_.sent :]), job_.sent, job_.lease_until
    )


def begin(session: Session, lease: JobLease) -> bool:
    """Record that the first label is about to be sent; False if the job was cancelled meanwhile."""
    changed = session.execute(
        update(PrintJob)
        .where(
            PrintJob.id == lease.job_id,
            PrintJob.state == JobState.QUEUED,
            PrintJob.lease_until == lease.lease_until,
        )
        .values(state=JobState.SENDING, problem="")
    )
    return bool(changed.rowcount)  # type: ignore[attr-defined] # a cursor's result has it


def note_sent(session: Session, job_id: int, *, sent: int, now: datetime) -> None:
    """Record how many labels were sent, and keep the job."""
    session.execute(
        update(PrintJob)
        .where(PrintJob.id == job_id, PrintJob.state == JobState.SENDING)
        .values(sent=sent, lease_until=now + LEASE)
    )


def put_off(session: Session, job_id: int, *, problem: str, now: datetime) -> None:
    """Leave a job in line, because its printer is not ready. Nothing was sent."""
    session.execute(
        update(PrintJob)
        .where(PrintJob.id == job_id, PrintJob.state == JobState.QUEUED)
        .values(problem=problem, next_at=now + PAUSE, lease_until=None)
    )


def end(session: Session, job_id: int, *, state: JobState, problem: str, now: datetime) -> None:
    """Record how a job ended."""
    session.execute(
        update(PrintJob)
        .where(PrintJob.id == job_id, PrintJob.state == JobState.SENDING)
        .values(state=state, problem=problem, lease_until=None, ended_at=now)
    )


def settle(session: Session, *, job_id: int, printed: int | None, now: datetime) -> None:
    """Record what a person saw at the printer, and print the rest; None cancels the rest.

    :param printed: how many labels came out whole.
    :raises Conflict: nobody was asked.
    :raises Invalid: the job has fewer labels.
    """
    job = session.scalar(select(PrintJob).where(PrintJob.id == job_id).with_for_update())
    if job is None:
        raise NotFound("That print job does not exist.")
    if job.state not in {JobState.UNKNOWN, JobState.QUEUED} or (
        printed is not None and job.state is JobState.QUEUED
    ):
        raise Conflict("This job needs nothing from you now.", code="job_not_waiting")
    if printed is None:
        job.state, job.ended_at, job.lease_until = JobState.CANCELLED, now, None
        return
    if not 0 <= printed <= job.labels:
        sentence = f"Use a number from 0 to {job.labels}."
        raise Invalid(sentence, errors={"printed": [sentence]})
    job.sent, job.problem = printed, ""
    job.state = JobState.DONE if printed == job.labels else JobState.QUEUED
    job.next_at = now
    enqueue(session, JobKind.PRINT, job.printer_id, now=now)
    job.ended_at = now if printed == job.labels else None
