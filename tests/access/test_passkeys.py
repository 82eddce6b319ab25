"""Passkeys and phone codes at the server: what is refused, and what works only once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from scanner_app.models import Passkey, PhoneCode, User
from scanner_app.services.access.phone_codes import make_phone_code
from tests.access.conftest import is_signed_in, sign_in
from tests.support import on_both

database = on_both.database


@pytest.fixture
def code(app, person, work):
    """The path of a code that is shown to a signed-in person."""
    user_id = person()
    with work() as session:
        secret = make_phone_code(session, user_id=user_id, now=datetime.now(UTC))
    return f"/links/phone/{secret}"


class TestPhoneCode:
    def test_signs_in_one_phone_once_after_a_question(self, app, code):
        phone = app.test_client()
        assert "You will be signed in as" in phone.get(code).text
        assert not is_signed_in(phone)

        answer = phone.post(code)

        assert answer.status_code == 303
        assert is_signed_in(phone)
        assert app.test_client().post(code).status_code == 404

    def test_is_drawn_on_a_signed_in_screen_and_ends_the_one_before(self, app, person, work):
        person()
        client = app.test_client()
        sign_in(client)

        for _ in range(2):
            answer = client.post("/account/phone")

        assert "<svg" in answer.text[answer.text.index('class="qr"') :]
        with work() as session:
            assert len(session.scalars(select(PhoneCode.id)).all()) == 1

    def test_works_for_two_minutes(self, app, code, work):
        with work() as session:
            past = datetime.now(UTC) - timedelta(seconds=1)
            session.execute(update(PhoneCode).values(expires_at=past))

        assert app.test_client().post(code).status_code == 404

    def test_of_somebody_suspended_opens_nothing(self, app, code, work):
        with work() as session:
            session.execute(update(User).values(is_active=False))

        assert app.test_client().get(code).status_code == 404
        assert app.test_client().post(code).status_code == 404

    def test_from_another_site_signs_nobody_in(self, app, code):
        answer = app.test_client().post(code, headers={"Sec-Fetch-Site": "cross-site"})

        assert answer.status_code == 403


class TestPasskey:
    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"state": "x", "credential": {}},
            {"state": None, "credential": None},
            {"credential": {"id": "a"}},
        ],
    )
    def test_answers_that_are_made_up_are_refused(self, app, person, body):
        person()
        client = app.test_client()
        state = client.post("/passkeys/options").json["state"]
        for sent in (body, {**body, "state": state}):
            answer = client.post("/passkeys/sign-in", json=sent)
            assert answer.status_code == 422
        sign_in(client)
        offered = client.post("/account/passkeys/options").json["state"]
        for sent in (body, {**body, "state": offered}, {**body, "state": state}):
            assert client.post("/account/passkeys", json=sent).status_code == 422

    def test_is_removed_by_its_owner_alone(self, app, person, work, page_as):
        person()
        client = app.test_client()
        sign_in(client)
        with work() as session:
            user = session.scalar(select(User).where(User.email == "ana@example.org"))
            session.add(
                Passkey(
                    user_id=user.id, credential_id="c", public_key="k", sign_count=0,
                    name="Phone", created_at=datetime.now(UTC),
                )
            )  # fmt: skip
            session.flush()
            key = session.scalar(select(Passkey.id))

        assert page_as("admin").post(f"/account/passkeys/{key}/removal").status_code == 404
        assert client.post(f"/account/passkeys/{key}/removal").status_code == 303
        assert client.post(f"/account/passkeys/{key}/removal").status_code == 404

    def test_is_not_offered_at_an_address_of_numbers(self, app):
        text = app.test_client().get("/sign-in", headers={"Host": "192.0.2.7"}).text

        assert "data-passkey-sign-in" not in text
        assert "data-passkey-sign-in" in app.test_client().get("/sign-in").text
