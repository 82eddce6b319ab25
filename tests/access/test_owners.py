"""A token has an owner, the person behind the program, and stops with them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from scanner_app.domain.access.roles import Role
from scanner_app.domain.errors import Invalid, NotFound
from scanner_app.models import ApiToken, User
from scanner_app.services.access import tokens
from tests.access.conftest import find_secret, sign_in
from tests.support.on_both import OnBoth

PATH = "/api/v1/assets"
# The owner's role, the token's role, and whether such a token is made and works.
PAIRS = [
    ("admin", "admin", True),
    ("admin", "reader", True),
    ("technician", "technician", True),
    ("technician", "viewer", True),
    ("stockroom", "technician", True),
    ("admin", "approver", True),
    ("viewer", "technician", False),
    ("technician", "stockroom", False),
    ("approver", "auditor", False),
    ("auditor", "approver", False),  # an approver signs what the stockroom wants, too
    ("auditor", "technician", False),
    ("stockroom", "reader", False),
    ("stockroom", "admin", False),
]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def owner_of(work):
    """`owner_of(name)` gives the owner's id and the maker of a token."""

    def find(name: str) -> tuple[int | None, str]:
        with work() as session:
            row = session.scalars(select(ApiToken).where(ApiToken.name == name)).one()
            return row.owner_user_id, row.created_by

    return find


class TestOwner(OnBoth):
    def test_is_who_makes_the_token_unless_another_is_chosen(self, admin, person, owner_of, work):
        tom = person("tom@example.org", "technician")
        admin.post("/admin/tokens", data={"name": "Mine", "role": "viewer"})
        form = {"name": "Toms", "role": "technician", "owner": str(tom)}
        listed = admin.post("/admin/tokens", data=form).get_data(as_text=True)

        with work() as session:
            own = session.scalars(select(User).where(User.role == Role.ADMIN)).one()
            own_id, own_email = own.id, own.email
        assert owner_of("Mine") == (own_id, own_email)
        assert owner_of("Toms") == (tom, own_email)
        assert '<td data-label="Owner"><bdi>Tom</bdi></td>' in listed

    def test_who_is_switched_off_stops_the_token_and_brings_it_back(self, app, admin, person):
        tom = person("tom@example.org", "technician")
        form = {"name": "Toms", "role": "technician", "owner": str(tom)}
        headers = bearer(find_secret(admin.post("/admin/tokens", data=form)))
        client = app.test_client()

        statuses = [client.get(PATH, headers=headers).status_code]
        told = admin.post(
            f"/admin/users/{tom}", data={"standing": "off"}, follow_redirects=True
        ).get_data(as_text=True)
        statuses.append(client.get(PATH, headers=headers).status_code)
        admin.post(f"/admin/users/{tom}", data={"standing": "on"})
        statuses.append(client.get(PATH, headers=headers).status_code)

        assert statuses == [200, 401, 200]
        assert "Tokens that Tom owns have stopped: Toms." in told

    def test_who_may_do_less_stops_only_tokens_that_may_do_more(self, app, admin, person):
        ana = person("ana@example.org", "stockroom")
        made = {
            role: find_secret(
                admin.post("/admin/tokens", data={"name": role, "role": role, "owner": str(ana)})
            )
            for role in ("stockroom", "technician", "viewer")
        }

        told = admin.post(
            f"/admin/users/{ana}", data={"role": "technician"}, follow_redirects=True
        ).get_data(as_text=True)

        client = app.test_client()
        works = {
            role: client.get(PATH, headers=bearer(secret)).status_code == 200
            for role, secret in made.items()
        }
        assert works == {"stockroom": False, "technician": True, "viewer": True}
        assert "Tokens that Ana owns have stopped: stockroom." in told

    def test_who_is_not_the_maker_does_not_lose_the_token_with_the_maker(
        self, app, admin, person, owner_of
    ):
        tom = person("tom@example.org", "technician")
        boss = person("boss@example.org", "admin")
        maker = app.test_client()
        sign_in(maker, "boss@example.org")
        form = {"name": "Toms", "role": "technician", "owner": str(tom)}
        headers = bearer(find_secret(maker.post("/admin/tokens", data=form)))

        admin.post(f"/admin/users/{boss}", data={"standing": "off"})

        assert owner_of("Toms") == (tom, "boss@example.org")
        assert app.test_client().get(PATH, headers=headers).status_code == 200

    def test_may_be_taken_over_where_there_is_none(self, app, admin, api_as, work, owner_of):
        headers = api_as("viewer").headers
        with work() as session:
            token = session.scalars(select(ApiToken)).one()
            token_id, name = token.id, token.name
        assert owner_of(name)[0] is None
        assert f"/admin/tokens/{token_id}/takeover" in admin.get("/admin/tokens").get_data(True)

        admin.post(f"/admin/tokens/{token_id}/takeover")

        assert owner_of(name)[0] is not None
        assert f"/admin/tokens/{token_id}/takeover" not in admin.get("/admin/tokens").get_data(True)
        assert app.test_client().get(PATH, headers=headers).status_code == 200


