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

# Who may use what, written a second time by hand: a decision that is changed in a view by mistake
# no longer agrees with this. HEAD goes with GET; OPTIONS answers nothing but the methods.
TABLE = """
signed_in       GET   /
read_register   GET   /A/<path:asset_tag>
read_register   GET   /a/<path:asset_tag>
signed_in       GET   /account
signed_in       POST  /account/passkeys
signed_in       POST  /account/passkeys/<id:passkey_id>/removal
signed_in       POST  /account/passkeys/options
signed_in       POST  /account/password
signed_in       POST  /account/phone
signed_in       POST  /account/sign-ins/<id:sign_in_id>/end
signed_in       POST  /account/sign-ins/end
manage_settings GET   /admin/statuses
manage_settings POST  /admin/statuses
manage_settings POST  /admin/statuses/<int:name_id>
manage_settings POST  /admin/statuses/<int:name_id>/removal
manage_tokens   GET   /admin/tokens
manage_tokens   POST  /admin/tokens
manage_tokens   POST  /admin/tokens/<id:token_id>/revoke
manage_tokens   POST  /admin/tokens/<id:token_id>/takeover
manage_users    GET   /admin/users
manage_users    POST  /admin/users
manage_users    GET   /admin/users/<id:user_id>
manage_users    POST  /admin/users/<id:user_id>
manage_users    POST  /admin/users/<id:user_id>/link
manage_settings GET   /admin/values
manage_settings POST  /admin/values
edit_register   POST  /api/v1/assets
read_register   GET   /api/v1/assets
edit_register   PATCH /api/v1/assets/<path:asset_tag>
read_register   GET   /api/v1/assets/<path:asset_tag>
read_register   GET   /api/v1/assets/<path:asset_tag>/attachments
edit_register   DELETE /api/v1/assets/<path:asset_tag>/attachments/<uuid:uuid>
read_register   GET   /api/v1/assets/<path:asset_tag>/attachments/<uuid:uuid>
scan            PUT   /api/v1/assets/<path:asset_tag>/attachments/<uuid:uuid>
read_register   GET   /api/v1/assets/<path:asset_tag>/history
read_audits     GET   /api/v1/audits
run_audits      POST  /api/v1/audits
read_audits     GET   /api/v1/audits/<id:audit_id>
read_audits     GET   /api/v1/audits/<id:audit_id>/acts
run_audits      POST  /api/v1/audits/<id:audit_id>/cancellation
close_audits    POST  /api/v1/audits/<id:audit_id>/closure
run_audits      POST  /api/v1/audits/<id:audit_id>/counting
read_audits     GET   /api/v1/audits/<id:audit_id>/draws
run_audits      POST  /api/v1/audits/<id:audit_id>/draws
read_audits     GET   /api/v1/audits/<id:audit_id>/draws/<id:number>
read_audits     GET   /api/v1/audits/<id:audit_id>/findings
decide_findings PATCH /api/v1/audits/<id:audit_id>/findings/<id:finding_id>
read_audits     GET   /api/v1/audits/<id:audit_id>/findings/<id:finding_id>/history
run_audits      POST  /api/v1/audits/<id:audit_id>/freeze
run_audits      PUT   /api/v1/audits/<id:audit_id>/plan
read_audits     GET   /api/v1/audits/<id:audit_id>/pack.zip
run_audits      POST  /api/v1/audits/<id:audit_id>/reconciliation
read_audits     GET   /api/v1/audits/<id:audit_id>/report.<string:form>
run_audits      POST  /api/v1/audits/<id:audit_id>/revision
decode          POST  /api/v1/decodes
public          GET   /api/v1/docs
export          GET   /api/v1/events
read_register   GET   /api/v1/identify
print_labels    POST  /api/v1/labels
edit_register   POST  /api/v1/locations
read_register   GET   /api/v1/locations
edit_register   PATCH /api/v1/locations/<path:code>
read_register   GET   /api/v1/locations/<path:code>
read_audits     GET   /api/v1/log/<string:tree>/checkpoint
read_audits     GET   /api/v1/log/<string:tree>/consistency
read_audits     GET   /api/v1/log/scans/<uuid:scan_id>/proof
public          GET   /api/v1/openapi.json
edit_register   POST  /api/v1/people
read_register   GET   /api/v1/people
edit_register   PATCH /api/v1/people/<path:ref>
read_register   GET   /api/v1/people/<path:ref>
post_reads      POST  /api/v1/readers/<path:name>/heartbeat
post_reads      POST  /api/v1/readers/<path:name>/signals
post_reads      POST  /api/v1/reads
read_register   GET   /api/v1/scans
post_scans      POST  /api/v1/scans
read_audits     GET   /api/v1/seals
read_audits     GET   /api/v1/seals/<id:number>
post_reads      GET   /api/v1/watch
edit_register   POST  /assets
read_register   GET   /assets
read_register   GET   /assets/<path:asset_tag>
read_register   GET   /assets/<path:asset_tag>/code.svg
edit_register   POST  /assets/<path:asset_tag>/documents
edit_register   GET   /assets/<path:asset_tag>/edit
edit_register   POST  /assets/<path:asset_tag>/edit
scan            POST  /assets/<path:asset_tag>/pictures
read_register   GET   /attachments/<uuid:uuid>
edit_register   POST  /attachments/<uuid:uuid>/removal
read_register   GET   /attachments/<uuid:uuid>/thumb.jpg
read_audits     GET   /audits
run_audits      POST  /audits
read_audits     GET   /audits/<id:audit_id>
run_audits      POST  /audits/<id:audit_id>/<any(counting, reconciliation, cancellation):step>
read_audits     GET   /audits/<id:audit_id>/acts
close_audits    POST  /audits/<id:audit_id>/closure
read_audits     GET   /audits/<id:audit_id>/closure
decide_findings POST  /audits/<id:audit_id>/decisions
run_audits      POST  /audits/<id:audit_id>/draws
scan            GET   /audits/<id:audit_id>/expected.json
read_audits     GET   /audits/<id:audit_id>/findings/<id:finding_id>
run_audits      POST  /audits/<id:audit_id>/freeze
scan            GET   /audits/<id:audit_id>/here
read_audits     GET   /audits/<id:audit_id>/pace
run_audits      GET   /audits/<id:audit_id>/plan
run_audits      POST  /audits/<id:audit_id>/plan
read_audits     GET   /audits/<id:audit_id>/pack.zip
read_audits     GET   /audits/<id:audit_id>/report.<string:form>
run_audits      POST  /audits/<id:audit_id>/revision
read_audits     GET   /audits/<id:audit_id>/rooms/<id:location_id>
public          GET   /audits/key.pem
public          GET   /audits/keys/<string:key_id>.pem
read_audits     GET   /audits/chain
public          GET   /audits/check
public          POST  /audits/check
run_audits      GET   /audits/new
manage_settings POST  /demo
edit_register   GET   /enrol
edit_register   POST  /enrol
edit_register   GET   /enrol/reads
edit_register   POST  /enrol/undo
export          GET   /exports/<name>.<ending>
read_register   GET   /find/<path:asset_tag>
read_register   GET   /find/<path:asset_tag>/events
manage_settings POST  /first-run
public          GET   /healthz
import          GET   /imports
import          POST  /imports
import          GET   /imports/<int:run_id>
import          POST  /imports/<int:run_id>/application
import          POST  /imports/<int:run_id>/cancellation
import          POST  /imports/<int:run_id>/check
import          GET   /imports/<int:run_id>/mapping
import          POST  /imports/<int:run_id>/mapping
import          GET   /imports/<int:run_id>/refused
import          POST  /imports/<int:run_id>/refused
import          GET   /imports/<int:run_id>/refused.csv
public          GET   /install
public          GET   /install/<name>
public          GET   /js/<version>/<room>/<name>
read_register   GET   /L/<path:code>
read_register   GET   /l/<path:code>
print_labels    GET   /labels
print_labels    POST  /labels
print_labels    POST  /labels/print
print_labels    POST  /labels/test-page
print_labels    POST  /labels/send
print_labels    GET   /labels/jobs
print_labels    POST  /labels/jobs/<id:job_id>
manage_printers GET   /labels/printers
manage_printers POST  /labels/printers
manage_printers POST  /labels/printers/<id:printer_id>
print_labels    GET   /labels/rolls
print_labels    POST  /labels/rolls
print_labels    GET   /labels/rolls/<id:roll_id>
print_labels    POST  /labels/rolls/<id:roll_id>/print
print_labels    POST  /labels/rolls/<id:roll_id>/withdrawal
public          GET   /links/phone/<secret>
public          POST  /links/phone/<secret>
public          GET   /links/<secret>
public          POST  /links/<secret>
edit_register   POST  /locations
read_register   GET   /locations
read_register   GET   /locations/<path:code>
read_register   GET   /locations/<path:code>/code.svg
edit_register   GET   /locations/<path:code>/edit
edit_register   POST  /locations/<path:code>/edit
public          GET   /manifest.webmanifest
public          GET   /metrics
read_register   POST  /many/assets
edit_register   POST  /many/assets/change
read_register   GET   /many/assets/codes
read_register   POST  /many/assets/codes
change_custody  POST  /many/assets/custody
change_custody  POST  /many/assets/undo
signed_in       GET   /more
edit_register   GET   /new/asset
edit_register   GET   /new/location
edit_register   GET   /new/person
read_register   GET   /P/<path:number>
public          GET   /organisation/logo.jpg
read_register   GET   /p/<path:number>
public          POST  /passkeys/options
public          POST  /passkeys/sign-in
edit_register   POST  /people
read_register   GET   /people
read_register   GET   /people/<path:ref>
read_register   GET   /people/<path:ref>/code.svg
edit_register   GET   /people/<path:ref>/edit
edit_register   POST  /people/<path:ref>/edit
signed_in       GET   /patterns
manage_readers  GET   /readers
manage_readers  POST  /readers
manage_readers  GET   /readers/<id:reader_id>
manage_readers  POST  /readers/<id:reader_id>
manage_readers  POST  /readers/<id:reader_id>/points
manage_readers  POST  /readers/<id:reader_id>/points/<int(max=65535):antenna>/removal
public          GET   /readyz
edit_register   GET   /receive
edit_register   POST  /receive
scan            GET   /scan
scan            POST  /scan
scan            POST  /scan/photo
scan            GET   /scan/places.json
public          GET   /scan/session.json
scan            POST  /scan/standing
scan            GET   /scanner-setup
read_register   GET   /search
manage_settings GET   /settings
manage_settings POST  /settings
manage_settings POST  /settings/logo
manage_settings POST  /settings/logo/remove
decode          GET   /shelf
decode          POST  /shelf
read_register   GET   /shelf/<shot>
scan            POST  /shelf/<shot>
read_register   GET   /shelf/<shot>/picture.jpg
scan            POST  /shelf/<shot>/undo
public          GET   /sign-in
public          POST  /sign-in
public          POST  /sign-out
public          GET   /sw-plain.js
public          GET   /sw.js
read_register   POST  /views
read_register   GET   /views/<id:view_id>
read_register   POST  /views/<id:view_id>/removal
"""
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
    rows = [line.split(None, 2) for line in TABLE.strip().splitlines()]
    table = {f"{method} {rule}": decision for decision, method, rule in rows}
    assert len(table) == len(rows), "a route stands twice in TABLE"
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
            "Routes without a row. Make sure that each decision is meant, then add to TABLE:\n"
            + "\n".join(sorted(missing))
        )
        gone = sorted(table.keys() - found.keys())
        assert not gone, f"Rows whose route is gone; take them out of TABLE: {gone}"
        changed = {n: (table[n], found[n]) for n in found if table[n] != found[n]}
        assert not changed, f"Decisions that differ (TABLE, view): {changed}"

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
