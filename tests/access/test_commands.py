"""`scanner-app users` and `scanner-app tokens`: what they print, and what they change."""

from __future__ import annotations

import pytest

from scanner_app.domain.errors import Conflict, Invalid, NotFound
from tests.access.conftest import PASSWORD, is_signed_in, sign_in


class TestUsers:
    def test_add_with_a_password_lets_in(self, run, app):
        told = run(
            *["users", "add", "Ana@Example.org", "--role", "auditor", "--password-stdin"],
            stdin=f"{PASSWORD}\n",
        )

        assert told == "ana@example.org added as auditor.\n"
        assert sign_in(app.test_client()).status_code == 303

    def test_add_without_one_prints_a_link_that_works(self, run, app):
        told = run("users", "add", "ana@example.org", "--role", "auditor", "--name", "Ana")

        link = told.split("https://scan.example.org")[1].strip()
        client = app.test_client()
        assert client.post(link, data={"password": PASSWORD}).status_code == 303
        assert is_signed_in(client)

    @pytest.mark.parametrize(
        ("words", "stdin", "error"),
        [
            (["ana", "--role", "viewer"], "", Invalid),
            (["ana@example.org", "--role", "viewer", "--password-stdin"], "short\n", Invalid),
            (["ana@example.org", "--role", "viewer", "--password-stdin"], "", SystemExit),
            (["ana@example.org", "--role", "root"], "", SystemExit),
        ],
    )
    def test_add_refuses_and_adds_nobody(self, run, words, stdin, error):
        with pytest.raises(error):
            run("users", "add", *words, stdin=stdin)

        assert run("users", "list") == ""

    def test_add_refuses_a_second_account_of_the_same_address(self, run):
        run("users", "add", "ana@example.org", "--role", "viewer")

        with pytest.raises(Conflict, match="already has an account"):
            run("users", "add", "ANA@example.org", "--role", "admin")

        assert run("users", "list").split("\t")[1:3] == ["viewer", "invited"]

    def test_link_role_off_and_on_change_an_account(self, run, app, person):
        person("boss@example.org", "admin")
        person()
        client = app.test_client()
        sign_in(client)

        link = run("users", "link", "ana@example.org")
        run("users", "role", "ana@example.org", "technician")
        scans = client.get("/scan").status_code
        run("users", "off", "ana@example.org")
        off = is_signed_in(client)
        with pytest.raises(Conflict, match="switched off"):
            run("users", "link", "ana@example.org")
        run("users", "on", "ana@example.org")

        assert "https://scan.example.org/links/" in link
        assert (scans, off) == (200, False)
        assert sign_in(app.test_client()).status_code == 303

    def test_keep_the_last_admin(self, run, person):
        person("boss@example.org", "admin")

        for words in (["off", "boss@example.org"], ["role", "boss@example.org", "viewer"]):
            with pytest.raises(Conflict, match="last admin"):
                run("users", *words)

    def test_say_who_is_not_there(self, run):
        with pytest.raises(NotFound, match="There is no user eve@"):
            run("users", "off", "eve@example.org")


class TestTokens:
    def test_add_prints_the_token_alone_and_it_works_until_revoked(self, run, app):
        printed = run("tokens", "add", "Dock door", "--role", "viewer")
        headers = {"Authorization": f"Bearer {printed.strip()}"}
        before = app.test_client().get("/api/v1/assets", headers=headers).status_code
        listed = run("tokens", "list")

        run("tokens", "revoke", listed.split("\t")[0])

        assert printed.count("\n") == 1
        assert listed.split("\t")[1:4] == ["Dock door", "viewer", "works"]
        assert printed.strip() not in listed
        after = app.test_client().get("/api/v1/assets", headers=headers).status_code
        assert (before, after) == (200, 401)
        assert run("tokens", "list").split("\t")[3] == "revoked"

    def test_add_takes_a_life_in_days(self, run):
        run("tokens", "add", "Dock door", "--role", "reader", "--days", "30")

        with pytest.raises(SystemExit):
            run("tokens", "add", "Dock door", "--role", "reader", "--days", "0")
        assert run("tokens", "list").count("\n") == 1

    def test_revoke_says_what_is_not_there(self, run):
        with pytest.raises(NotFound, match="That token does not exist"):
            run("tokens", "revoke", "99")
        with pytest.raises(SystemExit):  # a number that no row can have
            run("tokens", "revoke", "99999999999")
