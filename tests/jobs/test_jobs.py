"""Jobs: in line with their cause, run once a round, tried again, and taken over from the dead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.errors import Conflict
from scanner_app.domain.jobs import JOB_KINDS, JobKind, KindFacts, WorkState, next_tick, next_try
from scanner_app.models import Job, Notice
from scanner_app.services.jobs import queue, work
from scanner_app.services.jobs.work import WorkerNode
from scanner_app.worker import handlers
from scanner_app.worker.handlers import MODULES, GiveUp, load_handlers
from scanner_app.worker.run_jobs import OUR_ERROR, drain, take_over
from tests.conftest import NOW
from tests.jobs.conftest import MINUTE, Tried, busy
from tests.support.on_both import OnBoth

HOUR = timedelta(hours=1)


@pytest.fixture
def line(app, work, tried):
    return Line(app, work, tried)


class Line:
    """The line of jobs, and a worker that runs what is due at a moment."""

    def __init__(self, app, work, tried: Tried) -> None:
        self.app, self.work, self.kind = app, work, tried.kind

    def enqueue(self, row_id: int, round_: int | None = None, **when) -> None:
        with self.work() as session:
            queue.enqueue(session, self.kind, row_id, round_, now=NOW, **when)

    def run(self, at: datetime = NOW) -> int:
        return drain(self.app, clock=lambda: at)

    def job(self) -> Job:
        with self.work() as session:
            [job] = session.scalars(select(Job).where(Job.kind == self.kind)).all()
            session.expunge(job)
        return job


class TestEnqueue(OnBoth):
    def test_of_a_round_three_times_runs_once(self, line, tried):
        with line.work() as session:
            queue.enqueue(session, tried.kind, 7, 1, now=NOW)
            queue.enqueue(session, tried.kind, 7, 1, now=NOW, at=NOW + HOUR)
        line.enqueue(7, 1)

        assert line.run() == 1
        line.enqueue(7, 1)
        assert line.run() == 0
        assert tried.rows == [7]

    def test_of_a_higher_round_runs_again(self, line, tried):
        for round_ in (1, 2, None, None):
            line.enqueue(7, round_)
            line.run()

        assert tried.rows == [7, 7, 7, 7]
        assert line.job().round == 4

    def test_in_a_transaction_that_fails_leaves_nothing(self, line, tried):
        def fail() -> None:
            with line.work() as session:
                queue.enqueue(session, tried.kind, 7, now=NOW)
                raise busy()

        with pytest.raises(Conflict):
            fail()

        assert line.run() == 0

    def test_for_later_waits_for_its_time(self, line):
        line.enqueue(7, at=NOW + HOUR)

        assert line.run() == 0
        assert line.run(NOW + HOUR) == 1

    def test_of_a_further_round_while_it_runs_is_not_lost(self, line, tried):
        line.enqueue(7, 1)
        tried_first, tried.run = tried.run, None

        def run(row_id: int, now: datetime) -> None:
            if not tried.asked:
                line.enqueue(7, 2)
            tried_first(row_id, now)

        handlers._handlers[tried.kind] = run

        assert line.run() == 2
        assert line.job().state is WorkState.DONE


class TestRun(OnBoth):
    def test_that_fails_is_tried_again_as_its_row_says_and_then_failed(self, line, tried):
        tried.errors = [busy(), RuntimeError("what nobody may see"), busy()]
        line.enqueue(7)

        line.run()
        first = line.job()
        line.run(NOW + MINUTE)
        second = line.job()
        line.run(NOW + 6 * MINUTE)
        third = line.job()

        assert (first.state, first.error) == (WorkState.WAITING, "The post office is closed.")
        assert first.next_at == NOW + MINUTE
        assert (second.next_at, second.error) == (NOW + 6 * MINUTE, OUR_ERROR)
        assert (third.state, third.attempts) == (WorkState.FAILED, 3)

    def test_that_cannot_succeed_is_not_tried_again(self, line, tried):
        tried.errors = [GiveUp("Nobody lives there. Correct the address.")]
        line.enqueue(7)

        line.run()

        assert line.job().state is WorkState.FAILED
        assert line.job().error == "Nobody lives there. Correct the address."

    def test_that_asks_for_later_waits_and_keeps_all_its_tries(self, line, tried):
        tried.later = NOW + HOUR
        line.enqueue(7)

        line.run()

        assert (line.job().state, line.job().attempts) == (WorkState.WAITING, 0)
        assert line.run(NOW + HOUR) == 1
        assert line.job().state is WorkState.DONE

    def test_of_what_runs_by_itself_waits_for_the_next_hour_even_after_an_error(
        self, line, tried, monkeypatch
    ):
        monkeypatch.setitem(JOB_KINDS, tried.kind, KindFacts("Each hour", every=HOUR))
        tried.errors = [RuntimeError()]
        for _ in range(3):  # three workers start
            with line.work() as session:
                queue.schedule(session, now=NOW)

        for moment in (NOW, NOW + HOUR, NOW + HOUR, NOW + 2 * HOUR):
            line.run(moment)

        assert [at for _, at in tried.asked] == [NOW + HOUR, NOW + 2 * HOUR]
        assert line.job().state is WorkState.WAITING
        assert line.job().next_at == NOW + 3 * HOUR


class TestTakeOver(OnBoth):
    NODE = WorkerNode("a-1", "a", "1", NOW)

    def _take(self, line, node: str) -> list[work.TakenJob]:
        with line.work() as session:
            return work.take_jobs(session, node=node, room={line.kind: 9}, now=NOW)

    def _take_over(self, line, *, node: str = "b-1", at: datetime, running=()) -> int:
        with line.work() as session:
            return take_over(session, node=node, running=running, now=at)

    def test_of_a_silent_worker_frees_its_jobs_and_what_it_says_later_changes_nothing(self, line):
        with line.work() as session:
            work.beat(session, self.NODE, now=NOW)
        line.enqueue(7)
        [job] = self._take(line, "a-1")

        early = self._take_over(line, at=NOW + timedelta(seconds=60))
        late = self._take_over(line, at=NOW + timedelta(seconds=61))
        [again] = self._take(line, "b-1") or [None]
        with line.work() as session:
            work.end_badly(session, job, error="late", for_good=True, now=NOW)

        assert (early, late) == (0, 1)
        assert again is None or again.attempts == 2
        assert line.job().error == ""

    def test_of_a_worker_that_left_is_at_once(self, line):
        with line.work() as session:
            work.beat(session, self.NODE, now=NOW)
        line.enqueue(7)
        self._take(line, "a-1")
        with line.work() as session:
            work.leave(session, "a-1")

        assert self._take_over(line, at=NOW) == 1

    def test_finds_what_a_worker_itself_forgot_and_leaves_what_it_runs(self, line):
        with line.work() as session:
            work.beat(session, self.NODE, now=NOW)
        line.enqueue(7)
        [job] = self._take(line, "a-1")

        assert self._take_over(line, node="a-1", at=NOW, running=[job.id]) == 0
        assert self._take_over(line, node="a-1", at=NOW) == 1

    def test_ends_for_a_job_that_kills_each_worker(self, line):
        line.enqueue(7)
        for _ in range(work.MAX_INTERRUPTIONS):
            [job] = self._take(line, "gone")
            self._take_over(line, at=NOW)

        assert line.job().state is WorkState.FAILED
        assert job.attempts == work.MAX_INTERRUPTIONS
        with line.work() as session:
            reasons = [one.params["reason"] for one in session.scalars(select(Notice))]
        assert reasons == [work.INTERRUPTED.format(work.MAX_INTERRUPTIONS)]


class TestPerson:
    def test_runs_a_failed_job_again_or_drops_it(self, line, tried):
        tried.errors = [GiveUp("No."), GiveUp("No.")]
        line.enqueue(7)
        line.run()

        job_id = line.job().id
        with line.work() as session:
            queue.run_again(session, job_id=job_id, now=NOW)
        runs = line.run()
        with line.work() as session:
            queue.drop(session, job_id=job_id, now=NOW)
            with pytest.raises(Conflict, match="runs now or is done"):
                queue.drop(session, job_id=job_id, now=NOW)

        assert runs == 1
        assert line.job().state is WorkState.DROPPED
        assert line.run() == 0


class TestKinds:
    def test_have_a_handler_each(self):
        assert set(load_handlers()) == set(JobKind) == set(JOB_KINDS)

    def test_have_their_handler_in_the_module_that_is_named(self):
        held = {kind: handler.__module__ for kind, handler in load_handlers().items()}

        named = {
            kind: f"scanner_app.worker.{name}" for name, kinds in MODULES.items() for kind in kinds
        }
        assert held == named

    def test_that_run_by_themselves_are_due_at_the_same_moment_everywhere(self):
        nine = datetime(2026, 3, 2, 9, tzinfo=UTC)

        assert next_tick(HOUR, nine - timedelta(seconds=1)) == nine
        assert next_tick(HOUR, nine) == nine + HOUR

    def test_are_tried_as_often_as_their_row_says(self, tried):
        tries = [next_try(tried.kind, attempts=n, now=NOW) for n in (1, 2, 3)]

        assert tries == [NOW + MINUTE, NOW + 5 * MINUTE, None]
