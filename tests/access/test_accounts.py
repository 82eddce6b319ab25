"""Users, one-time links and passwords: what ends at once, and what works only once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import ROLES
from scanner_app.models import OneTimeLink, User
from scanner_app.services.access import links
from scanner_app.storage.database import reading
from tests.access.conftest import (
    PASSWORD,
    cookie_of,
    find_link,
    is_signed_in,
    sign_in,
    with_cookie,
)
from tests.support.on_both import OnBoth

NEW = "another sentence for tests"
LOOKALIKES = [
    ("ANA@EXAMPLE.ORG", 409),
    (" ana@example.org ", 409),
    ("\uff41na@example.org", 409),
    ("an\u00e1@example.org", 422),
    ("ana\u200b@example.org", 422),
    ("ana@ex\x00ample.org", 422),
    ("ana", 422),
    ("", 422),
    ("a" * 300 + "@example.org", 422),
]


def add_user(admin, email: str = "ana@example.org", role: str = "auditor"):
    return admin.post("/admin/users", data={"email": email, "name": "Ana", "role": role})


class TestAddUser:
    def test_gives_a_link_by_which_the_password_is_chosen(self, app, admin):
        link = find_link(add_user(admin))
        client = app.test_client()

        assert client.get(link).status_code == 200
        answer = client.post(link, data={"password": NEW})

        assert answer.status_code == 303
        assert is_signed_in(client)
        assert sign_in(app.test_client(), password=NEW).status_code == 303

    def test_makes_no_second_account_that_looks_the_same(self, app, admin, subtests):
        add_user(admin)
        for email, status in LOOKALIKES:
            with subtests.test(email=email):
                assert add_user(admin, email).status_code == status
        with app.app_context(), reading() as session:
            assert len(session.scalars(select(User.id)).all()) == 2

    def test_refuses_a_role_that_is_none(self, admin):
        assert add_user(admin, role="root").status_code == 422


class TestLink(OnBoth):
    def test_works_once(self, app, admin):
        link = find_link(add_user(admin))
        assert app.test_client().post(link, data={"password": NEW}).status_code == 303

        again = app.test_client().post(link, data={"password": PASSWORD})

        assert again.status_code == 404
        assert app.test_client().get(link).status_code == 404
        assert sign_in(app.test_client(), password=PASSWORD).status_code == 422

    def test_stays_good_after_a_password_that_is_refused(self, app, admin):
        link = find_link(add_user(admin))
        for password in ["short", "1234567890", "x" * 2000, ""]:
            refused = app.test_client().post(link, data={"password": password})
            assert refused.status_code == 422, password

        assert app.test_client().post(link, data={"password": NEW}).status_code == 303

    def test_ends_when_a_newer_one_is_made(self, app, admin, work):
        old = find_link(add_user(admin))
        with work() as session:
            user_id = session.scalars(select(User.id).where(User.email == "ana@example.org")).one()

        new = find_link(admin.post(f"/admin/users/{user_id}/link"))

        assert app.test_client().get(old).status_code == 404
        assert app.test_client().get(new).status_code == 200

    def test_ends_after_a_day_and_is_kept_as_a_hash(self, app, admin, work):
        link = find_link(add_user(admin))
        with work() as session:
            row = session.scalars(select(OneTimeLink)).one()
            assert link.rpartition("/")[2] not in row.token_hash
            row.expires_at -= timedelta(hours=24, seconds=1)

        assert app.test_client().post(link, data={"password": NEW}).status_code == 404

    def test_ends_the_sign_ins_of_the_old_password(self, app, admin, person):
        user_id = person()
        client = app.test_client()
        sign_in(client)
        link = find_link(admin.post(f"/admin/users/{user_id}/link"))

        app.test_client().post(link, data={"password": NEW})

        assert not is_signed_in(client)

    def test_makes_no_second_first_admin(self, app, work, person, now):
        person("boss@example.org", "admin")
        with work() as session:
            secret = links.make_link(session, purpose="first_admin", user_id=None, now=_now())

        answer = app.test_client().post(
            f"/links/{secret}", data={"email": "eve@example.org", "name": "Eve", "password": NEW}
        )

        assert answer.status_code in {404, 409, 422}
        assert sign_in(app.test_client(), "eve@example.org", NEW).status_code == 422


class TestChangeUser(OnBoth):
    def test_that_switches_off_ends_sign_ins_at_once(self, app, admin, person):
        user_id = person()
        phone, desk = app.test_client(), app.test_client()
        sign_in(phone)
        sign_in(desk)

        admin.post(f"/admin/users/{user_id}", data={"standing": "off"})

        assert (is_signed_in(phone), is_signed_in(desk)) == (False, False)
        assert sign_in(app.test_client()).status_code == 422
        # Switched on again, the old cookies stay dead.
        admin.post(f"/admin/users/{user_id}", data={"standing": "on"})
        assert not is_signed_in(phone)

    def test_of_role_from_an_old_page_tells_what_another_admin_chose(self, admin, person):
        user_id = person(role="viewer")
        admin.post(f"/admin/users/{user_id}", data={"role": "auditor", "was": "viewer"})

        refused = admin.post(
            f"/admin/users/{user_id}", data={"role": "technician", "was": "viewer"}
        )
        again = admin.post(f"/admin/users/{user_id}", data={"role": "auditor", "was": "viewer"})

        assert refused.status_code == 409
        assert "became auditor while this page was open" in refused.text
        assert again.status_code == 303

    def test_of_role_counts_from_the_next_request(self, app, admin, person):
        user_id = person(role="admin")
        client = app.test_client()
        sign_in(client)
        assert client.get("/admin/users").status_code == 200

        admin.post(f"/admin/users/{user_id}", data={"role": "viewer"})

        assert client.get("/admin/users").status_code == 403
        assert client.get("/assets").status_code == 200

    @pytest.mark.parametrize("change", [{"role": "viewer"}, {"standing": "off"}], ids=str)
    def test_keeps_the_last_admin(self, app, person, change):
        user_id = person(role="admin")
        client = app.test_client()
        sign_in(client)

        answer = client.post(f"/admin/users/{user_id}", data=change)

        assert answer.status_code == 409
        assert client.get("/admin/users").status_code == 200

    def test_cannot_be_made_by_writing_more_fields(self, app, page_as, person):
        """A person's own forms take their own fields only."""
        user_id = person()
        client = app.test_client()
        sign_in(client)
        extra = {"role": "admin", "is_admin": "true", "user_id": "1", "email": "x@example.org"}

        client.post("/account/password", data={"current": "wrong", "password": NEW, **extra})

        with app.app_context(), reading() as session:
            user = session.get_one(User, user_id)
            assert (user.role.value, user.email) == ("auditor", "ana@example.org")


