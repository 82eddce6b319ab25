"""Label printers on the network: one job a printer, which prints what waits for it in order.

A printer that does not answer `~HS` is not ready: with its labels out or its head open, it says
nothing at all. Nothing is sent to it then. Once the first label was sent, a failure leaves the job
for a person to look at.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Self

from sqlalchemy.orm import Session

from scanner_app.domain.jobs import JobKind
from scanner_app.domain.labels.jobs import JobState, PrinterStatus, read_status
from scanner_app.queries.labels.print_jobs import find_next_moment
from scanner_app.services.labels import jobs
from scanner_app.services.labels.jobs import JobLease
from scanner_app.storage.database import reading, unit_of_work
from scanner_app.worker.handlers import handles

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 2.0
SEND_SECONDS = 15.0
MAX_ANSWER = 4096
SILENT = "It does not answer. Look whether it is on, has labels, and its head is closed."
BROKE_OFF = "The connection broke off while it was printing."


class PrinterLink:
    """One connection to a printer."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=CONNECT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.close()

    def ask(self) -> PrinterStatus | None:
        """Return what the printer says of itself; None if it says nothing whole in time."""
        self._socket.settimeout(ANSWER_SECONDS)
        answer, until = b"", time.monotonic() + ANSWER_SECONDS
        try:
            self._socket.sendall(b"~HS")
            while time.monotonic() < until and len(answer) < MAX_ANSWER:
                part = self._socket.recv(1024)
                if not part:
                    return None
                answer += part
                status = read_status(answer)
                if status is not None:
                    return status
        except OSError:
            return None
        return None

    def send(self, label: bytes) -> None:
        """Send the commands of one label.

        :raises OSError: the printer took not all of it; how much of it, nobody knows.
        """
        self._socket.settimeout(SEND_SECONDS)
        self._socket.sendall(label)


def print_job(lease: JobLease) -> None:
    """Send the labels of a leased job; what goes wrong is written on the job and never raised."""
    try:
        with PrinterLink(lease.host, lease.port) as link:
            _print_by(link, lease)
    except OSError as error:
        # Before the first label: no connection.
        problem = f"No connection: {error.strerror or error}."
        _write(
            lambda session: jobs.put_off(
                session, lease.job_id, problem=problem, now=datetime.now(UTC)
            )
        )


def _print_by(link: PrinterLink, lease: JobLease) -> None:
    status = link.ask()
    problem = SILENT if status is None else status.problem
    if problem:
        _write(
            lambda session: jobs.put_off(
                session, lease.job_id, problem=problem, now=datetime.now(UTC)
            )
        )
        return
    with unit_of_work() as session:
        if not jobs.begin(session, lease):
            return  # cancelled, or taken over
    for number, label in enumerate(lease.labels, start=lease.sent + 1):
        try:
            link.send(label)
        except OSError:
            _end(lease, JobState.UNKNOWN, BROKE_OFF)
            return
        _note_sent(lease, number)
    # It took everything; whether all came out, only it knows.
    status = link.ask()
    if status is None or status.problem:
        _end(lease, JobState.UNKNOWN, SILENT if status is None else status.problem)
    else:
        _end(lease, JobState.DONE, "")


def _note_sent(lease: JobLease, sent: int) -> None:
    _write(lambda session: jobs.note_sent(session, lease.job_id, sent=sent, now=datetime.now(UTC)))


def _end(lease: JobLease, state: JobState, problem: str) -> None:
    _write(
        lambda session: jobs.end(
            session, lease.job_id, state=state, problem=problem, now=datetime.now(UTC)
        )
    )


@handles(JobKind.PRINT)
def run_printer(printer_id: int, _now: datetime) -> datetime | None:
    """Print what waits for a printer, in order; return when to ask one again that is not ready."""
    while True:
        with unit_of_work() as session:
            lease = jobs.claim_due_job(session, printer_id, now=datetime.now(UTC))
        if lease is None:
            break
        print_job(lease)
    with reading() as session:
        return find_next_moment(session, printer_id)


def _write(write: Callable[[Session], None]) -> None:
    with unit_of_work() as session:
        write(session)
