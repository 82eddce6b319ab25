"""The language of an e-mail: of who gets it, else of the organisation."""

from __future__ import annotations

import pytest

from scanner_app.models import Setting, User
from tests.notices.test_deliveries import Office


@pytest.fixture
def office(app, work, mail) -> Office:
    return Office(app, work, mail.url)


@pytest.mark.either_database
def test_is_in_the_language_of_its_reader_else_of_the_organisation(office, mail):
    german, english = office.add_user(), office.add_user(email="bob@example.org")
    with office.work() as session:
        session.get_one(User, german).language = "de"
    office.fail()
    office.run()
    letters = {one["To"]: one for one in mail.messages}
    german, english = letters["ana@example.org"], letters["bob@example.org"]
    assert english["Subject"] == "Work import:1 failed: No rows."
    assert german["Subject"] == "Work import:1 ist fehlgeschlagen: No rows."
    assert "wählen Sie unter https://scan" in german.get_body(("plain",)).get_content()
    assert '<html lang="de">' in german.get_body(("html",)).get_content()

    with office.work() as session:
        session.add(
            Setting(key="language", value="de", revision=1, changed_at=office.now, changed_by="Ana")
        )
    mail.messages.clear()
    office.fail("import:2")
    office.run()
    assert {one["Subject"] for one in mail.messages} == {
        "Work import:2 ist fehlgeschlagen: No rows."
    }
