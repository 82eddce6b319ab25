"""Every route carries a decision, the table below repeats it, and each role meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from scanner_app.domain.access.roles import ROLES, Action, Role
from scanner_app.edge.guard import PUBLIC, SIGNED_IN, UNSAFE, find_decision
from tests.support.databases import SqliteTemplate

# Who may use what, written a second time by hand, a row a route: a decision that is changed in a
# view by mistake no longer agrees with it. HEAD goes with GET; OPTIONS answers nothing but the methods.
TABLE = Path(__file__).parent / "routes.txt"
# Flask's own view; the guard lets it pass by its name, as it serves what everybody's page loads.
OPEN = {"static"}
# Let in, these would change the stage for the rest of a walk: who is allowed is covered by the
# decision, who is not is still tried.
STAGE = {
    "POST /demo",
    "POST /sign-out",
    "POST /account/sign-ins/<id:sign_in_id>/end",
    "POST /admin/tokens/<id:token_id>/revoke",
    "POST /admin/tokens/<id:token_id>/takeover",
    "POST /admin/users/<id:user_id>",
}


@pytest.fixture
def database(sqlite_template: SqliteTemplate, tmp_path: Path) -> str:
    """Only SQLite: who gets in is decided before a view asks the database anything else."""
    return sqlite_template.make(tmp_path / "instance")


def read_table() -> dict[str, str]:
    rows = [line.split(None, 2) for line in TABLE.read_text().splitlines()]
    table = {f"{method} {rule}": decision for decision, method, rule in rows}
    assert len(table) == len(rows), "a route stands twice in routes.txt"
    return table


def walk(app: Flask) -> Iterator[tuple[str, str, Rule]]:
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in OPEN:
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                yield f"{method} {rule.rule}", method, rule


def fill(rule: Rule) -> str:
    """Return a path that the rule matches; what it names need not be there."""
    values: dict[str, Any] = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__.removesuffix("Converter").lower()
        values[name] = {
            "integer": 1,
            "rowid": 1,
            "uuid": UUID(int=1),
            "path": "NOTHING-1",
            "unicode": "json" if name == "form" else "nothing",
            "any": next(iter(getattr(converter, "items", ["counting"])), "counting"),
        }[kind]
    built = rule.build(values, append_unknown=False)
    assert built is not None, rule
    return built[1]


def may(role: Role, decision: str) -> bool:
    return decision in {PUBLIC, SIGNED_IN} or Action(decision) in ROLES[role].actions


class TestTable:
    def test_holds_each_route_with_its_decision(self, app: Flask):
        table = read_table()
        found = {
            name: str(find_decision(app, rule.endpoint, method)) for name, method, rule in walk(app)
        }

        undecided = [name for name, decision in found.items() if decision == "None"]
        assert not undecided, (
            f"No access rule on {undecided}. Put @allow(Action.X), @signed_in or @public from "
            "scanner_app/edge/guard.py on the view; until then it answers 403 to everybody."
        )
        missing = [f"{found[name]} {name}" for name in found.keys() - table.keys()]
        assert not missing, (
            "Routes without a row. Make sure that each decision is meant, then add to routes.txt:\n"
            + "\n".join(sorted(missing))
        )
        gone = sorted(table.keys() - found.keys())
        assert not gone, f"Rows whose route is gone; take them out of routes.txt: {gone}"
        changed = {n: (table[n], found[n]) for n in found if table[n] != found[n]}
        assert not changed, f"Decisions that differ (routes.txt, view): {changed}"

    def test_says_the_same_for_head_as_for_get(self, app: Flask):
        for name, method, rule in walk(app):
            if method == "GET":
                get, head = (find_decision(app, rule.endpoint, m) for m in ("GET", "HEAD"))
                assert get == head, name

    def test_lets_no_unsafe_route_be_public_but_signing_in(self):
        unsafe = {
            name
            for name, decision in read_table().items()
            if decision == PUBLIC and name.split()[0] in UNSAFE
        }

        assert unsafe == {
            "POST /sign-in",
            # Mail programs post here by themselves (RFC 8058); the link says who and what.
            "POST /notices/stop/<token>",
            # The receiver of things has no account; the link says who and what.
            "POST /accept/<token>",
            "POST /extend/<token>",  # the link says whose loan, and until when it was due
            "POST /attest/<token>",  # the link says who answers, and about what
            "POST /sign-out",
            "POST /links/<secret>",
            "POST /links/phone/<secret>",
            "POST /audits/check",  # reads a file, and keeps nothing
            "POST /passkeys/options",
            "POST /passkeys/sign-in",
        }


class TestAnonymous:
    def test_is_sent_to_sign_in_by_pages_and_refused_by_the_api(self, app: Flask):
        table = read_table()
        client = app.test_client()
        for name, method, rule in walk(app):
            if table[name] == PUBLIC:
                continue
            path = fill(rule)

            for verb in [method] + (["HEAD"] if method == "GET" else []):
                answer = client.open(path, method=verb)

                if path.startswith("/api/"):
                    assert answer.status_code == 401, name
                    assert answer.content_type == "application/problem+json", name
                    assert answer.headers["WWW-Authenticate"].startswith("Bearer"), name
                else:
                    assert answer.status_code == 303, name
                    assert answer.headers["Location"].startswith("/sign-in?next=/"), name

    def test_is_told_by_htmx_where_to_sign_in(self, app: Flask):
        answer = app.test_client().get("/assets", headers={"HX-Request": "true"})

        assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/sign-in")

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/",
            "//assets",
            "/admin//users",
            "/admin%2fusers",
            "/x/..;/admin/users",
            "/ASSETS",
        ],
    )
    def test_finds_no_way_round_by_another_spelling(self, app: Flask, path: str):
        answer = app.test_client().get(path)

        refused = answer.status_code == 303 and answer.headers["Location"].startswith("/sign-in")
        assert refused or answer.status_code in {404, 308}

    def test_cannot_turn_a_get_into_a_post(self, app: Flask):
        answer = app.test_client().get(
            "/sign-in", headers={"X-HTTP-Method-Override": "POST"}, query_string={"_method": "POST"}
        )

        assert (answer.status_code, answer.mimetype) == (200, "text/html")


class TestRole:
    @pytest.mark.parametrize("role", list(Role))
    def test_gets_in_where_its_permissions_say(self, app: Flask, page_as, api_as, role: Role):
        table = read_table()
        browser: FlaskClient = page_as(role.value)
        token = api_as(role.value).headers
        for name, method, rule in walk(app):
            is_page = not name.split()[1].startswith("/api/") and table[name] != PUBLIC
            allowed = may(role, table[name]) and not (role is Role.READER and is_page)
            if allowed and name in STAGE:
                continue
            path = fill(rule)

            if path.startswith("/api/") or (role is Role.READER and is_page):
                answer = app.test_client().open(path, method=method, headers=token)
            else:
                answer = browser.open(path, method=method)

            told = f"{role.value}: {name} gave {answer.status_code}"
            if allowed:
                assert answer.status_code not in {401, 403, 405}, told
                assert answer.status_code < 500, told
                assert not answer.headers.get("Location", "").startswith("/sign-in"), told
            else:
                assert answer.status_code == 403, told

    def test_of_a_reader_opens_four_doors_to_post_and_the_list_to_listen_for(self, app, api_as):
        token = api_as("reader").headers
        table = read_table()
        opened = set()
        for name, method, rule in walk(app):
            if table[name] != PUBLIC:
                answer = app.test_client().open(fill(rule), method=method, headers=token)
                if answer.status_code not in {401, 403}:
                    opened.add(name)

        assert opened == {
            "POST /api/v1/scans",
            "POST /api/v1/reads",
            "POST /api/v1/readers/<path:name>/heartbeat",
            "POST /api/v1/readers/<path:name>/signals",
            "GET /api/v1/watch",
        }

    def test_of_a_token_opens_no_page(self, app, api_as):
        token = api_as("admin").headers
        table = read_table()
        for name, method, rule in walk(app):
            path = fill(rule)
            if table[name] != PUBLIC and not path.startswith("/api/"):
                answer = app.test_client().open(path, method=method, headers=token)
                assert (answer.status_code, name) == (403, name)

    def test_leaves_nothing_in_the_cache_of_the_browser(self, app, page_as):
        browser = page_as("admin")
        table = read_table()
        for name, method, rule in walk(app):
            if table[name] != PUBLIC and method == "GET":
                kept = browser.get(fill(rule)).headers["Cache-Control"]
                assert "no-store" in kept or "no-cache" in kept, name

    # A reader is a program: no form gives that role to a person, who would see a menu.
    @pytest.mark.parametrize("role", [role for role in Role if role is not Role.READER])
    def test_is_offered_in_the_menu_only_what_it_may_open(self, page_as, app: Flask, role: Role):
        text = page_as(role.value).get("/more").get_data(as_text=True)
        table = read_table()
        for name, method, rule in walk(app):
            if method == "GET" and not rule.arguments and not may(role, table[name]):
                assert f'href="{rule.rule}"' not in text, name
