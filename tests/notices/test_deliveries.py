"""E-mails and webhooks with real receivers: once by name, held, withdrawn, tried again, given up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook as Receiver

from scanner_app.domain.access.roles import Role
from scanner_app.domain.jobs import JobKind
from scanner_app.domain.notices.addresses import OutboundRules
from scanner_app.domain.notices.causes import job_failed, to_accept
from scanner_app.domain.notices.choices import Digest
from scanner_app.domain.notices.deliveries import DeliveryState
from scanner_app.domain.notices.kinds import NoticeKind
from scanner_app.edge.state import app_state
from scanner_app.edge.stockroom.links import read_link
from scanner_app.models import MailStop, Notice, NoticeDelivery, Webhook
from scanner_app.services.access import users
from scanner_app.services.jobs.queue import enqueue
from scanner_app.services.notices import webhooks
from scanner_app.services.notices.choices import WantedHours, WantedKind, save_choices
from scanner_app.services.notices.raise_notice import clear_topics, raise_notice
from scanner_app.storage.sealed_text import SealedText
from scanner_app.worker.run_jobs import drain
from tests.notices.test_notices import lend, sweep, take_back
from tests.support.on_both import OnBoth
from tests.support.register import add_person

FAILED = job_failed("import:1", job="The import of a.csv", reason="No rows.", page="/imports/1")
OPEN = OutboundRules(("127.0.0.1",), may_http=True, ports=frozenset(range(1024, 65536)))


class Office:
    """The service with a mail server and a clock that a test moves."""

    def __init__(self, app, work, url: str) -> None:
        self.app, self.work = app, work
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        state = app_state(app)
        state.settings = replace(
            state.settings,
            smtp_url=url,
            mail_from="Assets <assets@example.org>",
            base_url="https://scan.example.org",
            webhook_allow=("127.0.0.1",),
            webhook_http=True,
            webhook_ports=tuple(map(str, range(1024, 65536))),
        )

    def set(self, **changes) -> None:
        state = app_state(self.app)
        state.settings = replace(state.settings, **changes)

    def add_user(self, role: str = "admin", email: str = "ana@example.org") -> int:
        with self.work() as session:
            return users.add_user(
                session, email=email, role=Role(role), name="Ana", password=None, now=self.now
            ).id

    def choose(self, user: int, kind: str, hours: WantedHours | None = None, **wanted) -> None:
        chosen = WantedKind(**{"is_told": True, "by_mail": True, **wanted})
        with self.work() as session:
            save_choices(
                session,
                user_id=user,
                hours=hours or WantedHours(),
                kinds={NoticeKind(kind): chosen},
            )

    def fail(self, name: str = "import:1") -> None:
        notice = job_failed(name, job=f"Work {name}", reason="No rows.", page="/imports/1")
        with self.work() as session:
            raise_notice(session, notice, now=self.now)

    def run(self, **later) -> None:
        """Move the clock and run what is due."""
        self.now += timedelta(**later)
        drain(self.app, clock=lambda: self.now)

    def deliveries(self) -> list[tuple[str, str]]:
        with self.work() as session:
            rows = session.scalars(select(NoticeDelivery).order_by(NoticeDelivery.id))
            return [(row.channel.value, row.state.value) for row in rows]

    def add_webhook(self, url: str, *kinds: str) -> tuple[int, str]:
        box = SealedText(app_state(self.app).settings.secret_key)
        with self.work() as session:
            hook, secret = webhooks.add_webhook(
                session,
                name=f"Hook {url[-12:]}",
                url=url,
                kinds=kinds or ("job_failed",),
                rules=OPEN,
                seal=box.close,
                created_by="Ana",
                now=self.now,
            )
            return hook.id, secret


@pytest.fixture
def office(app, work, mail) -> Office:
    return Office(app, work, mail.url)


@pytest.mark.either_database
class TestMail(OnBoth):
    def test_goes_once_under_its_name(self, office, mail):
        office.add_user()
        office.fail()
        office.fail()
        office.run()
        office.run(hours=1)
        assert office.deliveries() == [("mail", "sent")]
        (message,) = mail.messages
        assert message["Subject"] == "Work import:1 failed: No rows."
        assert message["To"] == "ana@example.org"
        assert message["From"] == "Assets <assets@example.org>"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        with office.work() as session:
            name = session.scalar(select(NoticeDelivery.name))
        assert message["Message-ID"] == f"<{name}@scan.example.org>"
        plain = message.get_body(("plain",)).get_content()
        assert "https://scan.example.org/imports/1" in plain
        assert message.get_body(("html",)) is not None

    def test_goes_again_under_the_same_name_after_a_crash(self, office, mail):
        office.add_user()
        office.fail()
        office.run()
        with office.work() as session:  # sent, and killed before it was noted
            row = session.scalars(select(NoticeDelivery)).one()
            row.state, row.sent_at = DeliveryState.SENDING, None
            enqueue(session, JobKind.MAIL, row.id, now=office.now)
        office.run()
        assert len(mail.messages) == 2
        assert len({message["Message-ID"] for message in mail.messages}) == 1

    def test_carries_the_link_to_accept_a_hand_over_to_a_person_without_an_account(
        self, office, mail
    ):
        with office.work() as session:
            dana = add_person(session, "1", "Dana", email="dana@example.org", now=office.now)
            session.add(
                MailStop(address="dana@example.org", is_refused=False, reason="", at=office.now)
            )
            notice = to_accept(7, UUID(int=3), "H-2026-000001", dana.id, days=0)
            raise_notice(session, notice, now=office.now)

        office.run()

        (message,) = mail.messages
        [path] = re.findall(
            r"https://scan\.example\.org(/accept/[\w.-]+)", message.get_body().get_content()
        )
        with office.app.test_request_context():
            assert read_link(path.rpartition("/")[2]) == (7, UUID(int=3))

    def test_is_sent_once_although_the_server_refuses_to_part(self, office, mail):
        mail.farewell = "421 Closing"
        office.add_user()
        office.fail()
        office.run()
        office.run(hours=1)
        assert office.deliveries() == [("mail", "sent")]
        assert len(mail.messages) == 1

    def test_is_tried_again_after_a_while(self, office, mail):
        mail.replies = ["451 Later", "451 Later"]
        office.add_user()
        office.fail()
        office.run()
        assert office.deliveries() == [("mail", "pending")]
        office.run(seconds=6)
        office.run(seconds=60)
        assert mail.messages == []
        office.run(minutes=6)
        assert office.deliveries() == [("mail", "sent")]

    def test_tells_admins_of_an_address_that_is_refused_and_stops(self, office, mail):
        office.add_user()
        clerk = office.add_user("stockroom", "gone@example.org")
        office.choose(clerk, "life_ends")
        with office.work() as session:
            gone = add_person(session, "1", "Gone", email="gone@example.org", now=office.now)
            lend(session, "LT-1", gone, due=office.now - timedelta(days=1))
            sweep(session, office.now)
        mail.replies = ["550 No such user"]
        office.run()
        with office.work() as session:
            assert session.scalar(select(MailStop.reason)) == "550 No such user"
        # The admins hear of it, by the bell and by e-mail.
        (told,) = mail.messages
        assert (
            told["Subject"] == "E-mail to gone@example.org could not be delivered: 550 No such user"
        )
        with office.work() as session:
            sweep(session, office.now + timedelta(days=2))
        office.run(days=2)
        # The clerk has the same address, so the notice of the third day goes to nobody by e-mail.
        assert [message["To"] for message in mail.messages] == ["ana@example.org"]

    def test_is_withdrawn_when_the_thing_is_back(self, office, mail):
        with office.work() as session:
            dana = add_person(session, "1", "Dana", email="dana@example.org", now=office.now)
            custody = lend(session, "LT-1", dana, due=office.now + timedelta(days=1))
            sweep(session, office.now)
            take_back(session, custody, office.now)
        office.run()
        assert office.deliveries() == [("mail", "withdrawn")]
        assert mail.messages == []

    def test_waits_for_the_end_of_quiet_hours(self, office, mail):
        user = office.add_user()
        office.choose(user, "job_failed", WantedHours(8 * 60, 12 * 60, time_zone="UTC"))
        office.fail()
        office.run()
        assert office.deliveries() == [("mail", "held")]
        office.run(hours=2, minutes=59)
        assert mail.messages == []
        office.run(minutes=1)
        assert len(mail.messages) == 1

    def test_breaks_through_quiet_hours_if_that_was_chosen(self, office, mail):
        user = office.add_user()
        hours = WantedHours(8 * 60, 12 * 60, time_zone="UTC")
        office.choose(user, "job_failed", hours, breaks_quiet=True)
        office.fail()
        office.run()
        assert len(mail.messages) == 1

    def test_is_collected_into_one_a_day(self, office, mail):
        user = office.add_user()
        hours = WantedHours(digest_hour=8, time_zone="UTC")
        office.choose(user, "job_failed", hours, digest=Digest.DAILY)
        for n in range(3):
            office.fail(f"import:{n}")
        with office.work() as session:
            clear_topics(session, ["failed:import:1"], now=office.now)
        office.run()
        office.run(hours=22, minutes=59)
        assert mail.messages == []
        office.run(minutes=1)
        (message,) = mail.messages
        assert message["Subject"] == "2 notices from scanner-app"
        text = message.get_body(("plain",)).get_content()
        assert "Work import:0 failed" in text
        assert "Work import:1" not in text
        office.run(days=1)
        assert len(mail.messages) == 1  # an empty digest is not sent

    def test_says_no_more_than_its_minute_allows(self, office, mail):
        office.set(mail_per_minute=3)
        office.add_user()
        for n in range(5):
            office.fail(f"import:{n}")
        office.run()
        assert len(mail.messages) == 3
        office.run(seconds=61)
        assert len(mail.messages) == 5

    def test_is_not_sent_to_who_does_not_want_it(self, office, mail):
        user = office.add_user()
        office.choose(user, "job_failed", by_mail=False)
        office.fail()
        office.run()
        assert office.deliveries() == []


class TestHostileText:
    @pytest.fixture
    def database(self, sqlite_template, tmp_path):
        return sqlite_template.make(tmp_path / "instance")

    def test_begins_no_header(self, office, mail):
        office.add_user()
        office.fail("x\r\nBcc: eve@example.org\r\n\r\n<script>")
        office.run()
        (message,) = mail.messages
        assert message["Bcc"] is None
        assert mail.recipients == [["ana@example.org"]]
        assert "<script>" not in message.get_body(("html",)).get_content()

    @pytest.mark.parametrize(
        "address",
        ["a@b.org\r\nBcc: x@y.org", "a@b.org, c@d.org", "Ana <a@b.org>", "nobody", "a b@c.org"],
    )
    def test_is_not_sent_to_what_is_no_address(self, office, mail, address):
        with office.work() as session:
            dana = add_person(session, "1", "Dana", email=None, now=office.now)
            dana.email = address
            lend(session, "LT-1", dana, due=office.now + timedelta(days=1))
            sweep(session, office.now)
        office.run()
        assert office.deliveries() == [("mail", "failed")]
        assert mail.recipients == []

    def test_is_not_sent_without_a_mail_server(self, office):
        office.set(smtp_url="")
        office.add_user()
        office.fail()
        office.run()
        assert office.deliveries() == []


@pytest.mark.either_database
class TestWebhooks(OnBoth):
    def test_are_signed_and_sent_once(self, office, hooks):
        _, secret = office.add_webhook(hooks.url)
        office.add_webhook(hooks.url + "/other", "overdue")
        office.fail()
        office.run()
        office.run(hours=1)
        ((headers, body, path),) = hooks.posts
        assert path == "/hook"
        assert headers["Host"] == f"127.0.0.1:{hooks.port}"
        now = datetime.now(UTC)
        told = Receiver(secret).verify(body, headers)
        assert told["type"] == "job.failed"
        assert abs(int(headers["webhook-timestamp"]) - now.timestamp()) < 300
        with office.work() as session:
            assert headers["webhook-id"] == str(session.scalar(select(NoticeDelivery.name)))

    def test_are_signed_by_both_secrets_for_a_day(self, office, hooks):
        id_, old = office.add_webhook(hooks.url)
        box = SealedText(app_state(office.app).settings.secret_key)
        with office.work() as session:
            new = webhooks.rotate_secret(session, webhook_id=id_, seal=box.close, now=office.now)
            stored = session.get_one(Webhook, id_)
            assert new not in stored.secret + stored.old_secret
        office.fail("import:1")
        office.run(hours=23)
        office.fail("import:2")
        office.run(hours=2)
        (first, first_body, _), (second, second_body, _) = hooks.posts
        for secret in (old, new):
            Receiver(secret).verify(first_body, first)
        Receiver(new).verify(second_body, second)
        assert " " not in second["webhook-signature"]

    def test_are_tried_again_and_follow_no_redirect(self, office, hooks):
        hooks.location = "http://169.254.169.254/"
        hooks.statuses = [500, 302]
        office.add_webhook(hooks.url)
        office.fail()
        office.run()
        office.run(seconds=6)
        assert office.deliveries() == [("webhook", "pending")]
        office.run(minutes=6)
        assert office.deliveries() == [("webhook", "sent")]
        assert len({headers["webhook-id"] for headers, *_ in hooks.posts}) == 1
        assert len(hooks.posts) == 3

    def test_are_switched_off_when_their_receiver_is_gone(self, office, hooks):
        office.add_user()
        hooks.statuses = [410]
        id_, _ = office.add_webhook(hooks.url)
        office.fail()
        office.run()
        with office.work() as session:
            hook = session.get_one(Webhook, id_)
            assert (hook.is_active, hook.off_reason) == (False, "It answered 410: it is gone.")
            kinds = set(session.scalars(select(Notice.kind)))
            assert kinds == {"job_failed", "delivery_failed"}
        office.fail("import:2")
        office.run()
        assert len(hooks.posts) == 1

    def test_are_switched_off_after_five_days_of_failure(self, office, hooks):
        hooks.statuses = [500] * 100
        id_, _ = office.add_webhook(hooks.url)
        for day in range(6):
            office.fail(f"import:{day}")
            office.run(days=1)
        office.run(days=1)
        with office.work() as session:
            assert session.get_one(Webhook, id_).off_reason == "It failed for five days."

    def test_are_not_sent_to_a_name_that_leads_inside(self, office, hooks):
        office.add_webhook(hooks.url)
        office.set(webhook_allow=())
        office.fail()
        office.run()
        assert office.deliveries()[0] == ("webhook", "failed")
        assert hooks.posts == []