class TestChangePassword:
    def test_ends_every_sign_in(self, app, person):
        person()
        phone, desk = app.test_client(), app.test_client()
        sign_in(phone)
        sign_in(desk)
        kept = cookie_of(desk)

        answer = desk.post("/account/password", data={"current": PASSWORD, "password": NEW})

        assert answer.status_code == 303
        assert not is_signed_in(phone)
        assert not is_signed_in(with_cookie(app, kept))
        assert sign_in(app.test_client()).status_code == 422
        assert sign_in(app.test_client(), password=NEW).status_code == 303

    def test_needs_the_present_one(self, app, person):
        person()
        client = app.test_client()
        sign_in(client)

        answer = client.post("/account/password", data={"current": "wrong", "password": NEW})

        assert answer.status_code == 422
        assert is_signed_in(client)
        assert sign_in(app.test_client()).status_code == 303

    @pytest.mark.parametrize(
        "password",
        [
            "\U0001f511 opens a door \U0001f6aa",
            "trailing blanks are kept  ",
            "x" * 100 + "-and-the-tail-counts",
        ],
        ids=["emoji", "blanks", "past 72 bytes"],
    )
    def test_takes_it_as_it_is_and_cuts_nothing(self, app, person, password):
        person()
        client = app.test_client()
        sign_in(client)

        answer = client.post("/account/password", data={"current": PASSWORD, "password": password})

        assert answer.status_code == 303
        assert sign_in(app.test_client(), password=password[:-1]).status_code == 422
        assert sign_in(app.test_client(), password=password).status_code == 303