class TestChoice:
    def test_of_an_owner_is_of_one_who_may_do_what_the_token_may(
        self, app, admin, person, owner_of, subtests
    ):
        roles = {owner for owner, _, _ in PAIRS}
        ids = {role: person(f"a.{role}@example.org", role) for role in roles}
        for owner, role, is_taken in PAIRS:
            with subtests.test(owner=owner, role=role):
                form = {"name": f"{owner} {role}", "role": role, "owner": str(ids[owner])}

                answer = admin.post("/admin/tokens", data=form)

                assert answer.status_code == (200 if is_taken else 422)
                text = " ".join(answer.get_data(as_text=True).split())
                if is_taken:
                    assert owner_of(form["name"])[0] == ids[owner]
                else:
                    assert "role does not include what this token may do." in text
                    assert f'<option value="{ids[owner]}" selected' in text

    def test_of_nobody_who_is_there_is_refused(self, admin, person, work, subtests):
        tom = person("tom@example.org", "technician")
        admin.post(f"/admin/users/{tom}", data={"standing": "off"})
        for owner in (str(tom), "0", "-1", "999999", "9" * 30, "tom@example.org", "１"):
            with subtests.test(owner=owner):
                form = {"name": "Door", "role": "viewer", "owner": owner}

                assert admin.post("/admin/tokens", data=form).status_code == 422
        with work() as session:
            assert session.scalars(select(ApiToken)).all() == []

    def test_lists_only_those_who_are_switched_on(self, admin, person):
        tom = person("tom@example.org", "technician")
        before = admin.get("/admin/tokens").get_data(as_text=True)
        admin.post(f"/admin/users/{tom}", data={"standing": "off"})

        after = admin.get("/admin/tokens").get_data(as_text=True)

        assert "Tom, tom@example.org (Technician)" in before
        assert "tom@example.org" not in after

    def test_of_who_takes_over_counts_too(self, admin, person, work):
        tom = person("tom@example.org", "technician")
        admin.post("/admin/tokens", data={"name": "Door", "role": "reader"})
        with work() as session:
            token_id = session.scalars(select(ApiToken.id)).one()

        with pytest.raises(Invalid), work() as session:
            tokens.take_over_token(session, token_id=token_id, owner_id=tom)


class TestCommand:
    def test_add_names_the_owner_and_list_shows_it(self, app, person, run, owner_of):
        tom = person("tom@example.org", "technician")

        secret = run(
            *["tokens", "add", "Toms", "--role", "technician", "--owner", "Tom@Example.org"]
        ).strip()
        run("tokens", "add", "Nobodys", "--role", "viewer")
        listed = run("tokens", "list")

        assert owner_of("Toms") == (tom, "command line")
        assert owner_of("Nobodys") == (None, "command line")
        assert [line.split("\t")[-1] for line in listed.splitlines()] == ["-", "tom@example.org"]
        assert app.test_client().get(PATH, headers=bearer(secret)).status_code == 200

    def test_add_refuses_an_owner_who_is_not_there_or_may_do_less(self, person, run, work):
        person("tom@example.org", "technician")

        with pytest.raises(NotFound):
            run("tokens", "add", "Door", "--role", "viewer", "--owner", "eve@example.org")
        with pytest.raises(Invalid):
            run("tokens", "add", "Door", "--role", "reader", "--owner", "tom@example.org")
        with work() as session:
            assert session.scalars(select(ApiToken)).all() == []

    def test_off_and_role_say_which_tokens_stopped(self, person, run, admin):
        person("tom@example.org", "stockroom")
        person("boss@example.org", "admin")
        for name, role in (("Import", "stockroom"), ("Export", "viewer")):
            run("tokens", "add", name, "--role", role, "--owner", "tom@example.org")

        demoted = run("users", "role", "tom@example.org", "viewer")
        off = run("users", "off", "tom@example.org")
        on = run("users", "on", "tom@example.org")

        assert "Tokens that stopped with their owner: Import." in demoted
        assert "Tokens that stopped with their owner: Export, Import." in off
        assert "Tokens that stopped with their owner: Import." in on
