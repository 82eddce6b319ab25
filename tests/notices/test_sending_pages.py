"""The admin's pages of e-mail and webhooks, and the link that stops e-mails."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Receiver

from scanner_app.models import Job, MailStop, NoticeChoice, NoticeDelivery, Person, Webhook
from scanner_app.services.notices.stops import hold_after_restore
from tests.access.test_trail import read_trail
from tests.notices.receivers import HookServer, MailBox
from tests.notices.test_deliveries import Office
from tests.notices.test_notices import lend, sweep
from tests.notices.test_pages import text
from tests.support.on_both import database  # noqa: F401 - a fixture
from tests.support.register import add_person


@pytest.fixture
def office(app, work, mail) -> Office:
    return Office(app, work, mail.url)


class TestWebhooks:
    def test_shows_a_secret_once_and_sends_a_test(self, office, admin, hooks: HookServer):
        form = {"name": "Tickets", "url": hooks.url, "kinds": ["job_failed"]}
        page = text(admin.post("/admin/notices/webhooks", data=form))
        secret = re.search(r"whsec_[A-Za-z0-9+/]{43}=", page)[0]
        address = "/admin/notices/webhooks/1"
        assert "whsec_" not in text(admin.get(address))
        admin.post(f"{address}/act", data={"act": "test"})
        office.run(days=400)
        headers, body, _ = hooks.posts[0]
        assert Receiver(secret).verify(body, headers)["type"] == "test"
        assert "Delivered" in text(admin.get(address))
        again = re.search(r'action="([^"]+/deliveries/\d+)"', text(admin.get(address)))[1]
        admin.post(again)
        office.run()
        assert len({headers["webhook-id"] for headers, *_ in hooks.posts}) == 1
        assert len(hooks.posts) == 2

    def test_rotates_switches_and_removes(self, office, admin, hooks, work):
        id_, old = office.add_webhook(hooks.url)
        address = f"/admin/notices/webhooks/{id_}"
        page = text(admin.post(f"{address}/secret"))
        assert old not in page
        assert "The secret before the newest one signs too" in page
        admin.post(f"{address}/act", data={"act": "off"})
        assert "It is switched off." in text(admin.get(address))
        admin.post(f"{address}/act", data={"act": "on"})
        admin.post(f"{address}/act", data={"act": "remove"})
        with work() as session:
            assert session.scalar(select(Webhook.id)) is None

    def test_each_change_is_in_the_trail_of_admins_without_the_address(self, office, admin, hooks):
        form = {"name": "Tickets", "url": hooks.url, "kinds": ["job_failed"]}
        admin.post("/admin/notices/webhooks", data=form)
        address = "/admin/notices/webhooks/1"
        admin.post(address, data=form)  # nothing changed
        admin.post(address, data={**form, "url": f"{hooks.url}?key=hush"})
        admin.post(f"{address}/secret")
        for act in ("off", "off", "on", "remove"):
            admin.post(f"{address}/act", data={"act": act})
        admin.post("/admin/notices/held", data={"act": "drop"})  # there are none

        assert read_trail(admin) == [
            "Webhook removed: Tickets",
            "Webhook switched on: Tickets",
            "Webhook switched off: Tickets",
            "Webhook given a new secret: Tickets",
            "Webhook changed: Tickets, address changed",
            "Webhook added: Tickets",
        ]

    def test_says_what_is_wrong_and_keeps_the_form(self, office, admin):
        form = {"name": "Inside", "url": "https://169.254.169.254/"}
        answer = admin.post("/admin/notices/webhooks", data=form)
        page = text(answer)
        assert answer.status_code == 422
        assert "169.254.169.254 is not a public address." in page
        assert "Choose at least one." in page
        assert 'value="https://169.254.169.254/"' in page


class TestMail:
    def test_offers_e_mail_only_where_it_is_set(self, office, admin):
        assert "By e-mail too" in text(admin.get("/account/notices"))
        form = {"told:job_failed": "on", "digest:job_failed": "daily", "quiet_from": "22:00"}
        answer = admin.post("/account/notices", data=form)
        assert (answer.status_code, "Enter both times" in text(answer)) == (422, True)
        form |= {"quiet_to": "07:00", "digest_hour": "9", "time_zone": "Europe/Berlin"}
        assert admin.post("/account/notices", data=form).status_code == 303
        page = text(admin.get("/account/notices"))
        assert 'value="22:00"' in page
        assert 'value="Europe/Berlin"' in page
        office.set(smtp_url="")
        assert "By e-mail too" not in text(admin.get("/account/notices"))

    def test_is_stopped_by_one_press_without_signing_in(self, office, admin, mail: MailBox, work):
        office.fail()
        office.run()
        (message,) = mail.messages
        link = urlsplit(message["List-Unsubscribe"].strip("<>"))
        assert link.netloc == "scan.example.org"
        anybody = office.app.test_client()
        assert "Stop these e-mails?" in text(anybody.get(link.path))
        with work() as session:
            assert session.scalar(select(NoticeChoice.by_mail)) is None  # a look stops nothing
        answer = anybody.post(link.path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        office.fail("import:2")
        office.run()
        assert len(mail.messages) == 1
        assert anybody.post(link.path[:-3] + "xyz").status_code == 404

    def test_leaves_a_person_without_an_account_what_is_overdue(self, office, mail, work):
        with work() as session:
            dana = add_person(session, "1", "Dana", email="Dana@example.org", now=office.now)
            lend(session, "LT-1", dana, due=office.now.replace(day=3))
            sweep(session, office.now)
        office.run()
        link = urlsplit(mail.messages[0]["List-Unsubscribe"].strip("<>")).path
        assert "You still get one when something is overdue" in text(
            office.app.test_client().get(link)
        )
        office.app.test_client().post(link)
        with work() as session:
            person = session.scalars(select(Person)).one()
            lend(session, "LT-2", person, due=office.now.replace(day=3))
            lend(session, "LT-3", person, due=office.now.replace(day=1))
            sweep(session, office.now)
        office.run()
        assert [message["Subject"][:4] for message in mail.messages] == ["LT-1", "LT-3"]

    def test_goes_to_an_address_again_when_an_admin_says_so(self, office, admin, work):
        with work() as session:
            session.add(
                MailStop(address="a@b.org", is_refused=True, reason="550 Gone", at=office.now)
            )
        assert "550 Gone" in text(admin.get("/admin/notices"))
        admin.post("/admin/notices/addresses", data={"address": "a@b.org"})
        assert "550 Gone" not in text(admin.get("/admin/notices"))


class TestRestored:
    @pytest.mark.parametrize(("act", "count"), [("send", 2), ("drop", 0)])
    def test_waits_for_an_admin(self, office, admin, mail, work, act, count):
        office.set(mail_per_minute=1)
        office.fail("import:1")
        office.run()
        office.fail("import:2")
        office.run()  # is put off
        office.fail("import:3")  # is not addressed yet
        with work() as session:
            assert hold_after_restore(session) == 1
        mail.messages.clear()
        office.set(mail_per_minute=0)
        office.run(hours=5)
        assert mail.messages == []
        assert "2 messages were on the way" in text(admin.get("/admin/notices"))
        admin.post("/admin/notices/held", data={"act": act})
        office.run(days=400)
        assert len(mail.messages) == count
        with work() as session:
            states = set(session.scalars(select(NoticeDelivery.state)))
            assert states == ({"sent"} if count else {"sent", "withdrawn"})

    def test_waits_too_if_it_could_not_be_addressed_at_once(self, office, mail, work):
        office.add_user()
        office.fail()
        with work() as session:  # tried once, to be tried again
            session.execute(update(Job).values(attempts=1, ended_at=office.now))
            hold_after_restore(session)
        office.run()
        assert office.deliveries() == [("mail", "held")]
        assert mail.messages == []