class TestEndSignIn:
    def test_does_not_reach_somebody_elses(self, app, work, person):
        from scanner_app.models import SignIn

        person()
        person("bob@example.org")
        ana, bob = app.test_client(), app.test_client()
        sign_in(ana)
        sign_in(bob, "bob@example.org")
        with work() as session:
            ids = session.scalars(select(SignIn.id).order_by(SignIn.id)).all()

        for sign_in_id in ids:
            bob.post(f"/account/sign-ins/{sign_in_id}/end")

        assert (is_signed_in(ana), is_signed_in(bob)) == (True, False)


class TestRedirectedLinks:
    def test_use_the_configured_address_whatever_host_is_claimed(self, tmp_path, sqlite_template):
        from tests.support.databases import build_app, make_settings

        url = sqlite_template.make(tmp_path / "i")
        app = build_app(make_settings(tmp_path / "i", url, trusted_hosts=("scan.example.org",)))
        headers = {"X-Forwarded-Host": "evil.example"}

        evil = app.test_client().get("/sign-in", headers={"Host": "evil.example"})
        good = app.test_client().get("/sign-in", headers={"Host": "scan.example.org", **headers})

        assert evil.status_code == 400
        health = {
            path: app.test_client().get(path, headers={"Host": host}).status_code
            for host in ("127.0.0.1:8000", "10.0.0.7", "[::1]:8000")
            for path in ("/healthz", "/readyz")
        }
        assert set(health.values()) == {200}
        local = {"Host": "127.0.0.1:8000"}
        assert app.test_client().get("/metrics", headers=local).status_code == 200
        rebound = app.test_client().get("/metrics", headers={"Host": "evil.example"})
        assert rebound.status_code == 400
        assert good.status_code == 200
        assert "evil.example" not in good.get_data(as_text=True)


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)


class TestUserPage(OnBoth):
    def test_says_what_each_role_may_do_and_asks_before_suspending(self, admin, person):
        user_id = person(role="viewer")

        text = admin.get(f"/admin/users/{user_id}").text

        for facts in (row for row in ROLES.values() if not row.is_program):
            assert facts.label in text
            assert facts.summary.capitalize() in text
        dialog = text[text.index('id="suspend"') :]
        assert "signed out everywhere" in dialog
        assert 'name="standing" value="off"' in dialog

    def test_offers_no_way_to_suspend_oneself(self, admin, work):
        with work() as session:
            own_id = session.scalar(select(User.id).where(User.email == "admin@example.org"))

        assert 'id="suspend"' not in admin.get(f"/admin/users/{own_id}").text

    def test_hands_a_link_over_as_text_code_and_message(self, admin, person):
        user_id = person("ana@example.org")

        text = admin.post(f"/admin/users/{user_id}/link").text

        link = re.search(r"http://localhost/links/[\w-]+", text)[0]
        assert text.count(link) == 2  # the field and the message
        assert "<svg" in text[text.index('class="qr"') :]
        assert 'href="mailto:ana%40example.org?subject=' in text

    def test_is_found_by_a_part_of_the_name_or_address(self, admin, person):
        person("zoe.zimmer@example.org")

        assert "zoe.zimmer" in admin.get("/admin/users?q=ZIMMER").text
        assert "Nobody is called" in admin.get("/admin/users?q=nobody-there").text
