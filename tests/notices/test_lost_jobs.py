"""What of notices is due is sent although its job is lost; what has a job waits for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from scanner_app.domain.jobs import JobKind, WorkState
from scanner_app.domain.notices.choices import Digest
from scanner_app.domain.notices.deliveries import DeliveryState
from scanner_app.models import Job, NoticeDelivery
from scanner_app.services.jobs.queue import drop
from scanner_app.services.notices.choices import WantedHours
from scanner_app.storage.database import db
from scanner_app.worker.sweep import put_forgotten_in_line
from tests.notices.test_deliveries import Office
from tests.support.on_both import OnBoth


@pytest.fixture
def office(app, work, mail) -> Office:
    return Office(app, work, mail.url)


def sweep_and_run(office: Office, **later) -> None:
    office.now += timedelta(**later)
    with office.app.app_context():
        put_forgotten_in_line(0, office.now)
        db.session.remove()
    office.run()


def lose_jobs(office: Office) -> None:
    with office.work() as session:
        session.execute(delete(Job))


def jobs(office: Office) -> set[tuple[str, str]]:
    with office.work() as session:
        return {(kind, state.value) for kind, state in session.execute(select(Job.kind, Job.state))}


class TestWithoutTheirJobs(OnBoth):
    def test_notices_are_addressed_and_sent_once(self, office, mail, hooks):
        office.add_user()
        office.add_webhook(hooks.url)
        office.fail()
        lose_jobs(office)

        sweep_and_run(office)
        sweep_and_run(office, hours=1)
        lose_jobs(office)
        sweep_and_run(office)

        assert office.deliveries() == [("mail", "sent"), ("webhook", "sent")]
        assert (len(mail.messages), len(hooks.posts)) == (1, 1)

    def test_messages_are_sent_when_they_are_due(self, office, mail, hooks):
        mail.replies, hooks.statuses = ["451 Later"], [500]
        office.add_user()
        office.add_webhook(hooks.url)
        office.fail()
        office.run()
        lose_jobs(office)

        sweep_and_run(office)
        early = office.deliveries()
        sweep_and_run(office, seconds=6)

        assert early == [("mail", "pending"), ("webhook", "pending")]
        assert office.deliveries() == [("mail", "sent"), ("webhook", "sent")]

    def test_collected_messages_go_as_one(self, office, mail):
        user = office.add_user()
        hours = WantedHours(digest_hour=8, time_zone="UTC")
        office.choose(user, "job_failed", hours, digest=Digest.DAILY)
        office.fail("import:1")
        office.fail("import:2")
        office.run()
        lose_jobs(office)

        sweep_and_run(office, days=1)

        (message,) = mail.messages
        assert message["Subject"] == "2 notices from scanner-app"

    def test_what_a_dead_worker_was_sending_goes_again(self, office, mail):
        office.add_user()
        office.fail()
        mail.replies = ["451 Later"]
        office.run()
        with office.work() as session:
            session.execute(update(NoticeDelivery).values(state=DeliveryState.SENDING))
        lose_jobs(office)

        sweep_and_run(office, minutes=1)

        assert office.deliveries() == [("mail", "sent")]


class TestWithTheirJobs:
    @pytest.fixture
    def database(self, sqlite_template, tmp_path):
        return sqlite_template.make(tmp_path / "instance")

    def test_messages_wait_for_the_next_try(self, office, mail):
        office.add_user()
        office.fail()
        office.set(mail_per_minute=1)
        office.run()
        office.fail("import:2")
        office.run()  # the minute is full: the job waits for five seconds

        sweep_and_run(office)

        with office.work() as session:
            job = session.scalars(select(Job).order_by(Job.id.desc())).first()
            assert (job.kind, job.round) == (JobKind.MAIL, 1)
            assert job.next_at == office.now + timedelta(seconds=5)

    def test_messages_are_not_sent_once_a_person_has_dropped_them(self, office, mail):
        office.add_user()
        office.fail()
        mail.replies = ["451 Later"]
        office.run()
        with office.work() as session:
            job_id = session.scalar(select(Job.id).where(Job.kind == JobKind.MAIL))
            drop(session, job_id=job_id, now=office.now)

        for days in (0, 8, 100):
            sweep_and_run(office, days=days)

        assert mail.messages == []
        assert jobs(office) == {(JobKind.MAIL, WorkState.DROPPED)}
