"""Reminders of loans carry a link to extend them: to the person who has the thing alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from scanner_app.edge.stockroom.extensions import read_extension
from scanner_app.models import Custody, LendingRule, User
from tests.notices.test_deliveries import Office
from tests.notices.test_notices import lend, sweep
from tests.support.on_both import OnBoth
from tests.support.register import add_person


@pytest.fixture
def office(app, work, mail) -> Office:
    return Office(app, work, mail.url)


def links(message) -> list[str]:
    return re.findall(
        r"https://scan\.example\.org/extend/([\w.-]+)", message.get_body().get_content()
    )


@pytest.mark.either_database
class TestLink(OnBoth):
    def remind(self, office: Office, *, days: int = 1, extensions: int | None = 1) -> None:
        with office.work() as session:
            session.execute(update(LendingRule).values(extensions=extensions, extension_days=7))
            dana = add_person(session, "1", "Dana", email="dana@example.org", now=office.now)
            due = office.now + timedelta(days=days)
            custody = session.get_one(Custody, lend(session, "LT-1", dana, due=due))
            self.loan = (custody.asset_id, custody.person_id)
            sweep(session, office.now)
        office.run()

    def test_goes_to_who_has_the_thing(self, office, mail):
        self.remind(office)

        (message,) = mail.messages
        assert message["To"] == "dana@example.org"
        [token] = set(links(message))
        with office.app.test_request_context():
            told = read_extension(token, now=office.now)
        assert (told.asset_id, told.person_id) == self.loan
        assert "Extend</a>" in message.get_body(("html",)).get_content()

    def test_is_in_no_mail_to_the_stockroom(self, office, mail):
        clerk = office.add_user("stockroom", "sam@example.org")
        office.choose(clerk, "overdue")
        self.remind(office, days=-8)

        by_receiver = {one["To"]: links(one) for one in mail.messages}
        assert set(by_receiver) == {"dana@example.org", "sam@example.org"}
        assert by_receiver["sam@example.org"] == []
        assert by_receiver["dana@example.org"] != []

    def test_is_in_the_mail_of_an_account_that_is_the_person(self, office, mail):
        user = office.add_user("technician", "dana@example.org")
        with office.work() as session:
            dana = add_person(session, "2", "Dana Two", email="", now=office.now)
            session.get_one(User, user).person_id = dana.id
            session.execute(update(LendingRule).values(extensions=1, extension_days=7))
            lend(session, "LT-2", dana, due=office.now + timedelta(days=1))
            sweep(session, office.now)
        office.choose(user, "due_soon")

        office.run()

        (message,) = mail.messages
        assert links(message) != []

    @pytest.mark.parametrize("extensions", [0, None])
    def test_is_left_out_where_the_rule_extends_nothing(self, office, mail, extensions):
        self.remind(office, extensions=extensions)

        (message,) = mail.messages
        assert links(message) == []
