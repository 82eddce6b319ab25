"""Signing in and out: equal answers, bounded guessing, cookies that end on the server."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from scanner_app.models import SignIn, Throttle, User
from tests.access.conftest import (
    ATTEMPTS,
    PASSWORD,
    cookie_of,
    is_signed_in,
    sign_in,
    with_cookie,
)
from tests.support.on_both import OnBoth

ELSEWHERE = [
    "//evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "https:evil.example",
    "https://evil.example/",
    "///evil.example",
    "%5c%5cevil.example",
    "/%5cevil.example",
    "/%5Cevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " /assets",
    "evil.example",
    "/x\r\nSet-Cookie: a=b",
    "/%255cevil.example",
    "/%09/evil.example",
    "/%2fevil.example",
    "/%252fevil.example",
    "",
]
OURS = ["/assets", "/assets?q=a%20b&status=in_use", "/audits/1", "/a/LT%2F1", "/locations/R-1#x"]


def use_up(client, attempts: int = ATTEMPTS, email: str = "ana@example.org") -> None:
    """Guess as often as is tolerated; each guess is answered by the form."""
    for _ in range(attempts):
        assert sign_in(client, email, "").status_code == 422


class TestSignIn:
    def test_lets_in_and_goes_on(self, app, person):
        person()
        client = app.test_client()

        answer = sign_in(client, target="/assets?q=1")

        assert (answer.status_code, answer.headers["Location"]) == (303, "/assets?q=1")
        assert is_signed_in(client)

    def test_finds_one_account_by_every_spelling(self, app, person, subtests):
        person()
        for email in (
            "ANA@example.org",
            " ana@example.org ",
            "\uff41na@example.org",  # full width
            "Ana@Example.ORG",
        ):
            with subtests.test(email=email):
                assert sign_in(app.test_client(), email).status_code == 303

    def test_answers_a_wrong_password_and_an_unknown_user_alike(self, app, person):
        wrong = [
            "not the password",
            "",
            PASSWORD + " ",
            PASSWORD[:-1],
            "x" * 500_000,
            "\x00\U0001f511",
        ]
        for number in range(len(wrong)):
            person(f"ana{number}@example.org")
        answers = [
            sign_in(app.test_client(), email, password)
            for email, password in [
                ("eve@example.org", "not the password"),
                *((f"ana{number}@example.org", text) for number, text in enumerate(wrong)),
                ("no address", PASSWORD),
                ("an\u00e10@example.org", PASSWORD),
                ("ana\u200b0@example.org", PASSWORD),
            ]
        ]

        def shape(answer):
            text = answer.get_data(as_text=True)
            return re.sub(r'value="[^"]*"|autofocus', "", text)

        assert {answer.status_code for answer in answers} == {422}
        assert len({re.sub(r"\s+", " ", shape(answer)) for answer in answers}) == 1
        assert "E-mail or password is wrong." in answers[0].get_data(as_text=True)

    def test_never_says_the_password_back(self, app, person):
        person()

        answer = sign_in(app.test_client(), password="a-wrong-but-secret-text")

        assert "a-wrong-but-secret-text" not in answer.get_data(as_text=True)

    def test_refuses_who_is_switched_off_like_a_stranger(self, app, work, person):
        user_id = person()
        with work() as session:
            session.execute(update(User).where(User.id == user_id).values(is_active=False))

        assert sign_in(app.test_client()).status_code == 422

    def test_gives_a_new_cookie_and_ends_the_one_before(self, app, person):
        person()
        client = app.test_client()
        client.set_cookie("scanner", "planted-by-somebody-else")
        sign_in(client)
        first = cookie_of(client)

        sign_in(client)

        assert first not in {"planted-by-somebody-else", cookie_of(client)}
        assert is_signed_in(client)
        assert not is_signed_in(with_cookie(app, first))

    def test_keeps_only_a_hash_of_the_cookie(self, app, work, person):
        person()
        client = app.test_client()
        sign_in(client)

        with work() as session:
            kept = session.scalars(select(SignIn.token_hash)).all()

        assert len(kept) == 1
        assert cookie_of(client) not in kept[0]

    def test_sends_a_cookie_that_scripts_and_other_sites_do_not_get(self, app, person):
        person()

        cookie = sign_in(app.test_client()).headers.getlist("Set-Cookie")
        ours = next(line for line in cookie if line.startswith("scanner="))

        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(ours.split("; "))
        assert "Domain=" not in ours


class TestThrottle(OnBoth):
    def test_stops_guessing_and_says_when_to_come_back(self, app, person):
        person()
        client = app.test_client()
        use_up(client)

        answer = sign_in(client)

        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60 + 1
        assert "Too many attempts" in answer.get_data(as_text=True)
        assert not is_signed_in(client)

    def test_counts_an_unknown_account_too(self, app):
        client = app.test_client()
        use_up(client, email="eve@example.org")

        assert sign_in(client, "EVE@example.org", "").status_code == 429

    def test_leaves_other_accounts_alone(self, app, person):
        person("bob@example.org")
        client = app.test_client()
        use_up(client)

        assert sign_in(client, "bob@example.org").status_code == 303

    def test_is_not_escaped_by_a_forged_address(self, app, person):
        person()
        for number in range(ATTEMPTS):
            forged = {
                "X-Forwarded-For": f"203.0.113.{number}",
                "X-Real-IP": f"203.0.113.{number}",
                "Forwarded": f"for=203.0.113.{number}",
            }
            assert sign_in(app.test_client(), password="", headers=forged).status_code == 422

        answer = sign_in(app.test_client(), headers={"X-Forwarded-For": "198.51.100.1"})

        assert answer.status_code == 429

    def test_counts_the_network_by_the_real_address(self, app, work, person):
        person()
        sign_in(app.test_client(), password="", headers={"X-Forwarded-For": "203.0.113.9"})

        with work() as session:
            keys = set(session.scalars(select(Throttle.key)))

        assert keys == {"account:ana@example.org", "network:127.0.0.0/24"}

    def test_forgets_an_account_that_signed_in(self, app, person):
        person()
        client = app.test_client()
        use_up(client, ATTEMPTS - 1)
        assert sign_in(client).status_code == 303

        use_up(app.test_client())

    def test_ends_with_its_quarter_of_an_hour(self, app, work, person):
        person()
        use_up(app.test_client())
        assert sign_in(app.test_client()).status_code == 429
        with work() as session:
            for row in session.scalars(select(Throttle)):
                row.window_start -= timedelta(minutes=15)

        assert sign_in(app.test_client()).status_code == 303


class TestNext:
    def test_never_leads_to_another_site(self, app, page_as, subtests):
        viewer, stranger = page_as("viewer"), app.test_client()
        for target in ELSEWHERE:
            with subtests.test(target=target):
                signed_in = viewer.get("/sign-in", query_string={"next": target})
                form = stranger.get("/sign-in", query_string={"next": target})

                assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/")
                assert re.search(r'name="next"\s+value="/"', form.get_data(as_text=True))

    def test_leads_to_our_own_pages(self, page_as, subtests):
        viewer = page_as("viewer")
        for target in OURS:
            with subtests.test(target=target):
                answer = viewer.get("/sign-in", query_string={"next": target})

                assert answer.headers["Location"] == target

    def test_is_what_was_asked_for_before_signing_in(self, app):
        answer = app.test_client().get("/assets?q=a%26b")

        assert answer.headers["Location"] == "/sign-in?next=/assets%3Fq%3Da%2526b"


class TestSignOut:
    def test_kills_the_cookie_on_the_server(self, app, person):
        person()
        client = app.test_client()
        sign_in(client)
        kept = cookie_of(client)

        answer = client.post("/sign-out")

        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
        assert not is_signed_in(with_cookie(app, kept))

    def test_leaves_other_devices_signed_in(self, app, person):
        person()
        phone, desk = app.test_client(), app.test_client()
        sign_in(phone)
        sign_in(desk)

        phone.post("/sign-out")

        assert (is_signed_in(phone), is_signed_in(desk)) == (False, True)


class TestSignInEnds:
    @pytest.mark.parametrize(
        ("idle", "age", "still"),
        [
            (timedelta(hours=11), timedelta(days=1), True),
            (timedelta(hours=13), timedelta(days=1), False),
            (timedelta(minutes=1), timedelta(days=31), False),
        ],
        ids=["in use", "idle", "old"],
    )
    def test_after_idle_hours_or_the_longest_days(self, app, work, person, idle, age, still):
        person()
        client = app.test_client()
        sign_in(client)
        with work() as session:
            row = session.scalars(select(SignIn)).one()
            row.created_at -= age
            row.seen_at -= idle

        assert is_signed_in(client) is still
