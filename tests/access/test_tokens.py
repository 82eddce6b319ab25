"""API tokens: shown once, good until revoked or expired, in one header only, unable to multiply."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanner_app.models import ApiToken
from tests.access.conftest import find_secret
from tests.support.on_both import OnBoth

PATH = "/api/v1/assets"
REFUSED = [
    {"name": "Door", "role": "root"},
    {"name": "Door"},
    {"name": " ", "role": "viewer"},
    {"name": "Door", "role": "viewer", "days": "many"},
    {"name": "Door", "role": "viewer", "days": "0"},
    {"name": "Door", "role": "viewer", "days": "99999999999999999999"},
]
HEADERS = [
    ("Bearer {}", 200),
    ("bearer {}", 200),  # RFC 9110: a scheme's case does not matter
    ("BEARER {}", 200),
    ("Bearer {} ", 200),
    ("Basic {}", 401),
    ("Token {}", 401),
    ("{}", 401),
    ("Bearer", 401),
    ("Bearer x{}", 401),
    ("Bearer {}x", 401),
    ("Bearer {},{}", 401),
    ("Bearer sca_", 401),
    ("Bearer sca__", 401),
    ("Bearer sca_\x7f_x", 401),
    ("Bearer \xe9", 401),
]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def secret(admin) -> str:
    return find_secret(admin.post("/admin/tokens", data={"name": "Door", "role": "viewer"}))


class TestAddToken:
    def test_shows_the_secret_once_and_keeps_a_hash(self, admin, work, secret):
        assert secret not in admin.get("/admin/tokens").get_data(as_text=True)
        with work() as session:
            row = session.scalars(select(ApiToken)).one()
            kept = [str(getattr(row, column.name)) for column in ApiToken.__table__.columns]

        assert not [value for value in kept if secret in value or secret[-20:] in value]

    def test_refuses_what_it_cannot_take(self, admin, work, subtests):
        for form in REFUSED:
            with subtests.test(form=form):
                assert admin.post("/admin/tokens", data=form).status_code == 422
        with work() as session:
            assert session.scalars(select(ApiToken)).all() == []

    def test_is_for_admins_who_are_signed_in(self, app, page_as, api_as, work):
        form = {"name": "More", "role": "admin", "user_id": "1"}
        by_auditor = page_as("auditor").post("/admin/tokens", data=form)
        headers = api_as("admin").headers
        by_token = app.test_client().post("/admin/tokens", data=form, headers=headers)
        user = {"email": "eve@example.org", "role": "admin"}
        user_by_token = app.test_client().post("/admin/users", data=user, headers=headers)

        statuses = [a.status_code for a in (by_auditor, by_token, user_by_token)]
        assert statuses == [403, 403, 403]
        with work() as session:
            assert [row.name for row in session.scalars(select(ApiToken))] == ["test admin"]


class TestToken(OnBoth):
    def test_works_until_it_is_revoked(self, app, admin, work, secret):
        client = app.test_client()
        assert client.get(PATH, headers=bearer(secret)).status_code == 200
        with work() as session:
            token_id = session.scalars(select(ApiToken.id)).one()

        admin.post(f"/admin/tokens/{token_id}/revoke")

        assert client.get(PATH, headers=bearer(secret)).status_code == 401

    def test_works_until_it_expires(self, app, admin, work):
        form = {"name": "Door", "role": "viewer", "days": "30"}
        secret = find_secret(admin.post("/admin/tokens", data=form))
        assert app.test_client().get(PATH, headers=bearer(secret)).status_code == 200
        with work() as session:
            row = session.scalars(select(ApiToken)).one()
            assert timedelta(days=29) < row.expires_at - datetime.now(UTC) <= timedelta(days=30)
            row.expires_at -= timedelta(days=30, seconds=1)

        assert app.test_client().get(PATH, headers=bearer(secret)).status_code == 401

    def test_has_the_rights_of_its_role_at_this_moment(self, app, work, secret):
        from scanner_app.domain.access.roles import Role

        body = {"asset_tag": "LT-1"}
        client = app.test_client()
        refused = client.post(PATH, json=body, headers=bearer(secret))
        with work() as session:
            session.scalars(select(ApiToken)).one().role = Role.STOCKROOM

        taken = client.post(PATH, json=body, headers=bearer(secret))

        assert (refused.status_code, taken.status_code) == (403, 201)


class TestHeader:
    def test_is_the_bearer_scheme_with_the_whole_secret(self, app, secret, subtests):
        for form, status in HEADERS:
            with subtests.test(form=form):
                headers = {"Authorization": form.replace("{}", secret)}

                answer = app.test_client().get(PATH, headers=headers)

                assert answer.status_code == status
                if status == 401:
                    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scanner-app"'
                    assert answer.get_json()["code"] == "not_signed_in"

    def test_prefix_alone_is_no_token(self, app, secret):
        prefix = "_".join(secret.split("_")[:2])

        for text in (prefix, f"{prefix}_", f"{prefix}_%", secret.upper(), secret[:-1]):
            assert app.test_client().get(PATH, headers=bearer(text)).status_code == 401

    def test_is_the_only_place_for_it(self, app, secret):
        client = app.test_client()
        for name in ("token", "access_token", "api_key", "authorization"):
            assert client.get(PATH, query_string={name: secret}).status_code == 401
        client.set_cookie("scanner", secret)
        assert client.get(PATH).status_code == 401
        assert client.get(PATH, headers={"X-Api-Key": secret}).status_code == 401

    def test_counts_before_a_cookie(self, page_as):
        """A wrong token is refused, whatever cookie goes with it: else CSRF could ride on it."""
        browser = page_as("admin")

        answer = browser.get(PATH, headers=bearer("sca_00000000_wrong"))

        assert answer.status_code == 401

    def test_is_never_logged_nor_told_back(self, app, secret, caplog):
        caplog.set_level(logging.DEBUG)

        answers = [
            app.test_client().get(PATH, headers=bearer(secret)),
            app.test_client().get(PATH, headers=bearer(secret + "x")),
            app.test_client().get("/api/v1/none", headers=bearer(secret)),
        ]

        texts = [caplog.text, *(a.get_data(as_text=True) + str(a.headers) for a in answers)]
        assert "request method=GET" in caplog.text
        assert not [text for text in texts if secret in text or secret[-20:] in text]
