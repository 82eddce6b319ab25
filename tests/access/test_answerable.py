"""A token works while its owner may do what it may do; another admin can take it over."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from scanner_app.domain.access.roles import Role
from scanner_app.models import ApiToken, User
from tests.access.conftest import find_secret, sign_in
from tests.support.on_both import OnBoth

PATH = "/api/v1/assets"
FAULTS = [
    (
        "/admin/users",
        {"email": "not an address", "name": "Tom Reyes", "role": "auditor"},
        "email",
        ["not an address", "Tom Reyes", 'value="auditor" selected'],
    ),
    (
        "/admin/users",
        {"email": "tom@example.org", "name": "Tom\x00", "role": "auditor"},
        "name",
        ["tom@example.org"],
    ),
    (
        "/admin/users",
        {"email": "tom@example.org", "name": "T" * 201, "role": "auditor"},
        "name",
        ["tom@example.org", "T" * 201],
    ),
    (
        "/admin/users",
        {"email": "tom@example.org", "name": "Tom", "role": "root"},
        "role",
        ["tom@example.org"],
    ),
    (
        "/admin/tokens",
        {"name": " ", "role": "auditor", "days": "90"},
        "name",
        ['value="auditor" selected', 'value="90" selected'],
    ),
    (
        "/admin/tokens",
        {"name": "Door\u202e", "role": "auditor", "days": "90"},
        "name",
        ['value="auditor" selected'],
    ),
    ("/admin/tokens", {"name": "Dock door", "role": "root"}, "role", ["Dock door"]),
    (
        "/admin/tokens",
        {"name": "Dock door", "role": "auditor", "days": "31"},
        "days",
        ["Dock door"],
    ),
]


class TestOwner(OnBoth):
    @pytest.mark.parametrize("change", [{"role": "viewer"}, {"standing": "off"}], ids=str)
    def test_takes_tokens_along_who_may_not_do_what_they_may(
        self, app, admin, work, person, change
    ):
        ana = person(role="admin")
        client = app.test_client()
        sign_in(client)
        form = {"name": "Dock door", "role": "technician"}
        headers = {
            "Authorization": f"Bearer {find_secret(client.post('/admin/tokens', data=form))}"
        }
        before = app.test_client().get(PATH, headers=headers).status_code

        told = admin.post(f"/admin/users/{ana}", data=change, follow_redirects=True)
        stopped = app.test_client().get(PATH, headers=headers).status_code
        listed = admin.get("/admin/tokens").get_data(as_text=True)
        with work() as session:
            token_id = session.scalars(select(ApiToken.id)).one()
        admin.post(f"/admin/tokens/{token_id}/takeover")
        after = app.test_client().get(PATH, headers=headers).status_code

        assert (before, stopped, after) == (200, 401, 200)
        assert "Tokens that Ana owns have stopped: Dock door." in told.get_data(as_text=True)
        assert "Stopped" in listed
        assert f'action="/admin/tokens/{token_id}/takeover"' in listed

    def test_that_comes_back_brings_them_back(self, app, admin, work, person):
        ana = person(role="admin")
        client = app.test_client()
        sign_in(client)
        form = {"name": "Dock door", "role": "viewer"}
        headers = {
            "Authorization": f"Bearer {find_secret(client.post('/admin/tokens', data=form))}"
        }

        admin.post(f"/admin/users/{ana}", data={"standing": "off"})
        admin.post(f"/admin/users/{ana}", data={"standing": "on"})

        assert app.test_client().get(PATH, headers=headers).status_code == 200

    def test_is_nobody_for_a_token_of_the_command_line(self, app, api_as, work):
        headers = api_as("viewer").headers
        with work() as session:
            session.execute(update(User).values(role=Role.VIEWER, is_active=False))

        assert app.test_client().get(PATH, headers=headers).status_code == 200


class TestTakeOver:
    def test_does_not_wake_a_revoked_one(self, app, admin, work):
        form = {"name": "Dock door", "role": "viewer"}
        secret = find_secret(admin.post("/admin/tokens", data=form))
        with work() as session:
            token_id = session.scalars(select(ApiToken.id)).one()
        admin.post(f"/admin/tokens/{token_id}/revoke")

        answer = admin.post(f"/admin/tokens/{token_id}/takeover")

        assert answer.status_code == 404
        headers = {"Authorization": f"Bearer {secret}"}
        assert app.test_client().get(PATH, headers=headers).status_code == 401

    def test_of_what_is_not_there_is_a_404(self, admin, subtests):
        for number in (999_999, 2**31, 2**63, 10**30):
            for path in (
                f"/admin/tokens/{number}/takeover",
                f"/admin/tokens/{number}/revoke",
                f"/admin/users/{number}/link",
                f"/account/sign-ins/{number}/end",
            ):
                with subtests.test(path=path):
                    assert admin.post(path, data={"standing": "off"}).status_code == 404
            with subtests.test(number=number):
                assert admin.get(f"/admin/users/{number}").status_code == 404
        assert admin.post("/admin/users/999999", data={"standing": "off"}).status_code == 404


class TestForms:
    """What was typed stands there again, and the first field that was refused has the focus."""

    def test_keep_what_was_typed_and_point_to_the_fault(self, admin, subtests):
        for path, form, field, kept in FAULTS:
            with subtests.test(form=form):
                answer = admin.post(path, data=form)

                text = " ".join(answer.get_data(as_text=True).split())
                refused = text[text.index(f'id="f-{field}"') :].partition(">")[0]
                assert answer.status_code == 422
                assert 'aria-invalid="true"' in refused
                assert "autofocus" in refused
                assert [words for words in kept if words not in text] == []

    def test_take_names_of_every_script(self, admin):
        for number, name in enumerate(("Zoë Ångström", "علی‌رضا", "李小龍", "O'Neill <b>")):
            form = {"email": f"u{number}@example.org", "name": name, "role": "viewer"}

            text = admin.post("/admin/users", data=form).get_data(as_text=True)

            assert name.replace("'", "&#39;").replace("<b>", "&lt;b&gt;") in text
