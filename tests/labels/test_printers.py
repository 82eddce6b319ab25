"""Printers on the network: jobs wait, are printed in order, and never twice by themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from scanner_app.domain.labels.jobs import JobState, is_host, read_status
from scanner_app.models import Job, Printer, PrintJob
from scanner_app.queries.labels.print_jobs import JobRow, list_jobs
from scanner_app.services.labels.jobs import add_job, claim_due_job, settle
from scanner_app.worker import prints
from scanner_app.worker.run_jobs import drain
from tests.labels.printer import READY, PrinterDouble, run_printer
from tests.support.jobs import run_waiting
from tests.support.on_both import OnBoth

PAPER_OUT = READY.replace(b"030,0,0", b"030,1,0")


@pytest.fixture
def printer(monkeypatch) -> Iterator[PrinterDouble]:
    monkeypatch.setattr(prints, "ANSWER_SECONDS", 0.3)
    with run_printer() as double:
        yield double


class Desk:
    """Somebody who prints, and the program that does."""

    def __init__(self, app, work, printer: PrinterDouble) -> None:
        self.app, self.work = app, work
        with work() as session:
            row = Printer(
                name="Zebra",
                host="127.0.0.1",
                port=printer.port,
                dpi=203,
                created_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            self.printer_id = row.id

    def add(self, count: int, *, mark: str = "") -> int:
        zpl = b"".join(b"^XA^FX%s%d%s^XZ\n" % (mark.encode(), n, b"x" * 300) for n in range(count))
        with self.work() as session:
            return add_job(
                session,
                printer_id=self.printer_id,
                zpl=zpl,
                title=f"{count} labels",
                actor="Ana",
                now=datetime.now(UTC),
            )

    def run(self) -> int:
        return run_waiting(self.app)

    def make_due(self) -> None:
        """Make a job that was put off due now."""
        with self.work() as session:
            for model in (PrintJob, Job):
                session.execute(update(model).values(next_at=datetime.now(UTC)))

    def job(self) -> JobRow:
        with self.work() as session:
            return list_jobs(session, limit=1)[0]

    def settle(self, printed: int | None) -> None:
        job_id = self.job().id
        with self.work() as session:
            settle(session, job_id=job_id, printed=printed, now=datetime.now(UTC))


@pytest.fixture
def desk(app, work, printer) -> Desk:
    return Desk(app, work, printer)


def numbers(printer: PrinterDouble) -> list[int]:
    return [int(label.split(b"^FX")[1].split(b"x")[0]) for label in printer.labels]


class TestJob(OnBoth):
    def test_prints_200_labels_in_order(self, desk, printer):
        desk.add(200)

        assert desk.run() == 1
        assert numbers(printer) == list(range(200))
        assert desk.job().state is JobState.DONE
        assert desk.run() == 0

    def test_waits_without_a_byte_of_a_label_while_the_printer_is_silent(self, desk, printer):
        printer.says = None
        desk.add(3)

        desk.run()
        waiting = desk.job()
        sent = printer.came
        printer.says = READY
        desk.make_due()
        desk.run()

        assert waiting.state is JobState.QUEUED
        assert "does not answer" in waiting.problem
        assert sent == len("~HS")
        assert numbers(printer) == [0, 1, 2]

    def test_cut_off_in_the_middle_asks_a_person_and_sends_nothing_again(self, desk, printer):
        printer.breaks_after = 12
        desk.add(30)

        desk.run()
        asked = desk.job()
        printer.breaks_after = None
        desk.make_due()
        desk.run()
        untouched = numbers(printer)
        desk.settle(12)
        desk.run()

        assert asked.state is JobState.UNKNOWN
        assert untouched == list(range(12))
        assert numbers(printer) == list(range(30))
        assert desk.job().state is JobState.DONE

    def test_of_a_printer_is_taken_by_one_worker_at_the_same_moment(self, desk, work):
        desk.add(1)
        desk.add(1)
        now = datetime.now(UTC) + timedelta(seconds=1)
        with work() as session:
            if session.get_bind().dialect.name != "postgresql":
                pytest.skip("SQLite has one writer at a time")
            first = claim_due_job(session, desk.printer_id, now=now)
            with Session(session.get_bind()) as other:
                second = claim_due_job(other, desk.printer_id, now=now)

        assert first is not None
        assert second is None


class TestPrinter:
    def test_says_what_it_lacks_and_the_job_waits(self, desk, printer):
        printer.says = PAPER_OUT
        desk.add(1)

        desk.run()

        assert desk.job().problem == "It is out of labels."
        assert printer.labels == []

    def test_that_is_not_there_is_tried_again(self, desk, printer):
        printer.close()
        desk.add(1)

        desk.run()

        assert desk.job().state is JobState.QUEUED
        assert desk.job().problem.startswith("No connection")

    def test_has_one_job_at_a_time(self, desk, work):
        desk.add(1)
        desk.add(1)
        now = datetime.now(UTC) + timedelta(seconds=1)
        with work() as session:
            first, second = (
                claim_due_job(session, desk.printer_id, now=now),
                claim_due_job(session, desk.printer_id, now=now),
            )

        assert first is not None
        assert second is None

    def test_that_is_out_of_use_gets_no_job_until_it_is_used_again(self, desk, admin, printer):
        desk.add(2)
        path = f"/labels/printers/{desk.printer_id}"
        admin.post(path, data={"act": "off"})

        desk.run()
        waited = numbers(printer)
        page = admin.get("/labels/jobs").text
        admin.post(path, data={"act": "on"})
        desk.run()

        assert waited == []
        assert "This printer is out of use" in page
        assert numbers(printer) == [0, 1]

    def test_whose_worker_died_leaves_the_job_to_a_person(self, desk, work, printer):
        desk.add(5)
        with work() as session:
            session.execute(
                update(PrintJob).values(
                    state=JobState.SENDING,
                    sent=2,
                    lease_until=datetime.now(UTC) - timedelta(seconds=1),
                )
            )

        desk.run()

        assert desk.job().state is JobState.UNKNOWN
        assert printer.labels == []
        desk.settle(None)
        assert desk.job().state is JobState.CANCELLED


class TestReadStatus:
    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            (READY, ""),
            (PAPER_OUT, "It is out of labels."),
            (READY.replace(b"030,0,0", b"030,0,1"), "It is paused."),
            (READY.replace(b"000,0,0,0", b"000,0,1,0"), "Its head is open."),
            (READY.replace(b"000,0,0,0", b"000,0,0,1"), "It is out of ribbon."),
            (b"\x02a\x03\x02b\x03\x02c\x03", "It answers in a form that is not known here."),
        ],
    )
    def test_returns_what_a_person_must_do(self, answer: bytes, problem: str):
        assert read_status(answer).problem == problem

    def test_waits_for_the_whole_answer(self):
        assert all(read_status(READY[:end]) is None for end in range(len(READY) - 3))


class TestIsHost:
    @pytest.mark.parametrize("text", ["10.0.0.5", "zebra-2", "zebra.example.org", "fe80::1"])
    def test_takes_names_and_addresses(self, text: str):
        assert is_host(text)

    @given(text=st.from_regex(r"[a-z0-9.:-]{1,80}", fullmatch=True).filter(is_host))
    def test_takes_only_what_a_connection_can_be_made_to(self, text: str):
        # Otherwise the connection raises what nobody expects of a network.
        text.encode("idna")


class TestPages:
    def test_add_a_printer_print_on_it_and_show_the_job(
        self, admin, office, app, work, printer, monkeypatch
    ):
        monkeypatch.setattr("scanner_app.services.labels.jobs.PORTS", (printer.port,))
        added = admin.post(
            "/labels/printers",
            data={"name": "Zebra", "host": "127.0.0.1", "port": str(printer.port), "dpi": "203"},
        )
        order = {"codes": "LT-1\nLT-2", "stock": "zebra-50x25", "printer": "1", "copies": "3"}
        sent = admin.post("/labels/send", data=order)
        drain(app)

        assert added.status_code == sent.status_code == 303
        assert "Print there" in admin.get("/labels?code=LT-1&stock=zebra-50x25").text
        jobs = admin.get("/labels/jobs").text
        assert "Printed" in jobs
        # A person is asked how many came out whole: each copy counts.
        assert "6 labels" in jobs
        assert len(printer.labels) == 6
        assert b"^PW400^LL200" in printer.labels[0]

    def test_keep_the_printer_that_was_chosen(self, admin, office):
        for name in ("Zebra A", "Zebra B"):
            form = {"name": name, "host": "10.0.0.5", "port": "9100", "dpi": "203"}
            admin.post("/labels/printers", data=form)

        order = {"codes": "LT-1", "stock": "zebra-50x25", "printer": "2"}
        text = admin.post("/labels", data=order).text

        assert re.search(r'<option value="2"\s+selected', text)
        assert not re.search(r'<option value="1"\s+selected', text)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("name", ""),
            ("host", "http://x/"),
            ("host", "a b"),
            ("host", "zebra..local"),
            ("host", "z" * 64 + ".local"),
            ("host", "1:2"),
            ("port", "22"),
            ("dpi", "7"),
        ],
    )
    def test_refuse_a_printer_with_the_reason_at_its_field(self, admin, field, value):
        form = {"name": "Z", "host": "10.0.0.5", "port": "9100", "dpi": "203", field: value}

        answer = admin.post("/labels/printers", data=form)

        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
