"""What a sign-in's cookie is, which hashes are computed, and what an account's owner can end."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select, update

from scanner_app.models import SignIn, User
from scanner_app.services.access import passwords, sign_ins, throttle
from scanner_app.storage.database import unit_of_work
from scanner_app.worker.retention import sweep
from tests.access.conftest import (
    ATTEMPTS,
    PASSWORD,
    cookie_of,
    find_link,
    is_signed_in,
    sign_in,
    with_cookie,
)
from tests.support.databases import build_app, make_settings
from tests.support.on_both import OnBoth

NEW = "two chairs and a desk"
AGENTS = {
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0 Mobile Safari/537.36": "Chrome on Android",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0 Safari/537.36 Edg/140.0": "Edge on Windows",
    "<script>alert(1)</script>": "&lt;script&gt;alert(1)&lt;/script&gt;",
}


def find_field(text: str, name: str) -> str:
    """Return the tag of a form's field."""
    found = re.search(rf'<(input|select)\s[^>]*id="f-{name}"[^>]*>', text)
    assert found, text
    return found[0]


class Counting(PasswordHasher):
    """The real hasher, that keeps what each comparison cost."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[list[str]] = []

    def verify(self, stored, tried):
        self.costs.append(stored.split("$")[:4])
        return super().verify(stored, tried)


class TestSignIn:
    def test_computes_one_hash_of_the_same_cost_for_everybody(self, app, person, monkeypatch):
        person()
        counting = Counting()
        monkeypatch.setattr(passwords, "hasher", counting)

        for email in ("ana@example.org", "nobody@example.org", "not an address"):
            sign_in(app.test_client(), email, "wrong")

        assert len(counting.costs) == 3
        assert counting.costs[0] == counting.costs[1] == counting.costs[2]

    def test_stores_a_weaker_hash_anew(self, app, work, person):
        person()
        weak = PasswordHasher(time_cost=1, memory_cost=32).hash(PASSWORD)
        with work() as session:
            session.execute(update(User).values(password_hash=weak))

        assert sign_in(app.test_client()).status_code == 303

        with work() as session:
            stored = session.scalars(select(User.password_hash)).one()
        assert stored != weak
        assert sign_in(app.test_client()).status_code == 303

    def test_is_a_503_to_try_again_where_all_places_for_hashing_are_taken(
        self, app, person, monkeypatch
    ):
        person()
        monkeypatch.setattr(passwords, "WAIT_SECONDS", 0)
        for _ in range(passwords.SLOTS):
            passwords.slots.acquire()
        try:
            answer = sign_in(app.test_client())
        finally:
            for _ in range(passwords.SLOTS):
                passwords.slots.release()

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert sign_in(app.test_client()).status_code == 303

    def test_refuses_a_form_of_megabytes(self, app):
        assert sign_in(app.test_client(), password="x" * 30_000_000).status_code == 413

    def test_form_is_made_for_password_managers_and_readers_of_screens(self, app, person):
        person()
        fresh = app.test_client().get("/sign-in").get_data(as_text=True)
        refused = sign_in(app.test_client(), password="wrong").get_data(as_text=True)

        assert 'autocomplete="username"' in find_field(fresh, "email")
        assert 'autocomplete="current-password"' in find_field(fresh, "password")
        assert "autofocus" in find_field(fresh, "email")
        assert 'value="ana@example.org"' in find_field(refused, "email")
        assert "autofocus" in find_field(refused, "password")
        assert 'aria-describedby="sign-in-error"' in find_field(refused, "password")
        assert re.search(r'role="alert"\s+id="sign-in-error"', refused)


class TestFindUserOf(OnBoth):
    """Between the comparison of a password and the new sign-in, an admin may have acted."""

    @pytest.mark.parametrize("change", [{"is_active": False}, {"password_hash": "another"}])
    def test_gives_nobody_whom_the_comparison_no_longer_holds_for(self, work, person, change):
        person()
        with work() as session:
            login = sign_ins.find_login(session, email="ana@example.org")
            before = sign_ins.find_user_of(session, login=login)
            assert before is not None
        with work() as session:
            session.execute(update(User).values(**change))

        with work() as session:
            assert sign_ins.find_user_of(session, login=login) is None


class TestFindSignInActor:
    def test_gives_nobody_who_is_switched_off_though_the_cookie_lives(self, app, page_as, work):
        client = page_as("viewer")
        assert client.get("/more").status_code == 200
        with work() as session:
            # Switching off by the page ends the sign-ins as well; here the cookie is still known.
            session.execute(update(User).values(is_active=False))

        assert client.get("/more").status_code == 303


class TestCookie:
    @pytest.fixture
    def app(self, database, tmp_path) -> Flask:
        return build_app(make_settings(tmp_path / "instance", database, secure_cookies=True))

    def test_is_bound_to_this_host_and_hidden_from_scripts(self, app, person):
        person()

        client = app.test_client()
        headers = {"Origin": "https://scan.example"}
        change = {"current": PASSWORD, "password": NEW}

        kept = [
            cookie
            for answer in (
                sign_in(client, base_url="https://scan.example"),
                client.post("/account/password", base_url="https://scan.example", data=change,
                            headers=headers),
                client.post("/sign-out", base_url="https://scan.example", headers=headers),
            )
            for cookie in answer.headers.getlist("Set-Cookie")
        ]  # fmt: skip

        # Every cookie that there is: of the sign-in, of the browser, and of the notes of a page.
        assert {c.partition("=")[0] for c in kept} == {
            "__Host-scanner",
            "__Host-scanner-browser",
            "scanner-notes",
        }
        for cookie in kept:
            parts = {part.strip().lower() for part in cookie.split(";")}
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts, cookie
            assert not any(part.startswith("domain") for part in parts), cookie

    def test_is_explained_where_plain_http_would_lose_it(self, app, person):
        person()
        lost = {"Origin": "http://scan.example", "Host": "scan.example"}
        kept = {"Origin": "http://localhost", "Host": "localhost"}

        assert "https://" in sign_in(app.test_client(), headers=lost).get_data(as_text=True)
        assert sign_in(app.test_client(), headers=lost).status_code == 422
        assert sign_in(app.test_client(), headers=kept).status_code == 303


class TestSignOut:
    def test_leaves_neighbours_cookies_and_the_phones_storage(self, app, person):
        person()
        client = app.test_client()
        sign_in(client)

        answer = client.post("/sign-out")

        assert "Clear-Site-Data" not in answer.headers
        # Twice, or by nobody, is no error.
        assert client.post("/sign-out").status_code == 303

    def test_leaves_nothing_for_the_back_button(self, page_as):
        client = page_as("auditor")
        for path in ("/", "/account", "/assets", "/api/v1/assets", "/nothing-here"):
            assert client.get(path).headers["Cache-Control"] == "no-store", path


class TestDeadSignIns(OnBoth):
    def test_are_kept_as_a_record_for_a_time_and_not_offered_as_sessions(self, app, work, person):
        person()
        client = app.test_client()
        sign_in(app.test_client())
        for days, kept in ((2, 2), (31, 1)):
            past = datetime.now(UTC) - timedelta(days=days)
            with work() as session:
                first = select(func.min(SignIn.id)).scalar_subquery()
                session.execute(update(SignIn).where(SignIn.id == first).values(seen_at=past))
            if days == 2:
                sign_in(client)

            sweep(app)

            assert client.get("/account").text.count("last used") == 1
            with work() as session:
                assert session.scalar(select(func.count(SignIn.id))) == kept

    def test_are_not_those_in_use(self, app, work, person):
        person()
        client = app.test_client()
        sign_in(client)
        with work() as session:
            session.execute(update(SignIn).values(seen_at=datetime.now(UTC) - timedelta(hours=11)))

        assert is_signed_in(client)

        with work() as session:
            seen = session.scalars(select(SignIn.seen_at)).one()
        assert datetime.now(UTC) - seen < timedelta(hours=1)


class TestAccount:
    def test_keeps_this_browser_in_under_a_new_cookie_after_a_new_password(self, app, person):
        person()
        here = app.test_client()
        sign_in(here)
        before = cookie_of(here)

        answer = here.post("/account/password", data={"current": PASSWORD, "password": NEW})

        assert (answer.status_code, answer.headers["Location"]) == (303, "/account")
        assert is_signed_in(here)
        assert not is_signed_in(with_cookie(app, before))

    def test_points_to_the_field_that_was_refused(self, app, person, subtests):
        person()
        client = app.test_client()
        sign_in(client)
        for form, field in (
            ({"current": "wrong", "password": NEW}, "current"),
            ({"current": PASSWORD, "password": "Summer2026!"}, "password"),
            ({"current": PASSWORD}, "password"),
        ):
            with subtests.test(form=form):
                answer = client.post("/account/password", data=form)

                refused = find_field(answer.get_data(as_text=True), field)
                assert answer.status_code == 422
                assert 'aria-invalid="true"' in refused
                assert "autofocus" in refused
        assert sign_in(app.test_client()).status_code == 303

    def test_bounds_guesses_at_the_old_password_by_whoever_holds_the_phone(self, app, person):
        ana = person()
        client = app.test_client()
        sign_in(client)
        now = datetime.now(UTC)
        for _ in range(ATTEMPTS):
            for moment in (now, now + throttle.WINDOW):
                with app.app_context(), unit_of_work() as session:
                    limits = {f"password:{ana}": ATTEMPTS}
                    throttle.count_attempt(session, limits=limits, now=moment)

        answer = client.post("/account/password", data={"current": PASSWORD, "password": NEW})

        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) <= 901
        assert sign_in(app.test_client()).status_code == 303

    def test_ends_one_sign_in_or_all_others(self, app, work, person):
        person()
        here, there, elsewhere = (app.test_client() for _ in range(3))
        for client in (here, there, elsewhere):
            sign_in(client)
        with work() as session:
            ids = session.scalars(select(SignIn.id).order_by(SignIn.id)).all()

        here.post(f"/account/sign-ins/{ids[1]}/end")
        one = [is_signed_in(client) for client in (here, there, elsewhere)]
        here.post("/account/sign-ins/end")
        all_others = [is_signed_in(client) for client in (here, there, elsewhere)]

        assert one == [True, False, True]
        assert all_others == [True, False, False]

    def test_names_browsers_as_people_do(self, app, person):
        person()
        for agent in AGENTS:
            client = app.test_client()
            sign_in(client, headers={"User-Agent": agent})

        text = client.get("/account").get_data(as_text=True)

        assert [name for name in AGENTS.values() if name not in text] == []
        assert "<script>alert" not in text


class TestLink:
    def test_is_in_no_log_and_no_referrer(self, app, admin, caplog):
        caplog.set_level(logging.DEBUG)
        form = {"email": "ana@example.org", "name": "Ana", "role": "auditor"}
        link = find_link(admin.post("/admin/users", data=form))

        shown = app.test_client().get(link)
        refused = app.test_client().post(link, data={"password": "short"})
        app.test_client().post(link, data={"password": NEW})

        assert shown.headers["Referrer-Policy"] == "no-referrer"
        assert refused.headers["Referrer-Policy"] == "no-referrer"
        assert "path=/links/..." in caplog.text
        assert link.rpartition("/")[2] not in caplog.text

    def test_ends_when_the_account_is_switched_off(self, app, work, admin):
        form = {"email": "ana@example.org", "name": "Ana", "role": "auditor"}
        link = find_link(admin.post("/admin/users", data=form))
        with work() as session:
            ana = session.scalars(select(User.id).where(User.email == "ana@example.org")).one()

        admin.post(f"/admin/users/{ana}", data={"standing": "off"})

        assert app.test_client().post(link, data={"password": NEW}).status_code == 404
        assert admin.post(f"/admin/users/{ana}/link").status_code == 409
        # Switched on again, an old link in somebody's mail stays dead.
        admin.post(f"/admin/users/{ana}", data={"standing": "on"})
        assert app.test_client().post(link, data={"password": NEW}).status_code == 404

    def test_form_tells_a_password_manager_whose_password_it_is(self, app, admin):
        form = {"email": "ana@example.org", "name": "Ana", "role": "auditor"}
        link = find_link(admin.post("/admin/users", data=form))

        text = app.test_client().get(link).get_data(as_text=True)

        assert re.search(r'value="ana@example.org"\s+autocomplete="username"', text)
        assert 'autocomplete="new-password"' in find_field(text, "password")

    def test_has_the_configured_address_whatever_host_asked(self, database, tmp_path, page_as):
        settings = make_settings(
            tmp_path / "instance", database, base_url="https://scan.example.org/"
        )
        admin = build_app(settings).test_client()
        admin.set_cookie("scanner", cookie_of(page_as("admin")), domain="evil.example")
        form = {"email": "ana@example.org", "role": "auditor"}

        answer = admin.post("/admin/users", data=form, headers={"Host": "evil.example"})

        text = answer.get_data(as_text=True)
        assert "https://scan.example.org/links/" in text
        assert "evil.example" not in text
